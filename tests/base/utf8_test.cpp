// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(Utf8, EachCharacterHasItsLength) {
  const std::string_view text = "aé街🚗";
  EXPECT_EQ(character_length(text, 0), 1u);
  EXPECT_EQ(character_length(text, 1), 2u);
  EXPECT_EQ(character_length(text, 2), 0u);  // in the middle of one
  EXPECT_EQ(character_length(text, 3), 3u);
  EXPECT_EQ(character_length(text, 6), 4u);
  EXPECT_FALSE(first_broken_byte(text));
}

TEST(Utf8, TheFirstBrokenByteIsFound) {
  for (const char* bytes : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
                            "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xe2\x82,", "\xc3"})
    EXPECT_EQ(first_broken_byte("ab" + std::string(bytes)), 2u) << bytes;
  EXPECT_EQ(byte_text('\x9f'), "0x9f");
}

// Every code point comes back as one whole character; their order is that of the bytes.
TEST(Utf8, EveryCodePointIsOneCharacter) {
  std::string before;
  for (std::uint32_t point = 1; point <= 0x10ffff; ++point) {
    const auto text = utf8_of(point);
    ASSERT_EQ(text.has_value(), point < 0xd800 || point > 0xdfff) << point;
    if (!text) continue;
    ASSERT_EQ(character_length(*text, 0), text->size()) << point;
    ASSERT_LT(before, *text);
    before = *text;
  }
  EXPECT_FALSE(utf8_of(0x110000));
  EXPECT_EQ(utf8_of(0x20ac), "€");
}

}  // namespace
}  // namespace seg
