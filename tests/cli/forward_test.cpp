// SPDX-License-Identifier: Apache-2.0
// Batches that `forward` cannot take.
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/printed.h"
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
    write_safetensors(batches, entries.entries());
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

}  // namespace
}  // namespace seg
