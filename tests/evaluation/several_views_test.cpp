// SPDX-License-Identifier: Apache-2.0
#include "evaluation/several_views.h"

#include <gtest/gtest.h>

#include "engine/memory.h"
#include "tests/evaluation/blotches.h"
#include "tests/evaluation/protocol_oracle.h"
#include "tests/support/recording_log.h"

namespace seg {
namespace {

using testing::blotches;
using testing::TinySegmenter;

constexpr PixelExtent kWindow{24, 28};
const std::vector<double> kScales = {0.5, 1.0, 1.7};

ViewOptions tiny(ViewOptions options) {
  options.size_divisor = TinySegmenter::kDivisor;
  options.padding = {100, 150, 200};
  return options;
}

void expect_case(const std::string& name, ViewOptions options) {
  TinySegmenter segmenter;
  testing::load_oracle_weights(segmenter);
  SeveralViews views(segmenter.network(), c10::Device(c10::kCPU), tiny(std::move(options)), silent_log());
  testing::expect_oracle_classes(views, name);
}

TEST(SeveralViews, AreTheProtocolsOfAPlainImplementation) {
  SEG_NEEDS_PYTHON();
  expect_case("ssc", {.name = "ssc", .window = kWindow});
  expect_case("msf", {.name = "msf", .scales = kScales, .flips = true});
  expect_case("mscf", {.name = "mscf", .scales = kScales, .flips = true, .window = kWindow});
  expect_case("mscf_exp", {.name = "mscf",
                           .scales = kScales,
                           .flips = true,
                           .window = kWindow,
                           .mirror_rule = MirrorRule::exp_of_probability});
  expect_case("mscf_corners",
              {.name = "mscf", .scales = kScales, .flips = true, .window = kWindow, .align_corners = true});
  expect_case("ss_short", {.name = "ss", .start = {.short_side = 20}});
}

TEST(SeveralViews, ResizeWholeImagesAsTheReferenceDoesIfAsked) {
  SEG_NEEDS_PYTHON();
  expect_case("msf_resized", {.name = "msf", .scales = kScales, .flips = true, .resizes = true, .align_corners = true});
}

std::vector<std::uint8_t> bytes(const at::Tensor& classes) {
  const auto* const data = classes.const_data_ptr<std::uint8_t>();
  return {data, data + classes.numel()};
}

TEST(SeveralViews, OfOneWholeViewAreSingleScale) {
  TinySegmenter segmenter;
  for (const ViewOptions& options :
       {ViewOptions{.name = "msf"}, ViewOptions{.name = "ssc", .window = PixelExtent{64, 64}}}) {
    SeveralViews views(segmenter.network(), c10::Device(c10::kCPU), tiny(options), silent_log());
    for (const auto& [height, width] : {std::pair(21, 34), std::pair(24, 36), std::pair(1, 3)}) {
      const Image image = blotches<std::uint8_t>({height, width, 3, PixelType::u8}, 1);
      EXPECT_EQ(bytes(views.classes(host_pixels(image))), segmenter.classes(image)) << height << "x" << width;
    }
  }
}

TEST(SeveralViews, SixteenBitImagesAreLookedAtAlike) {
  const std::vector<double> padding = {60000, 40000, 1000};
  TinySegmenter segmenter({.type = PixelType::u16, .padding = padding});
  ViewOptions options = tiny({.name = "msf"});
  options.padding = padding;
  SeveralViews views(segmenter.network(), c10::Device(c10::kCPU), options, silent_log());
  const Image image = blotches<std::uint16_t>({21, 34, 3, PixelType::u16}, 1);
  EXPECT_EQ(bytes(views.classes(host_pixels(image))), segmenter.classes(image));
}

TEST(SeveralViews, ABatchIsSeenAsItsImagesOneByOne) {
  TinySegmenter segmenter;
  SeveralViews views(segmenter.network(), c10::Device(c10::kCPU),
                     tiny({.name = "mscf", .scales = kScales, .flips = true, .window = kWindow}), silent_log());
  std::vector<std::byte> all;
  std::vector<std::uint8_t> one_by_one;
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    const Image image = blotches<std::uint8_t>({37, 54, 3, PixelType::u8}, seed);
    all.insert(all.end(), image.bytes().begin(), image.bytes().end());
    for (const std::uint8_t value : bytes(views.classes(host_pixels(image)))) one_by_one.push_back(value);
  }
  EXPECT_EQ(bytes(views.classes({.images = all.data(), .count = 2, .height = 37, .width = 54, .channels = 3})),
            one_by_one);
}

TEST(SeveralViews, WhatDoesNotFitIsCutIntoWindowsAndSaidOnce) {
  TinySegmenter segmenter;
  testing::RecordingLog log;
  SeveralViews cut(segmenter.network(), c10::Device(c10::kCPU), tiny({.name = "msf", .memory_bytes = 100'000}), log);
  const Image image = blotches<std::uint8_t>({64, 96, 3, PixelType::u8}, 1);
  const std::vector<std::uint8_t> classes = bytes(cut.classes(host_pixels(image)));
  (void)cut.classes(host_pixels(blotches<std::uint8_t>({80, 96, 3, PixelType::u8}, 1)));
  ASSERT_EQ(log.texts.size(), 1U);
  EXPECT_NE(log.texts[0].find("views of 64x96 do not fit"), std::string::npos) << log.texts[0];
  EXPECT_NE(log.texts[0].find("in windows of 64x48"), std::string::npos) << log.texts[0];
  SeveralViews windows(segmenter.network(), c10::Device(c10::kCPU),
                       tiny({.name = "ssc", .window = PixelExtent{64, 48}}), silent_log());
  EXPECT_EQ(classes, bytes(windows.classes(host_pixels(image))));
}

TEST(SeveralViews, TakeNoMoreThanTheyMay) {
  if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  constexpr std::int64_t kMay = 2'000'000;
  TinySegmenter segmenter;
  SeveralViews views(segmenter.network(), c10::Device(c10::kCPU),
                     tiny({.name = "msf", .flips = true, .memory_bytes = kMay}), silent_log());
  const Image image = blotches<std::uint8_t>({400, 600, 3, PixelType::u8}, 1);
  (void)views.classes(host_pixels(image));
  Arena& arena = *installed_arena();
  arena.reset_peak();
  const std::size_t before = arena.statistics().in_use;
  (void)views.classes(host_pixels(image));
  const auto taken = static_cast<std::int64_t>(arena.statistics().peak_in_use - before);
  // Beside it windows as the network gets them, twice (as they are and mirrored), and what it said of all.
  EXPECT_LT(taken, kMay + kMay / 2 + 2 * 400 * 600 * 3);
  SeveralViews unbounded(segmenter.network(), c10::Device(c10::kCPU), tiny({.name = "msf", .flips = true}),
                         silent_log());
  arena.reset_peak();
  (void)unbounded.classes(host_pixels(image));
  EXPECT_GT(static_cast<std::int64_t>(arena.statistics().peak_in_use - before), 2 * taken);
}

TEST(SeveralViews, AreOfTheScaledImageOrOfWindowsOnIt) {
  const auto grid = [](ViewOptions options, double scale) {
    return several_views_grid(tiny(std::move(options)), {37, 54}, scale);
  };
  EXPECT_EQ(grid({}, 1.0).window, (PixelExtent{37, 54}));
  EXPECT_EQ(grid({.resizes = true}, 1.0).window, (PixelExtent{40, 56}));
  EXPECT_EQ(grid({}, 2.0).scaled, (PixelExtent{74, 108}));
  EXPECT_EQ(grid({.window = kWindow}, 2.0).window, (PixelExtent{24, 28}));
  EXPECT_EQ(grid({.window = PixelExtent{500, 500}}, 1.0).window, (PixelExtent{37, 54}));
}

TEST(SeveralViews, CountWhatTheNetworkLooksAt) {
  TinySegmenter segmenter;
  const auto views_a_pixel = [&](ViewOptions options) {
    return SeveralViews(segmenter.network(), c10::Device(c10::kCPU), tiny(std::move(options)), silent_log())
        .views_a_pixel(40, 56);
  };
  EXPECT_DOUBLE_EQ(views_a_pixel({}), 1.0);
  EXPECT_DOUBLE_EQ(views_a_pixel({.scales = {1.0, 2.0}, .flips = true}), 2 * (1.0 + 4.0));
  EXPECT_DOUBLE_EQ(views_a_pixel({.window = PixelExtent{24, 28}}), 2.0 * 3.0 * 24 * 28 / (40.0 * 56.0));
}

}  // namespace
}  // namespace seg
