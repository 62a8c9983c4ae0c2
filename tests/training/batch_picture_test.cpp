// SPDX-License-Identifier: Apache-2.0
#include "training/batch_picture.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "image/color_map.h"
#include "tests/support/read_picture.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/hand_batch.h"

namespace seg {
namespace {

using testing::HandBatch;
using testing::read_picture;
using testing::TemporaryFolder;

constexpr std::int64_t kGutter = SheetStyle().gutter;

Rgb pixel(const Image& image, std::int64_t y, std::int64_t x) {
  const auto row = image.row<std::uint8_t>(y).subspan(static_cast<std::size_t>(3 * x));
  return {row[0], row[1], row[2]};
}

TEST(BatchPicture, ShowsEachCropBesideItsLabels) {
  const TemporaryFolder folder;
  HandBatch batch({.count = 2, .height = 8, .width = 6});
  batch.set_labels(0, 8 * 6, 3);
  const std::vector<Rgb> palette = {{0, 0, 0}, {10, 0, 0}, {0, 20, 0}, {200, 100, 50}};
  save_batch_picture(folder / "batch.png", batch.view(), palette, 255);
  const Image picture = read_picture(folder / "batch.png");
  // Two crops and their overlays in one row.
  EXPECT_EQ(picture.height(), 8 + 2 * kGutter);
  EXPECT_EQ(picture.width(), 4 * 6 + 5 * kGutter);
  const auto crop = batch.view().image(0);
  const auto value = [&](std::size_t i) { return static_cast<int>(crop[i]); };
  const Rgb first = pixel(picture, kGutter, kGutter);
  EXPECT_EQ(first.r, value(0));
  EXPECT_EQ(first.g, value(1));
  EXPECT_EQ(first.b, value(2));
  // The overlay lies halfway between the pixel and the colour of class 3.
  const Rgb laid_over = pixel(picture, kGutter, 6 + 2 * kGutter);
  EXPECT_NEAR(laid_over.r, (value(0) + 200) / 2, 1);
  EXPECT_NEAR(laid_over.g, (value(1) + 100) / 2, 1);
  EXPECT_NEAR(laid_over.b, (value(2) + 50) / 2, 1);
}

TEST(BatchPicture, ShowsAtMostSoMany) {
  const TemporaryFolder folder;
  const HandBatch batch({.count = 20, .height = 8, .width = 6});
  const auto palette = default_palette(4);
  save_batch_picture(folder / "batch.png", batch.view(), palette, 255, 4);
  EXPECT_EQ(read_picture(folder / "batch.png").height(), 2 * 8 + 3 * kGutter);  // eight pictures, four a row
}

TEST(BatchPicture, TakesImagesOfAnyChannelsAndSixteenBits) {
  const TemporaryFolder folder;
  const auto palette = default_palette(4);
  for (const std::int64_t channels : {1, 4}) {
    const HandBatch batch({.count = 1, .height = 8, .width = 6, .channels = channels, .type = PixelType::u16});
    save_batch_picture(folder / "batch.png", batch.view(), palette, 255);
    EXPECT_EQ(read_picture(folder / "batch.png").channels(), 3);
  }
}

TEST(BatchPicture, AFolderThatIsNotThereIsNamed) {
  const TemporaryFolder folder;
  EXPECT_THROW(save_batch_picture(folder / "none" / "batch.png", HandBatch().view(), default_palette(4), 255),
               UserError);
}

}  // namespace
}  // namespace seg
