// SPDX-License-Identifier: Apache-2.0
#include "training/protocol_memory.h"

#include <gtest/gtest.h>

#include "engine/device.h"
#include "engine/network.h"
#include "engine/parameter_store.h"
#include "evaluation/several_views.h"
#include "evaluation/single_scale.h"
#include "evaluation/summed_windows.h"
#include "tests/loader/fake_dataset.h"
#include "training/protocols.h"
#include "training/settings.h"

namespace seg {
namespace {

constexpr PixelExtent kImage{100, 200};

class ProtocolMemory : public ::testing::Test {
 protected:
  LookingNetwork looking() const {
    return {.graph = network_.graph(), .plan = network_.plan(), .threads = compute_threads()};
  }

  Config config_;
  testing::FakeDataset data_{{.size = 3, .sizes_differ = false}};
  ModelCard card_ = resolve_settings(config_, data_).card;
  ParameterStore parameters_{graph_of(card_)};
  Network network_{evaluation_graph(card_, {}, false), parameters_, {.differentiate = false}};
  c10::Device cpu_{c10::kCPU};
};

TEST_F(ProtocolMemory, OfAWholeImageIsWhatSingleScaleSays) {
  for (const bool resizes : {false, true}) {
    card_.resizes = resizes;
    const SingleScale whole(network_, cpu_, single_scale_options(card_));
    const auto of = [&](std::int64_t count) { return memory_of_whole_images(card_, cpu_, looking(), kImage, count); };
    EXPECT_EQ(of(1), whole.bytes_for_classes(kImage.height, kImage.width));
    EXPECT_GT(of(4), 2 * of(1));
  }
}

TEST_F(ProtocolMemory, OfViewsIsThatOfTheirGrids) {
  config_.evaluation.eval_scales = {0.5, 1.5};
  ViewOptions options = view_options("msf", config_, card_, cpu_);
  options.memory_bytes.reset();
  const std::vector<ViewGrid> whole = {several_views_grid(options, kImage, 0.5),
                                       several_views_grid(options, kImage, 1.5)};
  const std::int64_t wanted = view_memory(looking(), options, whole, kImage);
  EXPECT_EQ(memory_of_views(options, false, looking(), kImage), wanted);
  options.memory_bytes = wanted / 3;
  EXPECT_LT(memory_of_views(options, false, looking(), kImage), wanted) << "views are cut";
}

TEST_F(ProtocolMemory, OfSummedWindowsIsNotLessWhereLessIsLeft) {
  config_.evaluation.eval_crop = PixelSize{256, 256};
  ViewOptions options = view_options("ssc", config_, card_, cpu_);
  options.memory_bytes.reset();
  const std::int64_t wanted =
      view_memory(looking(), options, std::vector{summed_windows_grid(options, kImage, 1.0)}, kImage);
  options.memory_bytes = wanted / 3;
  EXPECT_EQ(memory_of_views(options, true, looking(), kImage), wanted);
  EXPECT_GE(wanted, memory_of_whole_images(card_, cpu_, looking(), {256, 256}, 1)) << "a window is never smaller";
}

}  // namespace
}  // namespace seg
