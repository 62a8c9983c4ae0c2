// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_units.h"

#include <sys/mman.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "tests/image/jpeg_maker.h"

namespace seg {
namespace {

using testing::JpegRecipe, testing::make_jpeg, testing::noise_image;

// Coefficients of one block as libjpeg reads them, row by row.
using Block = std::array<int, 64>;

std::vector<std::vector<Block>> by_libjpeg(const Bytes& file, std::size_t channel) {
  jpeg_decompress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(file.data()), static_cast<unsigned long>(file.size()));
  jpeg_read_header(&info, TRUE);
  jvirt_barray_ptr blocks = jpeg_read_coefficients(&info)[channel];
  const jpeg_component_info& component = info.comp_info[channel];
  std::vector<std::vector<Block>> rows(component.height_in_blocks);
  for (JDIMENSION y = 0; y < component.height_in_blocks; ++y) {
    JBLOCKARRAY row = info.mem->access_virt_barray(reinterpret_cast<j_common_ptr>(&info), blocks, y, 1, FALSE);
    for (JDIMENSION x = 0; x < component.width_in_blocks; ++x) {
      Block block;
      std::copy_n(row[0][x], 64, block.begin());
      rows[y].push_back(block);
    }
  }
  jpeg_destroy_decompress(&info);
  return rows;
}

Block block_of(const JpegTile& tile, std::size_t first_group, std::size_t column) {
  Block block;
  for (std::size_t row = 0; row < 8; ++row)
    for (std::size_t i = 0; i < 8; ++i)
      block[8 * row + i] = tile.coefficients[(first_group + column / 4) * 256 + row * 32 + column % 4 * 8 + i];
  return block;
}

int last_of(const Block& block) {
  int last = 63;
  while (last > 0 && block[kJpegOrder[static_cast<std::size_t>(last)]] == 0) --last;
  return last;
}

TEST(JpegUnits, ReadAndPassedUnitsAreThoseOfLibjpeg) {
  const auto units = std::make_unique<JpegUnits>();
  JpegTile tile;
  for (const JpegRecipe& recipe : {JpegRecipe{.quality = 98, .across = 2, .down = 2},
                                   JpegRecipe{.quality = 30, .across = 2, .restart_units = 3, .has_own_codes = true},
                                   JpegRecipe{.quality = 80, .down = 2, .restart_rows = 1}, JpegRecipe{}}) {
    const Bytes file = make_jpeg(noise_image(64, 320, 3), recipe);
    const auto scan = read_jpeg_scan(file);
    ASSERT_TRUE(scan);
    std::vector<std::vector<std::vector<Block>>> expected;
    for (std::size_t c = 0; c < 3; ++c) expected.push_back(by_libjpeg(file, c));
    ASSERT_TRUE(units->begin(file, *scan));
    for (std::int64_t y = 0; y < scan->unit_rows(); ++y) {
      ASSERT_TRUE(units->pass(3));
      tile.coefficients.fill(0);
      tile.reach.fill(0);
      ASSERT_TRUE(units->read(8, 0b101, tile));
      ASSERT_TRUE(units->pass(scan->units_across() - 11));
      for (const std::size_t c : {std::size_t{0}, std::size_t{2}}) {
        const JpegChannel& channel = scan->channels[c];
        for (int down = 0; down < channel.down; ++down) {
          const std::size_t group = JpegTile::first_group(*scan, c, down);
          const auto& row = expected[c].at(static_cast<std::size_t>(y * channel.down + down));
          const auto across = static_cast<std::size_t>(channel.across);
          int last[8] = {};
          for (std::size_t column = 0; column < 8 * across; ++column) {
            ASSERT_EQ(block_of(tile, group, column), row.at(3 * across + column)) << "channel " << c;
            last[column / 4] = std::max(last[column / 4], last_of(row[3 * across + column]));
          }
          for (std::size_t i = 0; i < 2 * across; ++i) ASSERT_GE(tile.reach[group + i], last[i]);
        }
      }
      const std::size_t passed = JpegTile::first_group(*scan, 1, 0);
      EXPECT_EQ(block_of(tile, passed, 0), Block{});
    }
    EXPECT_TRUE(units->finish());
  }
}

TEST(JpegUnits, GoOnFromAnyPlace) {
  const auto units = std::make_unique<JpegUnits>();
  const auto tile = std::make_unique<JpegTile>(), expected = std::make_unique<JpegTile>();
  const auto read = [&](JpegTile& to) {
    to.coefficients.fill(0);
    to.reach.fill(0);
    ASSERT_TRUE(units->read(4, 0b111, to));
  };
  for (const int restart_units : {0, 1, 3, 4}) {
    const Bytes file =
        make_jpeg(noise_image(200, 200, 3), {.quality = 99, .across = 2, .down = 2, .restart_units = restart_units});
    const auto scan = read_jpeg_scan(file);
    ASSERT_TRUE(scan);
    const std::int64_t count = scan->unit_rows() * scan->units_across();
    for (std::int64_t first = 0; first + 4 <= count; ++first) {
      ASSERT_TRUE(units->begin(file, *scan));
      ASSERT_TRUE(units->pass(first));
      const JpegPlace place = units->place();
      read(*expected);
      ASSERT_TRUE(units->begin(file, *scan));
      units->go_to(place);
      EXPECT_EQ(units->place(), place);
      read(*tile);
      ASSERT_EQ(tile->coefficients, expected->coefficients) << first;
      ASSERT_TRUE(units->pass(count - first - 4) && units->finish());
    }
  }
}

TEST(JpegUnits, MissingAndSurplusDataIsNotTaken) {
  const auto units = std::make_unique<JpegUnits>();
  const Bytes file = make_jpeg(noise_image(64, 64, 3));
  const auto scan = read_jpeg_scan(file);
  ASSERT_TRUE(units->begin(std::span(file).first(file.size() - 10), *scan));
  EXPECT_FALSE(units->pass(64));
  ASSERT_TRUE(units->begin(file, *scan));
  EXPECT_TRUE(units->pass(63));
  EXPECT_FALSE(units->finish());
  Bytes longer = file;
  longer.insert(longer.end() - 2, std::byte{0});
  ASSERT_TRUE(units->begin(longer, *scan));
  EXPECT_TRUE(units->pass(64));
  EXPECT_FALSE(units->finish());
}

TEST(JpegUnits, RestartsOutOfOrderAreNotTaken) {
  const auto units = std::make_unique<JpegUnits>();
  Bytes file = make_jpeg(noise_image(64, 64, 3), {.restart_units = 4});
  const auto scan = read_jpeg_scan(file);
  for (std::size_t i = scan->data; i + 1 < file.size(); ++i)
    if (file[i] == std::byte{0xff} && file[i + 1] == std::byte{0xd2}) file[i + 1] = std::byte{0xd3};
  ASSERT_TRUE(units->begin(file, *scan));
  EXPECT_TRUE(units->pass(12));
  EXPECT_FALSE(units->pass(1));
}

// As of a file of 6 GiB, most of which is not there.
TEST(JpegUnits, PlacesMayBeFarBehindInAFile) {
  constexpr std::size_t kFar = std::size_t{6} << 30;
  const Bytes file = make_jpeg(noise_image(64, 64, 3));
  auto scan = read_jpeg_scan(file);
  ASSERT_TRUE(scan);
  const std::size_t size = kFar + file.size();
  void* const memory =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) GTEST_SKIP() << "no room for the addresses";
  const std::span<std::byte> large(static_cast<std::byte*>(memory), size);
  std::ranges::copy(file, large.begin() + kFar);
  scan->data += kFar;
  const auto units = std::make_unique<JpegUnits>();
  ASSERT_TRUE(units->begin(large, *scan));
  ASSERT_TRUE(units->pass(20));
  const JpegPlace place = units->place();
  EXPECT_GT(place.offset, kFar);
  EXPECT_TRUE(units->pass(44) && units->finish());
  units->go_to(place);
  EXPECT_EQ(units->place(), place);
  EXPECT_TRUE(units->pass(44) && units->finish());
  ::munmap(memory, size);
}

}  // namespace
}  // namespace seg
