// SPDX-License-Identifier: Apache-2.0
#include "formats/crc32.h"

#include <gtest/gtest.h>

#include <string_view>

namespace seg {
namespace {

std::span<const std::byte> raw(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(Crc32, IsThatOfTheStandardAndGoesOn) {
  EXPECT_EQ(add_to_crc32(0, raw("123456789")), 0xcbf43926u);  // the check value of the CRC's catalogue
  EXPECT_EQ(add_to_crc32(add_to_crc32(0, raw("1234")), raw("56789")), 0xcbf43926u);
  EXPECT_EQ(add_to_crc32(7, {}), 7u);
}

}  // namespace
}  // namespace seg
