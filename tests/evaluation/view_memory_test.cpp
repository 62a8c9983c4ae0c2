// SPDX-License-Identifier: Apache-2.0
// What looking at an image by several views takes of the arena, counted there, beside what was foretold.
#include "evaluation/view_memory.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

#include "base/log.h"
#include "engine/device.h"
#include "engine/memory.h"
#include "engine/network.h"
#include "evaluation/several_views.h"
#include "evaluation/summed_windows.h"
#include "graph/pass_catalogue.h"
#include "graph/passes.h"
#include "graph/point_rend.h"
#include "models/model.h"

namespace seg {
namespace {

constexpr PixelExtent kImage{256, 512};

// With a point head whose values are as large as the image.
class ViewMemoryOf : public ::testing::Test {
 protected:
  ViewMemoryOf()
      : graph_(make_graph()),
        store_(graph_, {.gradients = false}),
        network_(graph_, store_, {.compute = at::kFloat, .differentiate = false}) {}

  static Graph make_graph() {
    const Graph whole = find_model("bisenetv2").build({.num_classes = 19, .point_head = PointPadding::border});
    const Graph network =
        with_passes(for_inference(with_refinement(whole, {.steps = 3})), choose_passes({{"auto"}}, {.is_half = false}));
    return with_normalization(network, {.mean = {0.3, 0.4, 0.3}, .deviation = {0.2, 0.2, 0.2}});
  }
  static ViewOptions options(ViewOptions options) {
    options.size_divisor = find_model("bisenetv2").size_divisor;
    options.padding = {80, 90, 80};
    return options;
  }
  LookingNetwork looking() const {
    return {.graph = network_.graph(), .plan = network_.plan(), .threads = compute_threads()};
  }

  void expect_as_foretold(Protocol& protocol, std::int64_t foretold) {
    const std::vector<std::byte> bytes(static_cast<std::size_t>(kImage.height * kImage.width * 3));
    const HostPixels pixels{
        .images = bytes.data(), .count = 1, .height = kImage.height, .width = kImage.width, .channels = 3};
    const auto steady = network_.steady_parameters();
    (void)protocol.classes(pixels);  // what libraries keep after their first use is not the image's
    Arena& arena = *installed_arena();
    arena.reset_peak();
    const std::size_t before = arena.statistics().in_use;
    (void)protocol.classes(pixels);
    const auto taken = static_cast<double>(arena.statistics().peak_in_use - before);
    EXPECT_NEAR(static_cast<double>(foretold), taken, 0.15 * taken);
    EXPECT_GT(static_cast<double>(foretold), 0.97 * taken);
  }

  Graph graph_;
  ParameterStore store_;
  Network network_;
};

TEST_F(ViewMemoryOf, WindowsThatAreSummedIsWhatWasForetold) {
  if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  for (const bool flips : {false, true}) {
    const ViewOptions views =
        options({.name = "mscf", .scales = {0.5, 1.0, 1.75}, .flips = flips, .window = PixelExtent{256, 256}});
    std::vector<ViewGrid> grids;
    for (const double scale : views.scales) grids.push_back(summed_windows_grid(views, kImage, scale));
    SummedWindows protocol(network_, c10::Device(c10::kCPU), views);
    expect_as_foretold(protocol, view_memory(looking(), views, grids, kImage));
  }
}

TEST_F(ViewMemoryOf, WholeImagesAtSeveralScalesIsWhatWasForetold) {
  if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  const ViewOptions views = options({.name = "msf", .scales = {0.5, 1.0, 1.5}, .flips = true});
  std::vector<ViewGrid> grids;
  for (const double scale : views.scales) grids.push_back(several_views_grid(views, kImage, scale));
  SeveralViews protocol(network_, c10::Device(c10::kCPU), views, silent_log());
  expect_as_foretold(protocol, view_memory(looking(), views, grids, kImage));
}

TEST_F(ViewMemoryOf, WindowsIsWhatTheNetworkSaidOfAllOfThemAtLeast) {
  const ViewOptions views = options({.flips = true, .window = PixelExtent{256, 256}});
  const ViewGrid grid = summed_windows_grid(views, kImage, 1.75);  // 448x896
  EXPECT_EQ(num_windows(grid), 3 * 5);                             // one every 171 pixels
  EXPECT_GT(view_memory(looking(), views, std::vector{grid}, kImage), 2 * 15 * 256 * 256 * 19 * 4);
}

TEST_F(ViewMemoryOf, ScalesIsNotThatOfAllOfThemTogether) {
  const ViewOptions views = options({.name = "msf", .flips = true});
  const ViewGrid grid = several_views_grid(views, kImage, 1.0);
  const auto of_scales = [&](std::size_t count) {
    return view_memory(looking(), views, std::vector<ViewGrid>(count, grid), kImage);
  };
  constexpr std::int64_t kSums = 19 * 256 * 512 * 4;
  EXPECT_EQ(of_scales(2) - of_scales(1), kSums);  // the first became sums, which are half of it
  EXPECT_EQ(of_scales(6), of_scales(2));
}

TEST_F(ViewMemoryOf, NoMoreWindowsGoTogetherThanFitAndNoneIsCutBelowTheDivisor) {
  ViewOptions views = options({.flips = true});
  constexpr PixelExtent kWindow{128, 256};
  EXPECT_EQ(windows_at_once(looking(), views, kWindow), (1 << 21) / (2 * 128 * 256));
  EXPECT_EQ(windows_at_once(looking(), views, {4096, 4096}), 1);
  EXPECT_EQ(window_that_fits(looking(), views, kWindow), kWindow);
  views.memory_bytes = windows_memory(looking(), views, kWindow, 4);
  EXPECT_EQ(windows_at_once(looking(), views, kWindow), 4);
  views.memory_bytes = windows_memory(looking(), views, {128, 128}, 1);
  EXPECT_EQ(windows_at_once(looking(), views, kWindow), 1);
  EXPECT_EQ(window_that_fits(looking(), views, kWindow), (PixelExtent{128, 128}));
  views.memory_bytes = 1;
  EXPECT_EQ(window_that_fits(looking(), views, kWindow), (PixelExtent{32, 32}));
}

}  // namespace
}  // namespace seg
