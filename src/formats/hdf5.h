// SPDX-License-Identifier: Apache-2.0
// Where the pixels of an HDF5 file lie, so that they can be read without the HDF5 library (formats/hdf5_values.h).
//
// The library reads the description of the file in a child process (docs/decisions/0020), since a damaged file may
// crash it; what the child answers is checked before it is believed, and how it ended otherwise is told apart. Whole
// numbers without sign of 8 or 16 bits, stored in one piece or in chunks that are plain or went through shuffle,
// deflate or fletcher32; anything else is refused by its name. What is described lies within the file.
// A program that calls describe_hdf5() calls hdf5_child_main() (formats/hdf5_child.h) first thing in main.
// Thread-safe. UserError names the file and the array.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "base/positioned_file.h"

namespace seg {

enum class Hdf5Filter : std::uint8_t { deflate, shuffle, fletcher32 };

struct Hdf5Chunk {
  std::uint64_t at = 0;
  std::uint32_t bytes = 0;            // as stored
  std::uint32_t skipped_filters = 0;  // bit i: filter i was not applied
};

// Image number, row, column, channel; sides that an array does not have are 1.
using Hdf5Shape = std::array<std::int64_t, 4>;

struct Hdf5Array {
  std::string name;  // for messages: plain text
  Hdf5Shape shape{};
  int value_bytes = 1;
  bool is_big_endian = false;
  std::uint64_t at = 0;     // of an array in one piece
  Hdf5Shape chunk_shape{};  // zeros: it is in one piece
  std::vector<Hdf5Filter> filters = {};
  std::vector<Hdf5Chunk> chunks = {};  // by their place in the array, the last side running fastest

  bool is_chunked() const noexcept { return chunk_shape[0] > 0; }
};

// What a name stands for: one array of many images, or a group with an array for each.
struct Hdf5Holding {
  bool is_group = false;
  std::vector<std::string> members;  // of a group: the names of its arrays within it, sorted
  std::vector<Hdf5Array> arrays;     // as many; [N,H,W] or [N,H,W,C] of an array, [H,W] or [H,W,C] in a group
};

struct Hdf5Query {
  std::vector<std::string> names;
  std::size_t most_members = std::numeric_limits<std::uint32_t>::max();  // of a group; others are passed over
  bool has_places = true;  // false: shapes and number types alone, as if all were in one piece at 0; soon told
};

// A holding for each name, of the file that is open, even if it has no name any more. StopRequested (base/signals.h) if
// the program is to stop meanwhile.
std::vector<Hdf5Holding> describe_hdf5(const PositionedFile& file, const Hdf5Query& query);

// What is more than this is refused: by the library's side with a remedy, by the other as damage.
inline constexpr std::int64_t kMostHdf5Chunks = 4 << 20;      // of an array; 16 bytes of memory each
inline constexpr std::int64_t kLargestHdf5Chunk = 256 << 20;  // bytes
inline constexpr std::int64_t kLargestHdf5Side = std::int64_t{1} << 31;
inline constexpr std::int64_t kMostHdf5Pixels = 256 << 20;  // of an image
inline constexpr std::int64_t kMostHdf5Channels = 64;
inline constexpr std::size_t kMostHdf5Filters = 32;

}  // namespace seg
