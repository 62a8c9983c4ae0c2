// SPDX-License-Identifier: Apache-2.0
// The filtered rows of a PNG that shrank well, inflated all at once by libdeflate.
//
// Where long runs repeat, as in label maps, that takes a third of the time of image/png_inflate.h, which in turn can
// stop early and is the faster one for photographs. Meant to be reused: inflate() allocates nothing if a file as large
// was there before. Not thread-safe.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "image/png_header.h"

struct libdeflate_decompressor;

namespace seg {

class PngAtOnce {
 public:
  PngAtOnce();
  ~PngAtOnce();
  PngAtOnce(const PngAtOnce&) = delete;
  PngAtOnce& operator=(const PngAtOnce&) = delete;

  // What it keeps for an image of which the rows take so much, at most.
  static std::int64_t most_bytes(std::int64_t rows) noexcept;

  // The rows, one filter and its bytes after the other, until the next call; around them RowUnfilter::kSlack bytes may
  // be read. All of the file has then been checked. Nothing for a file that shrank little or is too large to be held,
  // and nothing wherever anything is wrong with it: who reads bit by bit knows whether that matters.
  std::span<const std::byte> inflate(std::span<const std::byte> file, std::string_view where, const PngHeader& header);

 private:
  struct Free {
    void operator()(libdeflate_decompressor* decompressor) const noexcept;
  };

  bool gather(std::span<const std::byte> file, std::string_view where, const PngHeader& header);

  std::unique_ptr<libdeflate_decompressor, Free> decompressor_;
  std::vector<std::byte> compressed_, rows_;
};

}  // namespace seg
