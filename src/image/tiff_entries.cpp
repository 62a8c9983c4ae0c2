// SPDX-License-Identifier: Apache-2.0
#include "image/tiff_entries.h"

#include "base/error.h"

namespace seg {
namespace {

constexpr std::uint64_t kMostEntries = 4096;  // of a directory; usual ones have about twenty

std::size_t bytes_of_type(std::uint64_t type) noexcept {
  switch (type) {
    case 1: return 1;   // BYTE
    case 3: return 2;   // SHORT
    case 4: return 4;   // LONG
    case 16: return 8;  // LONG8
    default: return 0;
  }
}

}  // namespace

void fail_damaged_tiff(std::string_view where, const std::string& what) {
  fail(std::string(where), what, "copy or save the file again, or take it out of the list");
}

TiffEntries::TiffEntries(std::span<const std::byte> file, std::string_view where) : numbers_(file), where_(where) {
  is_big_ = numbers_.number(2, 2) == 43;
  if (is_big_ && (numbers_.number(4, 2) != 8 || numbers_.number(6, 2) != 0))
    fail_damaged_tiff(where_, "the TIFF is damaged: its header holds impossible values");
  open(required(numbers_.number(is_big_ ? 8 : 4, word())));
}

void TiffEntries::open(std::uint64_t at) {
  const std::size_t count_bytes = is_big_ ? 8 : 2;
  num_entries_ = required(numbers_.number(at, count_bytes));
  require(num_entries_ != 0 && num_entries_ <= kMostEntries);
  entries_ = at + count_bytes;
  next_ = required(numbers_.number(entries_ + num_entries_ * entry_bytes(), word()));
}

std::optional<TiffEntries::Values> TiffEntries::find(TiffTag tag) const {
  for (std::uint64_t i = 0; i < num_entries_; ++i) {
    const std::uint64_t entry = entries_ + i * entry_bytes();
    if (numbers_.number(entry, 2) != tag) continue;
    Values values{.at = entry + 4 + word(),
                  .count = required(numbers_.number(entry + 4, word())),
                  .bytes = bytes_of_type(required(numbers_.number(entry + 2, 2)))};
    require(values.bytes != 0 && values.count != 0);
    if (values.count > word() / values.bytes) values.at = required(numbers_.number(values.at, word()));
    if (values.at > numbers_.size() || values.count > (numbers_.size() - values.at) / values.bytes) fail_truncated();
    return values;
  }
  return std::nullopt;
}

std::uint64_t TiffEntries::value(const Values& values, std::uint64_t i) const {
  return required(numbers_.number(values.at + i * values.bytes, values.bytes));
}

std::uint64_t TiffEntries::first(TiffTag tag, std::uint64_t otherwise) const {
  const auto values = find(tag);
  return values ? value(*values, 0) : otherwise;
}

void TiffEntries::fail_truncated() const {
  fail_damaged_tiff(where_, "the TIFF is truncated: it ends before its directory or its pixels do");
}

void TiffEntries::require(bool is_possible) const {
  if (!is_possible) fail_damaged_tiff(where_, "the TIFF is damaged: its directory holds impossible values");
}

std::uint64_t TiffEntries::required(std::optional<std::uint64_t> number) const {
  if (!number) fail_truncated();
  return *number;
}

}  // namespace seg
