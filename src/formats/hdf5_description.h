// SPDX-License-Identifier: Apache-2.0
// The description of an HDF5 file as bytes: what the child process that read it tells its parent.
//
// Numbers are little-endian; a text is its length as uint32 and its bytes.
//
//     uint32  "SEGH"
//     uint8   1 if the file is refused, and then two texts: what, remedy; 0, and then for each name of the query
//       uint8, uint64   1 for a group, and how many arrays; for each of these
//         text          its name within the group; empty without one
//         4 int64       its shape
//         2 uint8       bytes of a value; 1 if the first byte is the highest
//         uint64        where an array in one piece begins
//         4 int64       the shape of its chunks, or zeros
//         uint8 …       how many filters, and which
//         uint64 …      how many chunks; for each: uint64 where, uint32 bytes, uint32 skipped filters
//
// Pure. The child has read a file that may have crashed or duped it, so the reader believes nothing: what it returns
// lies within the file and within the limits of hdf5.h, and a claim costs no memory before its bytes are there.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "formats/hdf5.h"

namespace seg {

struct Hdf5Description {
  std::optional<Problem> refusal;  // why there is none; its place is left to the reader
  std::vector<Hdf5Holding> holdings;
};

std::string hdf5_description_bytes(const Hdf5Description& description);

struct Hdf5Described {
  std::uint64_t file_bytes = 0;
  const Hdf5Query& query;
};
// Nothing if the bytes describe nothing that can be.
std::optional<Hdf5Description> read_hdf5_description(std::string_view bytes, const Hdf5Described& of);

}  // namespace seg
