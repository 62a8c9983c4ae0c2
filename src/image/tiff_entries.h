// SPDX-License-Identifier: Apache-2.0
// The directories of a TIFF file, one after the other: numbered tags, each with some whole numbers as its values,
// wherever in the file these lie. Of what they mean nothing is known here (image/tiff_directory.h).
//
// Classic TIFF and BigTIFF, both byte orders. A view: the file must outlive it. UserError names `where` for a file that
// ends before what is asked for, and for values that no directory has.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "image/tiff_numbers.h"

namespace seg {

using TiffTag = std::uint16_t;  // by its number in the specification

[[noreturn]] void fail_damaged_tiff(std::string_view where, const std::string& what);

class TiffEntries {
 public:
  // Of a tag: one after the other; all of them lie within the file.
  struct Values {
    std::uint64_t at = 0, count = 0;
    std::size_t bytes = 0;  // of one
  };

  // Those of the first directory. The file begins as a TIFF does.
  TiffEntries(std::span<const std::byte> file, std::string_view where);

  // Those of the next directory, if there is one, from then on.
  bool has_next() const noexcept { return next_ != 0; }
  void open_next() { open(next_); }

  std::uint64_t file_size() const noexcept { return numbers_.size(); }

  std::optional<Values> find(TiffTag tag) const;
  std::uint64_t value(const Values& values, std::uint64_t i) const;
  std::uint64_t first(TiffTag tag, std::uint64_t otherwise) const;  // `otherwise` if there is no such tag

  [[noreturn]] void fail_truncated() const;
  void require(bool is_possible) const;

 private:
  void open(std::uint64_t at);
  std::uint64_t required(std::optional<std::uint64_t> number) const;
  std::size_t word() const noexcept { return is_big_ ? 8 : 4; }
  std::uint64_t entry_bytes() const noexcept { return 4 + 2 * word(); }

  TiffNumbers numbers_;
  std::string_view where_;
  bool is_big_ = false;
  std::uint64_t entries_ = 0, num_entries_ = 0, next_ = 0;  // of the directory at hand
};

}  // namespace seg
