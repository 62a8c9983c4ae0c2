// SPDX-License-Identifier: Apache-2.0
#include "evaluation/single_scale.h"

#include <ATen/ops/argmax.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "tests/evaluation/blotches.h"
#include "tests/evaluation/tiny_segmenter.h"

namespace seg {
namespace {

using testing::blotches;
using testing::TinySegmenter;
using testing::TinySegmenterOptions;

template <class T>
Image padded(const Image& image, std::int64_t height, std::int64_t width, const std::vector<double>& padding) {
  Image result({height, width, image.channels(), image.type()});
  for (std::int64_t y = 0; y < height; ++y) {
    const auto row = result.row<T>(y);
    for (std::size_t i = 0; i < row.size(); ++i)
      row[i] = static_cast<T>(padding[i % static_cast<std::size_t>(image.channels())]);
    if (y < image.height()) std::ranges::copy(image.row<T>(y), row.begin());
  }
  return result;
}

std::vector<std::uint8_t> cut(const std::vector<std::uint8_t>& classes, std::int64_t from_width, std::int64_t height,
                              std::int64_t width) {
  std::vector<std::uint8_t> result;
  for (std::int64_t y = 0; y < height; ++y)
    result.insert(result.end(), classes.begin() + y * from_width, classes.begin() + y * from_width + width);
  return result;
}

TEST(SingleScale, AnImageThatDoesNotDivideIsPaddedWithTheMeanAndCutAgain) {
  TinySegmenter network;
  const Image image = blotches<std::uint8_t>({21, 34, 3, PixelType::u8}, 1);
  const Image larger = padded<std::uint8_t>(image, 24, 36, TinySegmenterOptions().padding);
  const std::vector<std::uint8_t> found = network.classes(image);
  EXPECT_EQ(found, cut(network.classes(larger), 36, 21, 34));
  EXPECT_GT(std::set<std::uint8_t>(found.begin(), found.end()).size(), 2U);  // or the comparison would say nothing
}

TEST(SingleScale, ThePaddingMatters) {
  const Image image = blotches<std::uint8_t>({21, 34, 3, PixelType::u8}, 1);
  TinySegmenter one, other({.padding = {0, 0, 255}});
  EXPECT_NE(one.classes(image), other.classes(image));
}

TEST(SingleScale, SixteenBitImagesArePaddedBeyondTheSignedRange) {
  const std::vector<double> padding = {60000, 40000, 1000};
  TinySegmenter network({.type = PixelType::u16, .padding = padding});
  const Image image = blotches<std::uint16_t>({21, 34, 3, PixelType::u16}, 1);
  const Image larger = padded<std::uint16_t>(image, 24, 36, padding);
  EXPECT_EQ(network.classes(image), cut(network.classes(larger), 36, 21, 34));
}

// What the Python trainer does, in ATen's words.
at::Tensor classes_after_resizing(TinySegmenter& network, const at::Tensor& image, bool align_corners) {
  const std::int64_t height = image.size(1), width = image.size(2);
  const auto up = [](std::int64_t side) { return (side + 3) / 4 * 4; };
  const at::Tensor map = image.to(at::kInt).to(at::kFloat).permute({0, 3, 1, 2});
  const at::Tensor larger =
      at::upsample_bilinear2d(map, {up(height), up(width)}, align_corners).permute({0, 2, 3, 1}).contiguous();
  const at::Tensor values = network.network().forward({{"image", larger}}, {.training = false}).front().tensor;
  const at::Tensor logits = at::upsample_bilinear2d(values, {up(height), up(width)}, false);
  return at::argmax(at::upsample_bilinear2d(logits, {height, width}, align_corners), 1).to(at::kByte);
}

template <class T>
void expect_resized_classes(const ImageLayout& layout, bool align_corners) {
  TinySegmenter network({.type = layout.type, .resizes = true, .align_corners = align_corners});
  Image image = blotches<T>(layout, 5);
  const at::Tensor pixels = at::from_blob(image.bytes().data(), {1, layout.height, layout.width, layout.channels},
                                          layout.type == PixelType::u8 ? at::kByte : at::kUInt16);
  const at::Tensor expected = classes_after_resizing(network, pixels, align_corners);
  const std::vector<std::uint8_t> found = network.classes(image);
  ASSERT_EQ(static_cast<std::int64_t>(found.size()), expected.numel());
  const auto* const classes = expected.const_data_ptr<std::uint8_t>();
  std::int64_t different = 0;
  for (std::size_t i = 0; i < found.size(); ++i) different += found[i] != classes[i] ? 1 : 0;
  // Where two classes are as good as equal, or a grey level lies half-way, the last bit decides.
  EXPECT_LE(different, expected.numel() / 100);
  EXPECT_GT(std::set<std::uint8_t>(found.begin(), found.end()).size(), 2U);
}

TEST(SingleScale, ResizesAsTheReferenceDoesIfAsked) {
  for (const bool align_corners : {false, true}) {
    expect_resized_classes<std::uint8_t>({21, 34, 3, PixelType::u8}, align_corners);
    expect_resized_classes<std::uint16_t>({33, 18, 3, PixelType::u16}, align_corners);
  }
}

TEST(SingleScale, WhereCentresLieMattersAndSidesThatDivideAreLeftAlone) {
  TinySegmenter corners({.resizes = true, .align_corners = true}), borders({.resizes = true}), pads;
  const Image odd = blotches<std::uint8_t>({21, 34, 3, PixelType::u8}, 5);
  EXPECT_NE(corners.classes(odd), borders.classes(odd));
  EXPECT_NE(borders.classes(odd), pads.classes(odd));
  const Image even = blotches<std::uint8_t>({20, 32, 3, PixelType::u8}, 5);
  EXPECT_EQ(corners.classes(even), pads.classes(even));
}

TEST(SingleScale, ABatchIsPredictedAsItsImagesOneByOne) {
  TinySegmenter network;
  const ImageLayout layout{21, 34, 3, PixelType::u8};
  std::vector<std::byte> bytes;
  std::vector<std::uint8_t> one_by_one;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const Image image = blotches<std::uint8_t>(layout, seed);
    bytes.insert(bytes.end(), image.bytes().begin(), image.bytes().end());
    for (const std::uint8_t value : network.classes(image)) one_by_one.push_back(value);
  }
  const at::Tensor classes = network.single_scale().classes({.images = bytes.data(),
                                                             .count = 3,
                                                             .height = layout.height,
                                                             .width = layout.width,
                                                             .channels = layout.channels});
  ASSERT_EQ(classes.sizes(), (at::IntArrayRef{3, 21, 34}));
  const auto* const data = classes.const_data_ptr<std::uint8_t>();
  EXPECT_TRUE(std::equal(one_by_one.begin(), one_by_one.end(), data));
}

TEST(SingleScale, SizesMayFollowEachOtherInAnyOrder) {
  TinySegmenter network;
  const Image small = blotches<std::uint8_t>({8, 8, 3, PixelType::u8}, 1);
  const Image large = blotches<std::uint8_t>({40, 60, 3, PixelType::u8}, 2);
  const std::vector<std::uint8_t> first = network.classes(small);
  (void)network.classes(large);
  EXPECT_EQ(network.classes(small), first);
}

TEST(SingleScale, AnImageSmallerThanTheDivisorIsPredicted) {
  TinySegmenter network;
  EXPECT_EQ(network.classes(blotches<std::uint8_t>({1, 3, 3, PixelType::u8}, 1)).size(), 3U);
}

TEST(SingleScale, ANetworkWithSeveralOutputsIsAProgrammersError) {
  GraphBuilder g;
  const Value image = g.input("image", {});
  for (const char* name : {"a", "b"}) g.output(name, g.convolution(name, image, {.out_channels = 2}));
  const Graph graph = g.build();
  ParameterStore parameters(graph, {.gradients = false});
  Network network(graph, parameters, {.differentiate = false});
  EXPECT_THROW(SingleScale(network, c10::Device(c10::kCPU), {}), std::logic_error);
}

}  // namespace
}  // namespace seg
