// SPDX-License-Identifier: Apache-2.0
#include "evaluation/prediction_writer.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/error.h"
#include "base/file.h"
#include "image/color_map.h"
#include "image/png.h"
#include "tests/support/read_picture.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::read_picture;
using testing::TemporaryFolder;

const std::vector<Rgb> kPalette = {{10, 20, 30}, {40, 50, 60}, {70, 80, 90}};

std::vector<std::uint8_t> read_labels(const fs::path& path) {
  const Bytes bytes = read_file(path);
  LabelMap labels;
  decode_png_labels(bytes, path.string(), whole(png_layout(bytes, path.string())), labels);
  return {labels.values().begin(), labels.values().end()};
}

class PredictionWriterTest : public ::testing::Test {
 protected:
  PredictionWriterTest() : image_({2, 3, 3, PixelType::u8}) {
    std::ranges::fill(image_.bytes(), std::byte{100});
    prediction_.labels.resize(2, 3);
    const std::vector<std::uint8_t> values = {0, 1, 2, 2, 1, 0};
    std::ranges::copy(values, prediction_.labels.values().begin());
  }

  fs::path out() const { return folder_ / "out"; }

  TemporaryFolder folder_;
  Image image_;
  Prediction prediction_;
};

TEST_F(PredictionWriterTest, WritesClassesAndColoursIntoFoldersThatItMakes) {
  const PredictionWriter writer({.folder = out(), .palette = kPalette});
  writer.write("sub/a", image_, prediction_);
  EXPECT_EQ(read_labels(out() / "sub/a.png"), (std::vector<std::uint8_t>{0, 1, 2, 2, 1, 0}));
  EXPECT_EQ(read_picture(out() / "sub/a.png").channels(), 1);  // no palette: any program reads class numbers
  const Image colors = read_picture(out() / "sub/a_color.png");
  ASSERT_EQ(colors.channels(), 3);
  EXPECT_EQ(colors.row<std::uint8_t>(0)[3], 40);
  EXPECT_EQ(colors.row<std::uint8_t>(1)[2], 90);
  EXPECT_EQ(read_labels(out() / "sub/a_color.png"), read_labels(out() / "sub/a.png"));
  EXPECT_EQ(std::distance(fs::directory_iterator(out() / "sub"), {}), 2);
}

TEST_F(PredictionWriterTest, OverlaysAndProbabilitiesWhereAskedFor) {
  Image probability({2, 3, 1, PixelType::u16});
  probability.row<std::uint16_t>(1)[2] = 65535;
  probability.row<std::uint16_t>(0)[1] = 1000;
  prediction_.probabilities.push_back(probability);
  const PredictionWriter writer(
      {.folder = out(), .palette = kPalette, .has_overlay = true, .probability_names = {"traffic light/on"}});
  writer.write("a", image_, prediction_);
  const Image expected = overlay(image_, prediction_.labels, kPalette);
  EXPECT_TRUE(std::ranges::equal(read_picture(out() / "a_overlay.png").bytes(), expected.bytes()));
  const Image shown = read_picture(out() / "a_probability_traffic-light-on.png");
  ASSERT_EQ(shown.layout(), probability.layout());
  EXPECT_TRUE(std::ranges::equal(shown.bytes(), probability.bytes()));
  for (const PredictionFile& file : writer.files_of("a")) EXPECT_TRUE(fs::exists(file.path)) << file.kind;
}

TEST_F(PredictionWriterTest, OtherNumbersStandInTheLabelsOnly) {
  std::array<std::uint8_t, 256> ids{};
  ids[0] = 7;
  ids[1] = 8;
  ids[2] = 26;
  PredictionWriter({.folder = out(), .palette = kPalette, .label_ids = ids}).write("a", image_, prediction_);
  EXPECT_EQ(read_labels(out() / "a.png"), (std::vector<std::uint8_t>{7, 8, 26, 26, 8, 7}));
  EXPECT_EQ(read_labels(out() / "a_color.png"), (std::vector<std::uint8_t>{0, 1, 2, 2, 1, 0}));
}

TEST_F(PredictionWriterTest, AnObstacleIsNamed) {
  write_file(folder_ / "out", "a file in the place of the folder");
  EXPECT_THROW(PredictionWriter({.folder = out(), .palette = kPalette}).write("a", image_, prediction_), UserError);
}

}  // namespace
}  // namespace seg
