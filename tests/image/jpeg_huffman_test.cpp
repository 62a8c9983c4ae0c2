// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_huffman.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace seg {
namespace {

// Ones and zeros, from the front.
std::uint64_t bits_of(const std::string& text) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '1') bits |= std::uint64_t{1} << (63 - i);
  return bits;
}

struct Expected {
  int bits, step, value;
};

void expect_entry(std::uint32_t entry, const Expected& expected) {
  EXPECT_EQ(JpegEntry::bits(entry), expected.bits);
  EXPECT_EQ(JpegEntry::step(entry), expected.step);
  EXPECT_EQ(JpegEntry::value(entry), expected.value);
}

// 00: a value of 1 bit. 01: the end. 100: after 2 zeros, 3 bits. 101: 16 zeros. 12 bits: 15 of value.
JpegCode example() {
  JpegCode code;
  code.counts[1] = 2;
  code.counts[2] = 2;
  code.counts[11] = 1;
  code.symbols = {0x01, 0x00, 0x23, 0xf0, 0x0f};
  return code;
}

TEST(JpegHuffman, AnEntryHoldsTheValueThatFollows) {
  const auto table = std::make_unique<JpegHuffman>();
  ASSERT_TRUE(table->build(example(), JpegHuffman::Kind::ac));
  expect_entry(table->entry(bits_of("001")), {3, 1, 1});
  expect_entry(table->entry(bits_of("000")), {3, 1, -1});
  expect_entry(table->entry(bits_of("01")), {2, JpegEntry::kEnd, 0});
  expect_entry(table->entry(bits_of("100111")), {6, 3, 7});
  expect_entry(table->entry(bits_of("100100")), {6, 3, 4});
  expect_entry(table->entry(bits_of("100011")), {6, 3, -4});
  expect_entry(table->entry(bits_of("100000")), {6, 3, -7});
  expect_entry(table->entry(bits_of("101")), {3, 16, 0});
  const std::string longest = "110000000000";
  expect_entry(table->entry(bits_of(longest + "111111111111111")), {27, 1, 32767});
  expect_entry(table->entry(bits_of(longest + "000000000000000")), {27, 1, -32767});
  expect_entry(table->entry(bits_of("1100000000011")), {0, JpegEntry::kNoCode, 0});
  expect_entry(table->entry(bits_of("1111111111111111")), {0, JpegEntry::kNoCode, 0});
  const std::string eleven = "11000000000";  // a bit less than the code
  expect_entry(table->entry(bits_of(eleven + "1")), {0, JpegEntry::kNoCode, 0});
}

TEST(JpegHuffman, ShortCodesComeInPairs) {
  const auto table = std::make_unique<JpegHuffman>();
  ASSERT_TRUE(table->build(example(), JpegHuffman::Kind::ac));
  const auto expect_pair = [&](const std::string& text, const Expected& first, int bits, int step, int value) {
    const std::uint64_t pair = table->pair(bits_of(text));
    expect_entry(JpegPair::first(pair), first);
    EXPECT_EQ(JpegPair::first_step(pair), first.step);
    EXPECT_EQ(JpegPair::first_value(pair), first.value);
    EXPECT_EQ(JpegPair::bits(pair), bits);
    EXPECT_EQ(JpegPair::second_step(pair), step);
    EXPECT_EQ(JpegPair::second_value(pair), value);
  };
  expect_pair(
      "001"
      "100011"
      "0",
      {3, 1, 1}, 9, 3, -4);
  expect_pair(
      "000"
      "01"
      "00000",
      {3, 1, -1}, 5, JpegEntry::kEnd, 0);
  expect_pair(
      "01"
      "001"
      "00000",
      {2, JpegEntry::kEnd, 0}, 2, 0, 0);  // what follows is another block's
  expect_pair(
      "100011"
      "100011",
      {6, 3, -4}, 6, 0, -4);  // too long together
  EXPECT_EQ(table->pair(bits_of("1100000000001")), JpegHuffman::kNoPair);
}

TEST(JpegHuffman, CodesArePassedSomeAtOnce) {
  const auto table = std::make_unique<JpegHuffman>();
  ASSERT_TRUE(table->build(example(), JpegHuffman::Kind::ac));
  table->prepare_passing();
  const auto expect_passed = [&](const std::string& text, int bits, int step) {
    const auto passed = table->passed(bits_of(text));
    EXPECT_EQ(passed.bits, bits) << text;
    EXPECT_EQ(passed.step, step) << text;
  };
  expect_passed(
      "001"
      "000"
      "01"
      "111",
      8, 2 + JpegEntry::kEnd);
  expect_passed(
      "001"
      "000"
      "001"
      "01",
      11, 3 + JpegEntry::kEnd);
  expect_passed(
      "101"
      "101"
      "101"
      "01",
      11, 48 + JpegEntry::kEnd);
  expect_passed(
      "101"
      "101"
      "101"
      "101",
      9, 48);  // four would lead behind the last
  expect_passed(
      "001"
      "000"
      "001"
      "100"
      "111",
      15, 6);  // a value beyond what is looked at
  expect_passed(
      "110000000000"
      "111111111111111",
      27, 1);
  expect_passed(
      "001"
      "1111111111111111",
      3, 1);
  expect_passed("1111111111111111", 0, 0);
}

TEST(JpegHuffman, OfAFirstCoefficientTheSymbolIsTheSize) {
  const auto table = std::make_unique<JpegHuffman>();
  JpegCode code;
  code.counts[1] = 2;
  code.symbols = {0x00, 0x0f};
  ASSERT_TRUE(table->build(code, JpegHuffman::Kind::dc));
  expect_entry(table->entry(bits_of("00")), {2, 1, 0});
  expect_entry(table->entry(bits_of("01100000000000000")), {17, 1, 16384});
  code.symbols[1] = 0x10;
  EXPECT_FALSE(table->build(code, JpegHuffman::Kind::dc));
}

TEST(JpegHuffman, MoreCodesThanThereAreAreNone) {
  const auto table = std::make_unique<JpegHuffman>();
  for (const int bits : {1, 2, 8}) {
    JpegCode code;
    const auto length = static_cast<std::size_t>(bits - 1);
    code.counts[length] = static_cast<std::uint8_t>((1 << bits) - 1);
    EXPECT_TRUE(table->build(code, JpegHuffman::Kind::ac));
    ++code.counts[length];  // all ones is no code
    if (bits < 8) {
      EXPECT_FALSE(table->build(code, JpegHuffman::Kind::ac));
    }
    --code.counts[length];
    code.counts[length + 1] = 2;  // the lower one's rest is only one code more
    EXPECT_FALSE(table->build(code, JpegHuffman::Kind::ac));
  }
}

}  // namespace
}  // namespace seg
