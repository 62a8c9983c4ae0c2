// SPDX-License-Identifier: Apache-2.0
// What `forward` writes is the network as it is described; batches that it cannot take.
#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/full_resolution.h"
#include "engine/network.h"
#include "graph/passes.h"
#include "tests/cli/printed.h"
#include "tests/engine/support/oracle.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/small_network.h"
#include "training/weight_file.h"

namespace seg {
namespace {

TEST(Forward, BatchesOfAnotherKindAreRefused) {
  const testing::TemporaryFolder folder;
  const std::string weights = folder / "w.safetensors", batches = folder / "b.safetensors",
                    out = folder / "g.safetensors";
  const ModelCard card = testing::small_card();
  save_weights(weights, card, ParameterStore(graph_of(card), {.gradients = false}));
  const auto said = [&](const std::string& name, at::IntArrayRef shape) {
    TensorEntries entries;
    entries.add(name, at::zeros(shape));
    write_safetensors(batches, entries.source());
    const testing::Printed result = testing::run({"forward", weights, batches, "--out", out});
    EXPECT_EQ(result.code, kExitUser);
    EXPECT_FALSE(std::filesystem::exists(out));
    return result.err;
  };
  for (const std::string& text : {said("labels", {1, 3, 32, 32}), said("images", {3, 32, 32})})
    EXPECT_NE(text.find("has no tensor `images` of float32 [M,C,H,W]"), std::string::npos) << text;
  const std::string text = said("images", {1, 4, 32, 32});
  EXPECT_NE(text.find("its images have 4 channels, the network takes 3"), std::string::npos) << text;
}

// Whoever compares with another program wants the network itself: what passes make of it differs by rounding.
TEST(Forward, TakesNoPassesUnlessTheyAreAskedFor) {
  const testing::TemporaryFolder folder;
  const std::string weights = folder / "w.safetensors", batches = folder / "b.safetensors",
                    out = folder / "g.safetensors";
  const ModelCard card = testing::small_card();
  ParameterStore parameters(graph_of(card), {.gradients = false});
  parameters.initialise(1);
  save_weights(weights, card, parameters);
  at::manual_seed(1);
  const at::Tensor images = at::randn({2, card.in_channels, 64, 64}).contiguous(at::MemoryFormat::ChannelsLast);
  TensorEntries entries;
  entries.add("images", images);
  write_safetensors(batches, entries.source());
  const auto written = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"forward", weights, batches, "--out", out, "--force"};
    words.insert(words.end(), more.begin(), more.end());
    const testing::Printed result = testing::run(words);
    EXPECT_EQ(result.code, kExitDone) << result.err;
    const SafetensorsFile file(out);
    return to_tensor(*file.find("logits"), out).clone();
  };

  Network network(for_inference(graph_of(card)), parameters, {.differentiate = false});
  const at::Tensor plain = full_resolution(network.forward({{"image", images}}, {.training = false})[0].tensor,
                                           network.graph().outputs[0], 64, 64);
  EXPECT_TRUE(written({}).equal(plain));
  const at::Tensor with_passes = written({"--passes", "auto"});
  EXPECT_FALSE(with_passes.equal(plain));
  EXPECT_LT(testing::relative_error(with_passes, plain), 1e-4);
  const at::Tensor in_training = written({"--mode", "train"}), fused = written({"--mode", "train", "--passes", "auto"});
  EXPECT_FALSE(fused.equal(in_training));
  EXPECT_LT(testing::relative_error(fused, in_training), 1e-3);

  const testing::Printed refused =
      testing::run({"forward", weights, batches, "--out", out, "--force", "--passes", "winograd"});
  EXPECT_EQ(refused.code, kExitUser);
  EXPECT_NE(refused.err.find("\"winograd\" is no pass over the graph"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace seg
