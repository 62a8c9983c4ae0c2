// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_huffman.h"

#include <algorithm>

namespace seg {
namespace {

constexpr int kLongestCode = 16, kLargestDcSize = 15;

// A symbol says how many coefficients to pass over and how many bits the value has that follows.
constexpr int size_of(int symbol) noexcept { return symbol & 15; }

constexpr int step_of(int symbol) noexcept {
  const int passed = symbol >> 4;
  if (size_of(symbol) != 0) return passed + 1;
  return passed == 15 ? 16 : JpegEntry::kEnd;
}

// Of `size` bits: the lower half of them stands for negative numbers.
constexpr int value_of(int bits, int size) noexcept {
  return size != 0 && bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}

}  // namespace

bool JpegHuffman::build(const JpegCode& code, Kind kind) {
  if (is_built_ && kind == kind_ && code == code_) return true;
  is_built_ = can_pass_ = false;
  code_ = code;
  kind_ = kind;
  if (!number_codes()) return false;
  fill_entries();
  if (kind == Kind::ac) fill_pairs();
  return is_built_ = true;
}

// Codes of one length are numbered on; the next length goes on behind them, a bit longer. All ones is no code.
bool JpegHuffman::number_codes() {
  symbols_ = {};
  int next = 0, place = 0;
  for (int bits = 1; bits <= kLongestCode; ++bits, next *= 2) {
    const auto length = static_cast<std::size_t>(bits);
    const int count = code_.counts[length - 1];
    offsets_[length] = place - next;
    for (int i = 0; i < count; ++i, ++place, ++next) {
      const std::uint8_t symbol = code_.symbols[static_cast<std::size_t>(place)];
      if (next >= (1 << bits) - 1 || (kind_ == Kind::dc && symbol > kLargestDcSize)) return false;
      if (bits > kFarLookBits) continue;
      const auto first = static_cast<std::size_t>(next << (kFarLookBits - bits));
      std::fill_n(symbols_.begin() + static_cast<std::ptrdiff_t>(first), 1 << (kFarLookBits - bits),
                  Symbol{static_cast<std::uint8_t>(bits), symbol});
    }
    ends_[length] = static_cast<std::uint32_t>(next);
  }
  return true;
}

void JpegHuffman::fill_entries() {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Symbol next = symbols_[i << (kFarLookBits - kLookBits)];
    const int bits = next.bits <= kLookBits ? next.bits : 0;
    const bool is_whole = bits != 0 && bits + size_of(next.symbol) <= kLookBits;
    entries_[i] = is_whole ? whole_entry(static_cast<std::uint64_t>(i) << (64 - kLookBits), bits, next.symbol)
                           : JpegEntry::made(bits, 0, next.symbol) | kLong;
  }
}

void JpegHuffman::fill_pairs() {
  constexpr std::size_t kMask = (std::size_t{1} << kLookBits) - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::uint32_t first = entries_[i];
    if ((first & kLong) != 0) {
      pairs_[i] = kNoPair;
      continue;
    }
    const std::uint32_t second = entries_[i << JpegEntry::bits(first) & kMask];
    const bool has_second = JpegEntry::step(first) < JpegEntry::kEnd && (second & kLong) == 0 &&
                            JpegEntry::bits(first) + JpegEntry::bits(second) <= kLookBits;
    pairs_[i] = JpegPair::made(first, has_second ? second : JpegEntry::made(0, 0, JpegEntry::value(first)));
  }
}

// A code's own bits must be among those looked at, those of the last value need not.
void JpegHuffman::prepare_passing() {
  if (can_pass_) return;
  constexpr std::size_t kMask = (std::size_t{1} << kFarLookBits) - 1;
  for (std::size_t i = 0; i < symbols_.size(); ++i) {
    int bits = 0, step = 0;
    while (bits < kFarLookBits && step < JpegEntry::kEnd) {
      const Symbol next = symbols_[i << bits & kMask];
      if (next.bits == 0 || next.bits > kFarLookBits - bits) break;
      const int further = step + step_of(next.symbol);
      if (further > 63 && further < JpegEntry::kEnd) break;  // steps and kEnd must stay apart
      step = further;
      bits += next.bits + size_of(next.symbol);
    }
    passed_[i] = static_cast<std::uint16_t>(bits | step << 5);
  }
  can_pass_ = true;
}

std::uint32_t JpegHuffman::whole_entry(std::uint64_t bits, int code_bits, int symbol) const noexcept {
  const int size = size_of(symbol);
  const int value = size == 0 ? 0 : value_of(static_cast<int>(bits << code_bits >> (64 - size)), size);
  return JpegEntry::made(code_bits + size, kind_ == Kind::dc ? 1 : step_of(symbol), value);
}

std::uint32_t JpegHuffman::long_entry(std::uint32_t entry, std::uint64_t bits) const noexcept {
  if (JpegEntry::bits(entry) != 0) return whole_entry(bits, JpegEntry::bits(entry), JpegEntry::value(entry));
  for (int length = kLookBits + 1; length <= kLongestCode; ++length) {
    const auto l = static_cast<std::size_t>(length);
    const auto code = static_cast<std::uint32_t>(bits >> (64 - length));
    if (code >= ends_[l]) continue;
    const auto place = static_cast<std::size_t>(static_cast<std::int32_t>(code) + offsets_[l]);
    return whole_entry(bits, length, code_.symbols[place]);
  }
  return JpegEntry::made(0, JpegEntry::kNoCode, 0);
}

}  // namespace seg
