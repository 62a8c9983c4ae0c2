// SPDX-License-Identifier: Apache-2.0
// Twelve training steps in fp32 beside Python's: network, losses, gradients, groups and their layout together.
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include "engine/network.h"
#include "graph/pass_catalogue.h"
#include "graph/passes.h"
#include "models/model.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::Oracle;
using testing::relative_error;

Graph training_graph(const std::string& model, const PassRequest& passes) {
  const Graph network = find_model(model).build({.num_classes = 19, .dropout = 0.0});
  const Normalization normalization{.mean = {0.3257, 0.3690, 0.3223}, .deviation = {0.2112, 0.2148, 0.2115}};
  return with_passes(with_losses(with_normalization(network, normalization), {}), choose_passes(passes, {}));
}

void sgd(const ParameterStore& store, const at::Tensor& momenta, double rate) {
  for (const ParameterGroup& group : store.groups()) {
    const at::Tensor momentum = momenta.narrow(0, group.values.storage_offset(), group.values.numel());
    at::_fused_sgd_({group.values}, {group.gradients}, {momentum}, group.decays ? 5e-4 : 0.0, 0.9,
                    rate * group.lr_multiplier, 0.0, false, false, false);
  }
}

// `heads` in the order of the oracle's columns.
void expect_steps_equal_to_python(const std::string& model, const std::vector<std::string>& heads,
                                  const PassRequest& passes) {
  const Oracle& oracle = Oracle::get("training", model);
  const Graph graph = training_graph(model, passes);
  ParameterStore store(graph);
  NamedTensors start;
  for (const std::string& name : store.names()) start.push_back({name, oracle.at("param:" + name)});
  ASSERT_TRUE(store.load(start).is_complete());
  const at::Tensor momenta = at::zeros_like(store.values());
  Network network(graph, store);
  const at::Tensor &images = oracle.at("images"), &expected = oracle.at("losses");
  for (std::int64_t step = 0; step < images.size(0); ++step) {
    store.begin_step();
    const NamedTensors losses =
        network.forward_backward({{"image", images[step]}, {"labels", oracle.at("labels")[step]}}, {});
    store.end_step();
    sgd(store, momenta, oracle.at("rates")[step].item<double>());
    ASSERT_EQ(losses.size(), heads.size());
    for (std::size_t head = 0; head < heads.size(); ++head) {
      const at::Tensor* const loss = find_tensor(losses, heads[head]);
      ASSERT_NE(loss, nullptr) << heads[head];
      const double reference = expected[step][static_cast<std::int64_t>(head)].item<double>();
      const double tolerance = step == 0 ? 1e-4 : 2e-2;
      EXPECT_NEAR(loss->item<double>() / reference, 1.0, tolerance) << heads[head] << " at step " << step + 1;
    }
  }
  // It learned: else the comparison says little.
  EXPECT_LT(expected[11][0].item<double>(), expected[0][0].item<double>());
}

TEST(TrainingSteps, TwelveOfBisenetV1FollowPython) {
  SEG_NEEDS_PYTHON();
  for (const char* passes : {"none", "auto"})
    expect_steps_equal_to_python("bisenetv1", {"logits", "conv_out16", "conv_out32"}, {{passes}});
}

TEST(TrainingSteps, TwelveOfBisenetV2FollowPython) {
  SEG_NEEDS_PYTHON();
  for (const char* passes : {"none", "auto"})
    expect_steps_equal_to_python("bisenetv2", {"logits", "aux2", "aux3", "aux4", "aux5_4"}, {{passes}});
}

}  // namespace
}  // namespace seg
