// SPDX-License-Identifier: Apache-2.0
#include "training/segmenter.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "evaluation/single_scale.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::TemporaryFolder;

ModelCard card() { return {.model = "bisenetv2", .num_classes = 4, .mean = {0.4, 0.5, 0.6}, .std = {0.2, 0.2, 0.2}}; }

TEST(Segmenter, SeesWhatTheNetworkSeesWhoseWeightsWereSaved) {
  const TemporaryFolder folder;
  ParameterStore parameters(graph_of(card()), {.gradients = false});
  parameters.initialise(3);
  save_weights(folder / "w.safetensors", card(), parameters);
  Network network(evaluation_graph(card(), choose_passes({}, {}), false), parameters, {.differentiate = false});
  SingleScale expected(network, c10::Device(c10::kCPU), single_scale_options(card()));

  Segmenter segmenter(folder / "w.safetensors");
  EXPECT_EQ(segmenter.card().mean, card().mean);
  std::vector<std::byte> pixels(50 * 70 * 3);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::byte>(i * 7 % 251);
  const HostPixels image{.images = pixels.data(), .count = 1, .height = 50, .width = 70};
  EXPECT_TRUE(segmenter.single_scale().classes(image).equal(expected.classes(image)));
}

TEST(Segmenter, ResizesWhereEvaluationDid) {
  const TemporaryFolder folder;
  ModelCard resizing = card();
  resizing.resizes = true;
  ParameterStore parameters(graph_of(card()), {.gradients = false});
  parameters.initialise(3);
  save_weights(folder / "pads.safetensors", card(), parameters);
  save_weights(folder / "resizes.pth", resizing, parameters);
  std::vector<std::byte> pixels(50 * 70 * 3);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::byte>(i * 7 % 251);
  const HostPixels image{.images = pixels.data(), .count = 1, .height = 50, .width = 70};
  Network network(evaluation_graph(card(), choose_passes({}, {}), false), parameters, {.differentiate = false});
  SingleScale expected(network, c10::Device(c10::kCPU), single_scale_options(resizing));
  const at::Tensor found = Segmenter(folder / "resizes.pth").single_scale().logits_of(image);
  EXPECT_TRUE(found.equal(expected.logits_of(image)));
  EXPECT_FALSE(found.equal(Segmenter(folder / "pads.safetensors").single_scale().logits_of(image)));
}

TEST(Segmenter, AFileThatIsNoneIsNamed) {
  const TemporaryFolder folder;
  try {
    const Segmenter segmenter(folder / "none.safetensors");
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_NE(error.problems().front().where.find("none.safetensors"), std::string::npos);
  }
}

}  // namespace
}  // namespace seg
