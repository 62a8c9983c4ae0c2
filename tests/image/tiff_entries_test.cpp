// SPDX-License-Identifier: Apache-2.0
#include "image/tiff_entries.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/image/tiff_maker.h"

namespace seg {
namespace {

using testing::make_tiff, testing::patch_tiff, testing::random_tiff, testing::RawTiff;

constexpr TiffTag kWidth = 256, kBits = 258, kNone = 777;

TEST(TiffEntries, AreFoundInEitherSizeAndByteOrder) {
  RawTiff raw{.width = 12, .height = 10, .samples = 3, .color = PHOTOMETRIC_RGB};
  for (const bool is_big : {false, true})
    for (const bool is_big_endian : {false, true}) {
      raw.is_big = is_big;
      raw.is_big_endian = is_big_endian;
      const Bytes file = make_tiff(random_tiff(raw));
      const TiffEntries entries(file, "a.tif");
      EXPECT_EQ(entries.file_size(), file.size());
      EXPECT_EQ(entries.first(kWidth, 0), 12U);
      EXPECT_EQ(entries.first(kNone, 5), 5U);
      EXPECT_FALSE(entries.find(kNone));
      const auto bits = entries.find(kBits);  // three numbers, which do not fit into a classic entry
      ASSERT_TRUE(bits);
      EXPECT_EQ(bits->count, 3U);
      EXPECT_EQ(bits->bytes, 2U);
      EXPECT_EQ(entries.value(*bits, 2), 8U);
      EXPECT_FALSE(entries.has_next());
    }
}

TEST(TiffEntries, OfTheNextDirectoryFollow) {
  RawTiff raw{.width = 12, .height = 10};
  raw.page_kinds = {1, 4};
  const Bytes file = make_tiff(random_tiff(raw));
  TiffEntries entries(file, "a.tif");
  constexpr TiffTag kPageKind = 254;
  for (const std::uint64_t kind : {1U, 4U}) {
    ASSERT_TRUE(entries.has_next());
    entries.open_next();
    EXPECT_EQ(entries.first(kPageKind, 0), kind);
  }
  EXPECT_FALSE(entries.has_next());
}

TEST(TiffEntries, ThatNoDirectoryHasOrTheFileDoesNotHoldAreRefused) {
  const Bytes file = make_tiff(random_tiff({.width = 12, .height = 10}));
  const auto what_of = [](const Bytes& bytes) -> std::string {
    try {
      (void)TiffEntries(bytes, "a.tif").find(kWidth);
    } catch (const UserError& error) {
      return error.problems().at(0).what;
    }
    return "";
  };
  EXPECT_EQ(what_of(file), "");
  constexpr std::size_t kType = 2, kCount = 4;
  Bytes damaged = file;
  patch_tiff(damaged, kWidth, kType, 77, 2);
  EXPECT_EQ(what_of(damaged), "the TIFF is damaged: its directory holds impossible values");
  damaged = file;
  patch_tiff(damaged, kWidth, kCount, 0);
  EXPECT_EQ(what_of(damaged), "the TIFF is damaged: its directory holds impossible values");
  damaged = file;
  patch_tiff(damaged, kWidth, kCount, ~0U);
  EXPECT_EQ(what_of(damaged), "the TIFF is truncated: it ends before its directory or its pixels do");
  // Beyond the end, and where adding its own size would overflow.
  for (const std::byte byte : {std::byte{0x7f}, std::byte{0xff}}) {
    damaged = file;
    for (std::size_t i = 4; i < 8; ++i) damaged[i] = byte;
    EXPECT_EQ(what_of(damaged), "the TIFF is truncated: it ends before its directory or its pixels do");
  }
  for (std::size_t size = 8; size < file.size(); ++size) {
    const Bytes start(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    const std::string what = what_of(start);
    EXPECT_TRUE(what.empty() || what.starts_with("the TIFF is")) << what;
  }
}

}  // namespace
}  // namespace seg
