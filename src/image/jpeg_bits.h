// SPDX-License-Identifier: Apache-2.0
// The coded data of a JPEG's scan as a row of bits, up to the next marker.
//
// In the file each byte of ones is followed by one of zeros, lest it be taken for a marker. These zeros are left out
// ahead of the reader, some kilobytes at a time, so that reading needs no look at single bytes: a reader may go on for
// kUnitBytes without a check. Behind the data come zeros.
// Not thread-safe. The file must outlive its use; begin() allocates the first time, and nothing else does.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace seg {

// A place in the data. `bits` begins with the next `count` of them; some more may follow, nothing else. `ahead` are the
// eight bytes at `next`: they are fetched long before they are wanted, so that no one waits for them.
struct JpegBitReader {
  std::uint64_t bits = 0, ahead = 0;
  int count = 0;
  const std::uint8_t* next = nullptr;

  static JpegBitReader at(const std::uint8_t* start) noexcept {
    JpegBitReader reader;
    reader.move_to(start);
    return reader;
  }
  // To where the same bytes are.
  void move_to(const std::uint8_t* place) noexcept {
    static_assert(std::endian::native == std::endian::little);
    next = place;
    std::memcpy(&ahead, next, sizeof ahead);
    ahead = __builtin_bswap64(ahead);
  }
  // To at least kFilled bits.
  static constexpr int kFilled = 56;
  void refill() noexcept {
    bits |= ahead >> count;
    const std::uint8_t* const place = next + ((63 - count) >> 3);
    count |= kFilled;
    move_to(place);
  }
  void drop(int some) noexcept {
    bits <<= some;
    count -= some;
  }
};

class JpegBits {
 public:
  static constexpr std::ptrdiff_t kUnitBytes = 2048;
  static constexpr std::ptrdiff_t kAtOnce = 24 << 10;  // stays in the cache next to a core
  static constexpr std::int64_t kBytes = kAtOnce + kUnitBytes + 64 + 2 * (kAtOnce + 8);  // that it keeps

  void begin(std::span<const std::byte> data);

  // From where the data begins, or behind the last marker.
  JpegBitReader run();

  // A bit's place in the data as it is in the file.
  struct Place {
    std::size_t byte;
    int bit;
  };
  Place place(const JpegBitReader& reader) const noexcept;
  JpegBitReader run_from(Place place);  // which is within the data

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
  void fill();
  std::ptrdiff_t bits_left(const JpegBitReader& reader) const noexcept {
    return (end_ - reader.next) * 8 + reader.count;
  }

  std::span<const std::uint8_t> data_;
  std::size_t taken_ = 0;
  std::size_t run_begin_ = 0;         // in the data
  std::size_t gone_ = 0;              // bytes of the file, of this run, that come before those in `plain_`
  std::vector<std::uint16_t> zeros_;  // behind which bytes of `plain_` one was left out
  std::vector<std::uint8_t> plain_;
  std::uint8_t* end_ = nullptr;  // of what is there in `plain_`
  const std::uint8_t* limit_ = nullptr;
  bool is_all_ = false, is_cut_ = false;  // no more follows; nor does a marker
};

}  // namespace seg
