// SPDX-License-Identifier: Apache-2.0
// Numbers of TIFF data (files, and the EXIF of photos), in the byte order that its first two bytes announce.
//
// A view: the bytes stay the caller's. Whatever lies beyond their end is nothing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace seg {

class TiffNumbers {
 public:
  explicit TiffNumbers(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {
    is_little_ = number(0, 1) == 'I' && number(1, 1) == 'I';
    is_known_ = is_little_ || (number(0, 1) == 'M' && number(1, 1) == 'M');
  }
  bool is_known() const noexcept { return is_known_; }  // whether there is such an order
  std::uint64_t size() const noexcept { return bytes_.size(); }

  // Of `count` bytes, 8 at most.
  std::optional<std::uint64_t> number(std::uint64_t at, std::size_t count) const noexcept {
    if (at > bytes_.size() || count > bytes_.size() - at) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
      value = value << 8 | std::to_integer<std::uint64_t>(bytes_[at + (is_little_ ? count - 1 - i : i)]);
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool is_little_ = false, is_known_ = false;
};

}  // namespace seg
