// SPDX-License-Identifier: Apache-2.0
#include "graph/winograd.h"

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "graph/cost.h"
#include "graph/passes.h"

namespace seg {
namespace {

// One convolution of a map of `channels`.
Graph network(std::int64_t channels, const ConvolutionOptions& options) {
  GraphBuilder g;
  g.output("out", g.convolution("conv", g.input("image", {.channels = channels}), options));
  return g.build();
}

bool is_marked(std::int64_t channels, const ConvolutionOptions& options) {
  return options_of<ConvolutionOptions>(find_node(with_winograd_convolutions(network(channels, options)), "conv"))
      .winograd;
}

TEST(Winograd, MarksPlain3x3ConvolutionsWithChannelsBySixteens) {
  EXPECT_TRUE(is_marked(16, {.out_channels = 48}));
  EXPECT_FALSE(is_marked(24, {.out_channels = 48}));
  EXPECT_FALSE(is_marked(16, {.out_channels = 19}));
  EXPECT_FALSE(is_marked(16, {.out_channels = 16, .kernel = 1, .padding = 0}));
  EXPECT_FALSE(is_marked(16, {.out_channels = 16, .stride = 2}));
  EXPECT_FALSE(is_marked(16, {.out_channels = 16, .padding = 0}));
  EXPECT_FALSE(is_marked(16, {.out_channels = 16, .padding = 2, .dilation = 2}));
  EXPECT_FALSE(is_marked(16, {.out_channels = 16, .groups = 16}));
  EXPECT_FALSE(is_marked(16, {.out_channels = 16, .bias = true}));
}

TEST(Winograd, SmallMapsGoAsWritten) {
  const ConvolutionOptions marked{.out_channels = 16, .winograd = true};
  EXPECT_TRUE(uses_winograd(marked, {4, 16, 16, 16}));
  EXPECT_TRUE(uses_winograd(marked, {1, 16, 29, 30}));  // 8x8 tiles, the last ones in part
  EXPECT_FALSE(uses_winograd(marked, {1, 16, 28, 30}));
  EXPECT_FALSE(uses_winograd({.out_channels = 16}, {4, 16, 16, 16}));
}

TEST(Winograd, CostsAQuarterOfTheProductsInFp32AndFourNinthsInHalfPrecision) {
  const Graph before = network(16, {.out_channels = 32});
  const Graph after = with_winograd_convolutions(before);
  const InputSize size{.images = 2, .height = 32, .width = 64};
  EXPECT_EQ(total_cost(after, size).macs * 4, total_cost(before, size).macs);
  EXPECT_EQ(total_cost(with_compute_casts(after), size, {.compute = 2}).macs * 9, total_cost(before, size).macs * 4);
  EXPECT_EQ(total_cost(after, size, {.full = 8, .compute = 8}).macs, total_cost(before, size).macs);
  const InputSize odd{.images = 2, .height = 33, .width = 64};  // a row of tiles for the last row of the map
  EXPECT_EQ(total_cost(after, odd).macs, 2 * 9 * 16 * 36 * 16 * 32);
}

}  // namespace
}  // namespace seg
