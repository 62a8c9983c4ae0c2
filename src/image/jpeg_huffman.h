// SPDX-License-Identifier: Apache-2.0
// Huffman codes of a JPEG as tables: a look at the next bits of the file tells a code and, if it is short, the value
// behind it; or, for who wants to pass blocks over only, as many codes as these bits hold.
//
// An entry is a number: how many bits it takes, how far it goes in the block, and the value there.
// Immutable but for build(). Looking up allocates nothing and never fails: bits that are no code are an entry that ends
// the block in a place where no block ends.
#pragma once
#include <array>
#include <cstdint>

#include "image/jpeg_scan.h"

namespace seg {

// What some bits stand for: of a code and its value.
class JpegEntry {
 public:
  // Places in a block are 0 to 63. The end of a block, and no code, lead beyond.
  static constexpr int kEnd = 128, kNoCode = 192;

  static constexpr std::uint32_t made(int bits, int step, int value) noexcept {
    return static_cast<std::uint32_t>(bits | step << 8) | static_cast<std::uint32_t>(value) << 16;
  }
  static constexpr int bits(std::uint32_t entry) noexcept { return static_cast<int>(entry & 63); }
  static constexpr int step(std::uint32_t entry) noexcept { return static_cast<int>(entry >> 8 & 255); }
  static constexpr int value(std::uint32_t entry) noexcept { return static_cast<std::int32_t>(entry) >> 16; }
};

// The same of two codes, or of one; then the second step is 0, and the value there the first one's.
class JpegPair {
 public:
  static constexpr std::uint64_t made(std::uint32_t first, std::uint32_t second) noexcept {
    const int both = JpegEntry::bits(first) + JpegEntry::bits(second);
    return static_cast<std::uint64_t>(first & ~63U) << 32 | (second & ~63U) | static_cast<std::uint64_t>(both) |
           static_cast<std::uint64_t>(JpegEntry::bits(first)) << 32;
  }
  static constexpr int bits(std::uint64_t pair) noexcept { return static_cast<int>(pair & 63); }
  static constexpr std::uint32_t first(std::uint64_t pair) noexcept { return static_cast<std::uint32_t>(pair >> 32); }
  static constexpr int first_step(std::uint64_t pair) noexcept { return static_cast<int>(pair >> 40 & 255); }
  static constexpr int first_value(std::uint64_t pair) noexcept {
    return static_cast<int>(static_cast<std::int64_t>(pair) >> 48);
  }
  static constexpr int second_step(std::uint64_t pair) noexcept { return static_cast<int>(pair >> 8 & 255); }
  static constexpr int second_value(std::uint64_t pair) noexcept {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(pair)) >> 16;
  }
};

// Whether a block may end in a place that the steps of its entries lead to: at the last coefficient, or by an end that
// follows an earlier one.
constexpr bool is_block_end(int place) noexcept {
  return place == 63 || (place >= JpegEntry::kEnd && place < JpegEntry::kEnd + 63);
}

class JpegHuffman {
 public:
  enum class Kind : std::uint8_t { dc, ac };            // dc: the first coefficient of a block; its step is 1
  static constexpr int kLookBits = 10, kMostBits = 31;  // a code of 16 bits, a value of 15
  static constexpr int kFarLookBits = 12, kMostFarBits = kFarLookBits + 15;

  // Of an empty code, until build().
  JpegHuffman() = default;

  // False if there is no such code. Nothing is done for the code that the table is of.
  bool build(const JpegCode& code, Kind kind);

  // The code at the beginning of `bits`, of which the first 32 are those of the file.
  std::uint32_t entry(std::uint64_t bits) const noexcept {
    const std::uint32_t entry = entries_[bits >> (64 - kLookBits)];
    return (entry & kLong) != 0 ? long_entry(entry, bits) : entry;
  }

  // Two codes, if both are short. kNoPair if the first is long: it has an entry() only.
  static constexpr std::uint64_t kNoPair = 64;
  std::uint64_t pair(std::uint64_t bits) const noexcept { return pairs_[bits >> (64 - kLookBits)]; }

  // To be called before codes are passed over.
  void prepare_passing();

  // Some codes at once, of up to kMostFarBits, without their values: bits and step, which may lead over a block's end.
  // No bits if already the first is too long.
  struct Passed {
    int bits, step;
  };
  Passed passed(std::uint64_t bits) const noexcept {
    const unsigned both = passed_[bits >> (64 - kFarLookBits)];
    return {static_cast<int>(both & 31), static_cast<int>(both >> 5)};
  }

 private:
  static constexpr std::uint32_t kLong = 64;  // holds bits of the code and its symbol; or neither

  struct Symbol {
    std::uint8_t bits = 0, symbol = 0;  // of the code
  };

  bool number_codes();
  void fill_entries();
  void fill_pairs();
  std::uint32_t whole_entry(std::uint64_t bits, int code_bits, int symbol) const noexcept;
  std::uint32_t long_entry(std::uint32_t entry, std::uint64_t bits) const noexcept;

  JpegCode code_;
  Kind kind_ = Kind::ac;
  bool is_built_ = false, can_pass_ = false;
  std::array<Symbol, 1 << kFarLookBits> symbols_{};  // by the next bits
  std::array<std::uint32_t, 1 << kLookBits> entries_{};
  std::array<std::uint16_t, 1 << kFarLookBits> passed_{};
  std::array<std::uint64_t, 1 << kLookBits> pairs_{};
  std::array<std::uint32_t, 17> ends_{};    // of each length: the number behind its last code,
  std::array<std::int32_t, 17> offsets_{};  // and what leads from a code to its place among the symbols
};

}  // namespace seg
