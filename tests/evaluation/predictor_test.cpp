// SPDX-License-Identifier: Apache-2.0
#include "evaluation/predictor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "tests/evaluation/blotches.h"
#include "tests/evaluation/tiny_segmenter.h"

namespace seg {
namespace {

using testing::blotches;
using testing::TinySegmenter;

constexpr std::int64_t kClasses = 5;
const std::vector<std::int64_t> kAll = {0, 1, 2, 3, 4};

std::vector<std::uint8_t> values(const LabelMap& labels) { return {labels.values().begin(), labels.values().end()}; }

Prediction predict(TinySegmenter& network, const Image& image, const PredictorOptions& options) {
  return Predictor(network.single_scale(), options).predict(image);
}

TileChoice tiles_of(std::int64_t height, std::int64_t width) {
  return {.mode = TileChoice::Mode::fixed, .size = {height, width}};
}
const TileChoice kWhole{.mode = TileChoice::Mode::off};

// Probabilities [K,H,W] of an image whose sides divide, by the definition of softmax.
std::vector<double> probabilities_by_hand(TinySegmenter& network, const Image& image) {
  SingleScale& single_scale = network.single_scale();
  const at::Tensor padded = single_scale.padded(host_pixels(image));
  const at::Tensor logits = single_scale.logits(padded).contiguous();
  const auto pixels = static_cast<std::size_t>(image.height() * image.width());
  const float* z = logits.const_data_ptr<float>();
  std::vector<double> result(kClasses * pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < kClasses; ++k) sum += std::exp(static_cast<double>(z[k * pixels + i]));
    for (std::size_t k = 0; k < kClasses; ++k)
      result[k * pixels + i] = std::exp(static_cast<double>(z[k * pixels + i])) / sum;
  }
  return result;
}

TEST(Predictor, AWholeImageGetsTheClassesOfEvaluation) {
  TinySegmenter network;
  const Image image = blotches<std::uint8_t>({21, 34, 3, PixelType::u8}, 1);
  const std::vector<std::uint8_t> expected = network.classes(image);
  EXPECT_EQ(values(predict(network, image, {.tiles = kWhole}).labels), expected);
  EXPECT_EQ(values(predict(network, image, {.tiles = kWhole, .probability_classes = kAll}).labels), expected);
}

TEST(Predictor, AWholeImageIsResizedWhereEvaluationResizes) {
  const Image image = blotches<std::uint8_t>({21, 34, 3, PixelType::u8}, 1);
  TinySegmenter pads;
  for (const bool align_corners : {false, true}) {
    TinySegmenter network({.resizes = true, .align_corners = align_corners});
    const std::vector<std::uint8_t> expected = network.classes(image);
    EXPECT_NE(expected, pads.classes(image));  // or the comparison would say little
    const Prediction found = predict(network, image, {.tiles = kWhole, .probability_classes = kAll});
    EXPECT_EQ(values(found.labels), expected);
    EXPECT_EQ(found.probabilities.front().height(), 21);
    EXPECT_EQ(found.probabilities.front().width(), 34);
    EXPECT_EQ(values(predict(network, image, {.tiles = kWhole, .thresholds = {{1, 1.0}}}).labels), expected);
  }
}

TEST(Predictor, WhereEvaluationResizesTilesAreOfThePaddedImage) {
  TinySegmenter resizes({.resizes = true}), pads;
  const Image image = blotches<std::uint8_t>({201, 203, 3, PixelType::u8}, 3);
  EXPECT_EQ(values(predict(resizes, image, {.tiles = tiles_of(192, 192)}).labels),
            values(predict(pads, image, {.tiles = tiles_of(192, 192)}).labels));
}

TEST(Predictor, ProbabilitiesAreTheSoftmaxInSixteenBits) {
  TinySegmenter network;
  const Image image = blotches<std::uint8_t>({24, 36, 3, PixelType::u8}, 1);
  const std::vector<double> expected = probabilities_by_hand(network, image);
  const Prediction found = predict(network, image, {.tiles = kWhole, .probability_classes = {3, 0}});
  ASSERT_EQ(found.probabilities.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::size_t k = i == 0 ? 3 : 0;
    for (std::int64_t y = 0; y < 24; ++y)
      for (std::int64_t x = 0; x < 36; ++x) {
        const auto at = static_cast<std::size_t>(y * 36 + x);
        const int value = found.probabilities[i].row<std::uint16_t>(y)[static_cast<std::size_t>(x)];
        ASSERT_NEAR(value, expected[k * 24 * 36 + at] * 65535, 0.6);
      }
  }
}

TEST(Predictor, AThresholdGivesItsClassTheLikelyPixelsOfOthersAndTakesNone) {
  TinySegmenter network;
  const Image image = blotches<std::uint8_t>({24, 36, 3, PixelType::u8}, 2);
  const std::vector<double> p = probabilities_by_hand(network, image);
  const std::vector<std::uint8_t> usual = network.classes(image);
  const std::size_t pixels = usual.size();
  for (const TileChoice& tiles : {kWhole, tiles_of(24, 36)}) {
    const std::vector<std::uint8_t> found =
        values(predict(network, image, {.tiles = tiles, .thresholds = {{1, 0.2}, {2, 0.18}}}).labels);
    std::set<std::uint8_t> changed;
    for (std::size_t i = 0; i < pixels; ++i) {
      const double one = p[pixels + i], two = p[2 * pixels + i];
      if (std::abs(one - 0.2) < 1e-5 || std::abs(two - 0.18) < 1e-5 || std::abs(one - two) < 1e-5) continue;
      std::uint8_t expected = usual[i];
      if (one >= 0.2 && (two < 0.18 || one > two)) expected = 1;
      if (two >= 0.18 && (one < 0.2 || two > one)) expected = 2;
      ASSERT_EQ(found[i], expected);
      if (found[i] != usual[i]) changed.insert(found[i]);
    }
    EXPECT_EQ(changed, (std::set<std::uint8_t>{1, 2}));  // or the comparison would say little
  }
}

TEST(Predictor, TilesOfANetworkThatSeesLessThanTheOverlapGiveWhatTheWholeImageGives) {
  TinySegmenter network;  // sees 15 pixels and the neighbours that enlarging mixes; tiles of 192 overlap by 48
  for (const auto& [height, width] : {std::pair{300, 410}, {192, 250}, {384, 192}, {201, 195}}) {
    const Image image = blotches<std::uint8_t>({height, width, 3, PixelType::u8}, 3);
    const Prediction whole = predict(network, image, {.tiles = kWhole, .probability_classes = kAll});
    const Prediction tiled = predict(network, image, {.tiles = tiles_of(192, 192), .probability_classes = kAll});
    EXPECT_EQ(whole.num_tiles, 1);
    EXPECT_GT(tiled.num_tiles, 1) << height << 'x' << width;
    EXPECT_EQ(values(tiled.labels), values(whole.labels));
    for (std::size_t k = 0; k < kAll.size(); ++k)
      for (std::int64_t y = 0; y < height; ++y) {
        const auto a = tiled.probabilities[k].row<std::uint16_t>(y), b = whole.probabilities[k].row<std::uint16_t>(y);
        for (std::size_t x = 0; x < a.size(); ++x) ASSERT_NEAR(a[x], b[x], 1);
      }
  }
}

TEST(Predictor, TilesThatOverlapByLessThanTheNetworkSeesDiffer) {
  TinySegmenter network;
  const Image image = blotches<std::uint8_t>({300, 410, 3, PixelType::u8}, 3);
  EXPECT_NE(values(predict(network, image, {.tiles = tiles_of(16, 16)}).labels), network.classes(image));
}

TEST(Predictor, SixteenBitImagesAreTiledToo) {
  TinySegmenter network({.type = PixelType::u16, .padding = {60000, 40000, 1000}});
  const Image image = blotches<std::uint16_t>({201, 203, 3, PixelType::u16}, 1);
  EXPECT_EQ(values(predict(network, image, {.tiles = tiles_of(192, 192)}).labels), network.classes(image));
}

TEST(Predictor, TileSizesAreRoundedUpToWhatTheNetworkDividesAndNeverBeyondTheImage) {
  TinySegmenter network;
  const auto tile = [&](const TileChoice& tiles, std::int64_t height, std::int64_t width) {
    const auto size = Predictor(network.single_scale(), {.tiles = tiles}).tile_for(height, width);
    return size ? std::pair{size->height, size->width} : std::pair<std::int64_t, std::int64_t>{0, 0};
  };
  using Size = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(tile(tiles_of(30, 33), 100, 100), Size(32, 36));
  EXPECT_EQ(tile(tiles_of(30, 1000), 100, 100), Size(32, 100));
  EXPECT_EQ(tile(tiles_of(1000, 1000), 101, 100), Size(0, 0));
  EXPECT_EQ(tile(kWhole, 100000, 100000), Size(0, 0));
}

TEST(Predictor, AutomaticTilesAppearWhereMemoryEnds) {
  TinySegmenter network;
  const auto tile = [&](std::int64_t memory, const std::vector<std::int64_t>& probabilities = {}) {
    return Predictor(network.single_scale(), {.tiles = {.memory_bytes = memory}, .probability_classes = probabilities})
        .tile_for(2000, 3000);
  };
  const std::int64_t probabilities = kClasses * 2000 * 3000 * 4;
  const std::int64_t of_classes = network.single_scale().bytes_for_classes(2000, 3000),
                     of_logits = network.single_scale().bytes_for_logits(2000, 3000);
  EXPECT_FALSE(tile(of_classes)) << "nobody makes logits of the whole image";
  EXPECT_TRUE(tile(of_classes - 1));
  EXPECT_FALSE(tile(of_logits + probabilities, {2}));
  const auto half = tile(of_logits + probabilities - 1, {2});
  ASSERT_TRUE(half);
  EXPECT_EQ(half->height, 2000);
  EXPECT_EQ(half->width, 1500);
  const auto smallest = tile(0);
  ASSERT_TRUE(smallest);
  EXPECT_LE(std::max(smallest->height, smallest->width), 256);
  EXPECT_GE(std::min(smallest->height, smallest->width), 125);
}

TEST(Predictor, TilesAsOnACommandLine) {
  EXPECT_EQ(parse_tiles("auto", "--tile").mode, TileChoice::Mode::automatic);
  EXPECT_EQ(parse_tiles("off", "--tile").mode, TileChoice::Mode::off);
  const TileChoice fixed = parse_tiles("512x1024", "--tile");
  EXPECT_EQ(fixed.mode, TileChoice::Mode::fixed);
  EXPECT_EQ(fixed.size.height, 512);
  EXPECT_EQ(fixed.size.width, 1024);
  for (const char* text : {"", "512", "512x", "x512", "0x5", "-1x5", "5x5x5", "99999999999999999999x5", "on"}) {
    EXPECT_THROW((void)parse_tiles(text, "--tile"), UserError) << text;
    EXPECT_FALSE(parse_size(text)) << text;
  }
  EXPECT_EQ(parse_size("512x1024").value().width, 1024);
  EXPECT_FALSE(parse_size("auto"));
}

}  // namespace
}  // namespace seg
