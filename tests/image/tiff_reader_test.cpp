// SPDX-License-Identifier: Apache-2.0
#include "image/tiff_reader.h"

#include <gtest/gtest.h>

#include "tests/image/tiff_maker.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

using testing::make_tiff;
using testing::random_tiff;
using testing::RawTiff;

TEST(TiffReader, GivesRowsAndTilesAsStored) {
  const RawTiff rows = random_tiff({.width = 7, .height = 5, .bits = 16, .is_big_endian = true});
  const Bytes file = make_tiff(rows);
  const TiffDirectory directory = read_tiff_directory(file, "a.tif");
  TiffReader reader(file, "a.tif", directory);
  ASSERT_EQ(reader.row_bytes(), 14U);
  std::vector<std::uint16_t> row(7);
  reader.read_row(3, 0, std::as_writable_bytes(std::span(row)));
  for (std::size_t x = 0; x < 7; ++x) EXPECT_EQ(row[x], rows.at(3, static_cast<std::int64_t>(x), 0));

  const RawTiff tiles = random_tiff({.width = 40, .height = 20, .tile_height = 16, .tile_width = 32});
  const Bytes tiled = make_tiff(tiles);
  const TiffDirectory tiled_directory = read_tiff_directory(tiled, "a.tif");
  TiffReader tile_reader(tiled, "a.tif", tiled_directory);
  ASSERT_EQ(tile_reader.tile_row_bytes(), 32U);
  Bytes tile(tile_reader.tile_bytes());
  ASSERT_EQ(tile.size(), 32U * 16U);
  tile_reader.read_tile(16, 32, 0, tile);
  EXPECT_EQ(std::to_integer<int>(tile[32 + 3]), tiles.at(17, 35, 0));
}

// Colours of old programs have 8 bits where 16 are due.
TEST(TiffReader, ReadsPalettesOf8And16Bits) {
  RawTiff raw = random_tiff({.width = 3, .height = 2, .bits = 4, .color = PHOTOMETRIC_PALETTE});
  raw.palette[5] = {12, 34, 56};
  for (const bool is_deep : {true, false}) {
    Bytes file = make_tiff(raw);
    if (!is_deep) {
      const std::size_t entry = testing::tiff_entry(file, TIFFTAG_COLORMAP);
      const std::size_t colors =
          std::to_integer<std::size_t>(file[entry + 8]) | std::to_integer<std::size_t>(file[entry + 9]) << 8;
      for (std::size_t i = 0; i < 3 * 16; ++i) file[colors + 2 * i + 1] = std::byte{0};
    }
    const TiffDirectory directory = read_tiff_directory(file, "a.tif");
    const auto palette = TiffReader(file, "a.tif", directory).palette();
    ASSERT_EQ(palette.size(), 16U);
    EXPECT_EQ(palette[5], (Rgb{12, 34, 56}));
  }
}

TEST(TiffReader, ADirectoryThatIsReadInTwoWaysIsDamaged) {
  const Bytes file = make_tiff(random_tiff({.width = 7, .height = 5}));
  TiffDirectory directory = read_tiff_directory(file, "a.tif");
  directory.width = 8;
  const Problem problem = testing::problem_of([&] { TiffReader(file, "a.tif", directory); });
  EXPECT_EQ(problem.what, "the TIFF is damaged: its directory contradicts itself");
}

}  // namespace
}  // namespace seg
