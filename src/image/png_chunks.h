// SPDX-License-Identifier: Apache-2.0
// The chunks of a PNG file behind its header: checked, and handed out where they hold compressed pixels.
//
// A chunk is looked at when it is reached, so what follows the last piece that was asked for is not checked. Lengths
// are bounded by the file. Chunks that every program needs are held against their checksum; others are stepped over.
// UserError names `where` for a file that is truncated or damaged.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "image/png_header.h"

namespace seg {

class PngChunks {
 public:
  // `file` and `where` must outlive this; `header` is that of the file.
  PngChunks(std::span<const std::byte> file, std::string_view where, const PngHeader& header);

  // The content of the next chunk of compressed pixels that is not empty; an empty one if there are no more.
  std::span<const std::byte> next_piece();

  // Checks what follows the compressed pixels: nothing is missing, and no more of them come.
  void finish();

 private:
  struct Chunk {
    std::uint32_t name;
    std::size_t at;  // of its length, in the file
    std::span<const std::byte> content;
  };

  Chunk next();
  void require_checksum(const Chunk& chunk) const;
  void accept(const Chunk& chunk);  // anything but compressed pixels and the end

  std::span<const std::byte> file_;
  std::string_view where_;
  bool needs_palette_;
  std::size_t at_ = kPngHeaderBytes;
  bool began_ = false, ended_ = false;  // the compressed pixels
};

}  // namespace seg
