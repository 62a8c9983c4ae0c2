// SPDX-License-Identifier: Apache-2.0
// libtiff, tamed: reads rows and tiles of a file in memory, never past its end, prints nothing, and says what is wrong
// as a UserError.
//
// Belongs to one thread; the file must outlive it.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "image/color.h"
#include "image/tiff_directory.h"

namespace seg {

class TiffReader {
 public:
  TiffReader(std::span<const std::byte> file, std::string_view where, const TiffDirectory& directory);
  ~TiffReader();
  TiffReader(const TiffReader&) = delete;
  TiffReader& operator=(const TiffReader&) = delete;

  // Bytes of a row of the image, or of a row and of all of a tile; of one plane.
  std::size_t row_bytes() const noexcept { return row_bytes_; }
  std::size_t tile_row_bytes() const noexcept { return tile_row_bytes_; }
  std::size_t tile_bytes() const noexcept { return tile_bytes_; }

  // Rows of a strip must be read in order, from its first one unless the file is not compressed.
  void read_row(std::int64_t y, int plane, std::span<std::byte> to);
  // The tile that holds pixel (y, x).
  void read_tile(std::int64_t y, std::int64_t x, int plane, std::span<std::byte> to);

  std::vector<Rgb> palette();  // a colour for each value that the bits can hold

 private:
  struct Handle;

  [[noreturn]] void fail_input() const;
  void check_sizes() const;

  std::string_view where_;
  const TiffDirectory& directory_;
  std::unique_ptr<Handle> handle_;
  std::size_t row_bytes_ = 0, tile_row_bytes_ = 0, tile_bytes_ = 0;
};

}  // namespace seg
