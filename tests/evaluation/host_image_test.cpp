// SPDX-License-Identifier: Apache-2.0
#include "evaluation/host_image.h"

#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

namespace seg {
namespace {

// The class of a pixel is its place.
class Places final : public Protocol {
 public:
  std::string_view name() const override { return "places"; }
  at::Tensor classes(const HostPixels& pixels) override {
    seen = pixels;
    return at::arange(pixels.height * pixels.width, at::kByte).view({1, pixels.height, pixels.width});
  }
  std::int64_t images_at_once(std::int64_t) const override { return 1; }
  double views_a_pixel(std::int64_t, std::int64_t) const override { return 1; }

  HostPixels seen;
};

TEST(HostImage, AProtocolSeesTheImagesOwnMemoryAndGivesAClassAPixel) {
  const Image image({3, 5, 2, PixelType::u16});
  Places protocol;
  const LabelMap labels = classes_of(protocol, image);
  EXPECT_EQ(protocol.seen.images, image.bytes().data());
  EXPECT_EQ(protocol.seen.count, 1);
  EXPECT_EQ(protocol.seen.channels, 2);
  EXPECT_TRUE(protocol.seen.is_16_bit);
  ASSERT_EQ(labels.height(), 3);
  ASSERT_EQ(labels.width(), 5);
  for (std::uint8_t i = 0; i < 15; ++i) EXPECT_EQ(labels.values()[i], i);
}

}  // namespace
}  // namespace seg
