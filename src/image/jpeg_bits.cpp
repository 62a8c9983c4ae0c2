// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_bits.h"

#include <algorithm>
#include <cassert>

namespace seg {
namespace {

constexpr std::ptrdiff_t kMostBuffered = 8;  // bytes that a reader holds of those before its `next`
static_assert(JpegBits::kAtOnce + 8 <= UINT16_MAX);

// Bit 7 of the first byte of ones, in the order of memory, and nothing before it.
std::uint64_t marks_ones(std::uint64_t bytes) noexcept {
  constexpr std::uint64_t kOne = 0x0101010101010101, kHigh = 0x8080808080808080;
  return (~bytes - kOne) & bytes & kHigh;
}

}  // namespace

void JpegBits::begin(std::span<const std::byte> data) {
  data_ = {reinterpret_cast<const std::uint8_t*>(data.data()), data.size()};
  taken_ = 0;
  plain_.resize(kAtOnce + kUnitBytes + 64);
  zeros_.reserve(kAtOnce + 8);
}

JpegBitReader JpegBits::run() {
  end_ = plain_.data();
  is_all_ = is_cut_ = false;
  run_begin_ = taken_;
  gone_ = 0;
  zeros_.clear();
  fill();
  return JpegBitReader::at(plain_.data());
}

JpegBits::Place JpegBits::place(const JpegBitReader& reader) const noexcept {
  const std::ptrdiff_t bits = (reader.next - plain_.data()) * 8 - reader.count;
  const auto zeros = std::ranges::lower_bound(zeros_, bits / 8) - zeros_.begin();
  return {run_begin_ + gone_ + static_cast<std::size_t>(bits / 8 + zeros), static_cast<int>(bits % 8)};
}

JpegBitReader JpegBits::run_from(Place place) {
  taken_ = place.byte;
  JpegBitReader reader = run();
  reader.refill();
  reader.drop(place.bit);
  return reader;
}

JpegBitReader JpegBits::with_more(JpegBitReader reader) {
  if (is_all_) return reader;
  assert(reader.next <= end_);
  const std::ptrdiff_t gone = std::max<std::ptrdiff_t>(reader.next - plain_.data() - kMostBuffered, 0);
  const auto kept = std::ranges::lower_bound(zeros_, gone);
  gone_ += static_cast<std::size_t>(gone + (kept - zeros_.begin()));
  zeros_.erase(zeros_.begin(), kept);
  for (std::uint16_t& zero : zeros_) zero = static_cast<std::uint16_t>(zero - gone);
  std::memmove(plain_.data(), plain_.data() + gone, static_cast<std::size_t>(end_ - plain_.data() - gone));
  end_ -= gone;
  fill();
  reader.move_to(reader.next - gone);
  return reader;
}

bool JpegBits::is_end(JpegBitReader reader) {
  if (!is_all_) reader = with_more(reader);
  return is_all_ && !is_cut_ && bits_left(reader) >= 0 && bits_left(reader) < 8;
}

bool JpegBits::take_marker(std::uint8_t marker) noexcept {
  if (data_.size() - taken_ < 2 || data_[taken_] != 0xff || data_[taken_ + 1] != marker) return false;
  taken_ += 2;
  return true;
}

void JpegBits::fill() {
  std::uint8_t* const full = plain_.data() + kAtOnce;
  while (end_ < full && !is_all_) {
    if (data_.size() - taken_ >= 8) {
      std::uint64_t bytes;
      std::memcpy(&bytes, &data_[taken_], sizeof bytes);
      std::memcpy(end_, &bytes, sizeof bytes);
      const std::uint64_t marks = marks_ones(bytes);
      const std::size_t count = marks == 0 ? 8 : static_cast<std::size_t>(std::countr_zero(marks)) / 8;
      taken_ += count;
      end_ += count;
      if (marks == 0) continue;
    } else if (taken_ == data_.size()) {
      is_all_ = is_cut_ = true;
      break;
    } else if (data_[taken_] != 0xff) {
      *end_++ = data_[taken_++];
      continue;
    }
    is_cut_ = taken_ + 1 == data_.size() || data_[taken_ + 1] == 0xff;  // a marker may stand far behind such
    is_all_ = is_cut_ || data_[taken_ + 1] != 0;
    if (is_all_) break;
    zeros_.push_back(static_cast<std::uint16_t>(end_ - plain_.data()));
    *end_++ = 0xff;
    taken_ += 2;
  }
  if (is_all_) std::fill_n(end_, kUnitBytes, std::uint8_t{0});
  limit_ = is_all_ ? end_ : end_ - kUnitBytes;
}

}  // namespace seg
