// SPDX-License-Identifier: Apache-2.0
// The filtered rows of a PNG: its compressed pixels, inflated by ISA-L as far as they are asked for.
//
// Meant to be reused: begin() allocates nothing after the first time. Not thread-safe. UserError names the file for
// compressed pixels that are damaged, too few or (found by finish()) too many.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "image/png_chunks.h"

struct inflate_state;  // ISA-L's

namespace seg {

class PngInflate {
 public:
  enum class Checked : std::uint8_t { as_far_as_read, to_the_end };

  PngInflate();
  ~PngInflate();
  PngInflate(const PngInflate&) = delete;
  PngInflate& operator=(const PngInflate&) = delete;

  // `chunks` and `where` must live until the last call for this file. The Adler-32 of the whole costs a pass over the
  // rows, and can only be held against that of a file that is read to its end.
  void begin(PngChunks& chunks, std::string_view where, Checked checked);
  void read(std::span<std::byte> to);
  void finish();  // after the last row, if begun with to_the_end

 private:
  bool refill();                                                               // false if there are no more pieces
  std::span<const std::byte> gathered_with(std::span<const std::byte> first);  // and those behind it
  std::byte next_byte();
  void advance();
  [[noreturn]] void fail_short() const;

  std::unique_ptr<inflate_state> state_;
  PngChunks* chunks_ = nullptr;
  std::string_view where_;
  std::span<const std::byte> piece_;  // not yet given to ISA-L
  std::vector<std::byte> gathered_;
  std::byte surplus_{};  // where a byte too many would go
};

}  // namespace seg
