// SPDX-License-Identifier: Apache-2.0
#include "graph/pass_catalogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "graph/passes.h"
#include "graph/plan.h"
#include "models/model.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

using Words = std::vector<std::string>;

std::string chosen(const PassRequest& request, bool on_cpu = true) { return names_of(choose_passes(request, on_cpu)); }

TEST(PassCatalogue, HasNamesThatTheKeyCanTell) {
  std::set<std::string_view> names;
  for (const GraphPass& pass : pass_catalogue()) {
    EXPECT_TRUE(names.insert(pass.name).second);
    EXPECT_TRUE(pass.name != "auto" && pass.name != "none" && pass.name.front() != '-') << pass.name;
    EXPECT_EQ(pass.name.find(','), std::string_view::npos);
    EXPECT_FALSE(pass.help.empty());
  }
}

TEST(PassCatalogue, AutoTakesWhatHelpsOnTheDevice) {
  EXPECT_EQ(chosen({}), "phase_convolution,fuse_batch_norm,winograd_convolution,fold_batch_norm");
  EXPECT_EQ(chosen(Words{"auto"}), chosen({}));
  EXPECT_EQ(chosen({}, false), "none");
}

TEST(PassCatalogue, EachIsSwitchedAlone) {
  EXPECT_EQ(chosen(Words{"none"}), "none");
  EXPECT_EQ(chosen(Words{}), "none");
  EXPECT_EQ(chosen(Words{"fuse_batch_norm"}), "fuse_batch_norm");
  EXPECT_EQ(chosen(Words{"fuse_batch_norm"}, false), "fuse_batch_norm");
  EXPECT_EQ(chosen(Words{"-fuse_batch_norm"}), "phase_convolution,winograd_convolution,fold_batch_norm");
  EXPECT_EQ(chosen(Words{"auto", "-phase_convolution"}), "fuse_batch_norm,winograd_convolution,fold_batch_norm");
  EXPECT_EQ(chosen(Words{"auto", "phase_convolution"}, false), "phase_convolution");
}

TEST(PassCatalogue, NamesOfPassesChooseThemAgain) {
  const std::vector<const GraphPass*> all = choose_passes({}, true);
  EXPECT_EQ(
      choose_passes(Words{"winograd_convolution", "phase_convolution", "fold_batch_norm", "fuse_batch_norm"}, false),
      all);
  EXPECT_EQ(chosen(Words{names_of({})}), "none");
}

TEST(PassCatalogue, AnUnknownNameIsRefusedWithTheNearest) {
  const Problem problem = testing::problem_of([] { choose_passes(Words{"-fuse_batchnorm"}, true); });
  EXPECT_EQ(problem.where, "passes");
  EXPECT_EQ(problem.what, "\"fuse_batchnorm\" is no pass over the graph");
  EXPECT_EQ(problem.remedy, "passes=fuse_batch_norm");
  EXPECT_NE(testing::problem_of([] { choose_passes(Words{"magic"}, true); }).remedy.find("phase_convolution"),
            std::string::npos);
}

TEST(PassCatalogue, EachSavesSomethingOfAStepOrOfAnInference) {
  const Graph network = find_model("bisenetv2").build({}), training = with_losses(network, {});
  const InputSize size{.images = 4, .height = 256, .width = 512};
  for (const GraphPass& pass : pass_catalogue()) {
    const Graph& graph = pass.is_for_training ? training : for_inference(network);
    const auto cost_of = pass.is_for_training ? step_cost : inference_cost;
    const StepCost before = cost_of(graph, size, {}), after = cost_of(pass.apply(graph), size, {});
    EXPECT_LE(after.macs, before.macs) << pass.name;
    EXPECT_LE(after.moved_bytes, before.moved_bytes) << pass.name;
    EXPECT_LT(after.macs + after.moved_bytes, before.macs + before.moved_bytes) << pass.name;
    // Weights that were derived once are held beside the values.
    const std::int64_t derived = pass.is_for_training ? 0 : 4 * count_parameters(graph);
    EXPECT_LE(after.peak_bytes, before.peak_bytes + derived) << pass.name;
  }
}

TEST(PassCatalogue, AllTogetherAreOneAfterTheOther) {
  const Graph graph = find_model("bisenetv2").build({});
  const Graph ours = with_passes(graph, choose_passes({}, true));
  EXPECT_EQ(ours.nodes.size(), fuse_batch_norm(with_phase_convolutions(graph)).nodes.size());
  const Graph inference = for_inference(graph), folded = with_passes(inference, choose_passes({}, true));
  EXPECT_EQ(folded.nodes.size(),
            with_folded_batch_norm(fuse_batch_norm(with_phase_convolutions(inference))).nodes.size());
  EXPECT_LT(with_training_passes(inference, choose_passes({}, true)).nodes.size(), inference.nodes.size());
  EXPECT_NO_THROW(differentiate(with_training_passes(inference, choose_passes({}, true))));
  EXPECT_EQ(with_passes(graph, {}).nodes.size(), graph.nodes.size());
}

}  // namespace
}  // namespace seg
