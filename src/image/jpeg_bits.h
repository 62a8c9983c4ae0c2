// SPDX-License-Identifier: Apache-2.0
// The coded data of a JPEG's scan as a row of bits, up to the next marker.
//
// In the file each byte of ones is followed by one of zeros, lest it be taken for a marker. These zeros are left out
// ahead of the reader, some kilobytes at a time, so that reading needs no look at single bytes: a reader may go on for
// kUnitBytes without a check. Behind the data come zeros.
// Not thread-safe. The file must outlive its use; nothing is allocated after the first.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace seg {

// A place in the data. `bits` begins with the next `count` of them; some more may follow, nothing else.
struct JpegBitReader {
  std::uint64_t bits = 0;
  int count = 0;
  const std::uint8_t* next = nullptr;

  // At least 56 bits.
  void refill() noexcept {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t bytes;
    std::memcpy(&bytes, next, sizeof bytes);
    bits |= __builtin_bswap64(bytes) >> count;
    next += (63 - count) >> 3;
    count |= 56;
  }
  void drop(int some) noexcept {
    bits <<= some;
    count -= some;
  }
};

class JpegBits {
 public:
  static constexpr std::ptrdiff_t kUnitBytes = 2048;

  void begin(std::span<const std::byte> data);

  // From where the data begins, or behind the last marker.
  JpegBitReader run();

  bool needs_more(const JpegBitReader& reader) const noexcept { return reader.next >= limit_; }
  // The same place, with more behind it. Other readers are void then.
  JpegBitReader with_more(JpegBitReader reader);

  // Whether it has read what is not there; or, in a file that ends there, almost has, as libjpeg looks so far ahead.
  bool is_behind_end(const JpegBitReader& reader) const noexcept { return bits_left(reader) < (is_cut_ ? 64 : 0); }

  // Whether the data ends here, but for the bits that fill the last byte. All readers are void then.
  bool is_end(JpegBitReader reader);

  // Takes the marker that ended the data; false if it is another one.
  bool take_marker(std::uint8_t marker) noexcept;

 private:
  void fill() noexcept;
  std::ptrdiff_t bits_left(const JpegBitReader& reader) const noexcept {
    return (end_ - reader.next) * 8 + reader.count;
  }

  std::span<const std::uint8_t> data_;
  std::size_t taken_ = 0;
  std::vector<std::uint8_t> plain_;
  std::uint8_t* end_ = nullptr;  // of what is there in `plain_`
  const std::uint8_t* limit_ = nullptr;
  bool is_all_ = false, is_cut_ = false;  // no more follows; nor does a marker
};

}  // namespace seg
