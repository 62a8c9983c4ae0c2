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

constexpr PassConditions kFull{}, kHalf{.is_half = true}, kCuda{.is_cpu = false};

std::string chosen(const PassRequest& request, const PassConditions& conditions = kHalf) {
  return names_of(choose_passes(request, conditions));
}

TEST(PassCatalogue, HasNamesThatTheKeyCanTell) {
  std::set<std::string_view> names;
  for (const GraphPass& pass : pass_catalogue()) {
    EXPECT_TRUE(names.insert(pass.name).second);
    EXPECT_TRUE(pass.name != "auto" && pass.name != "none" && pass.name.front() != '-') << pass.name;
    EXPECT_EQ(pass.name.find(','), std::string_view::npos);
    EXPECT_FALSE(pass.help.empty());
  }
}

TEST(PassCatalogue, AutoTakesWhatHelpsOnTheDeviceInThePrecision) {
  EXPECT_EQ(chosen({}), "phase_convolution,fuse_batch_norm,winograd_convolution,recompute_batch_norm,fold_batch_norm");
  EXPECT_EQ(chosen(Words{"auto"}), chosen({}));
  EXPECT_EQ(chosen({}, kFull), "fuse_batch_norm,winograd_convolution,recompute_batch_norm,fold_batch_norm");
  EXPECT_EQ(chosen({}, {.is_half = true, .has_bfloat16_vectors = false}),
            "phase_convolution,fuse_batch_norm,recompute_batch_norm,fold_batch_norm");
  EXPECT_EQ(chosen({}, kCuda), "none");
}

TEST(PassCatalogue, EachIsSwitchedAlone) {
  EXPECT_EQ(chosen(Words{"none"}), "none");
  EXPECT_EQ(chosen(Words{}), "none");
  EXPECT_EQ(chosen(Words{"fuse_batch_norm"}), "fuse_batch_norm");
  EXPECT_EQ(chosen(Words{"fuse_batch_norm"}, kCuda), "fuse_batch_norm");
  EXPECT_EQ(chosen(Words{"-fuse_batch_norm"}),
            "phase_convolution,winograd_convolution,recompute_batch_norm,fold_batch_norm");
  EXPECT_EQ(chosen(Words{"auto", "-phase_convolution"}),
            "fuse_batch_norm,winograd_convolution,recompute_batch_norm,fold_batch_norm");
  EXPECT_EQ(chosen(Words{"auto", "phase_convolution"}, kCuda), "phase_convolution");
}

TEST(PassCatalogue, NamesOfPassesChooseThemAgain) {
  const std::vector<const GraphPass*> all = choose_passes({}, kHalf);
  EXPECT_EQ(choose_passes(Words{"winograd_convolution", "recompute_batch_norm", "phase_convolution", "fold_batch_norm",
                                "fuse_batch_norm"},
                          kCuda),
            all);
  EXPECT_EQ(chosen(Words{names_of({})}), "none");
}

TEST(PassCatalogue, AnUnknownNameIsRefusedWithTheNearest) {
  const Problem problem = testing::problem_of([] { choose_passes(Words{"-fuse_batchnorm"}, kFull); });
  EXPECT_EQ(problem.where, "passes");
  EXPECT_EQ(problem.what, "\"fuse_batchnorm\" is no pass over the graph");
  EXPECT_EQ(problem.remedy, "passes=fuse_batch_norm");
  EXPECT_NE(testing::problem_of([] { choose_passes(Words{"magic"}, kFull); }).remedy.find("phase_convolution"),
            std::string::npos);
}

// In training against the step with the other passes of `auto`, in each precision.
TEST(PassCatalogue, EachThatAutoTakesSavesSomethingOfAStepOrOfAnInference) {
  const Graph network = find_model("bisenetv2").build({}), training = with_losses(network, {});
  const InputSize size{.images = 4, .height = 256, .width = 512};
  for (const PassConditions& conditions : {kFull, kHalf}) {
    const NumberBytes bytes{.compute = conditions.is_half ? 2 : 4};
    for (const GraphPass* const pass : choose_passes({}, conditions)) {
      SCOPED_TRACE(pass->name);
      const auto cost = [&](const Words& words) {
        const std::vector<const GraphPass*> passes = choose_passes(words, conditions);
        const Graph passed = pass->is_for_training ? with_training_passes(training, passes)
                                                   : with_passes(for_inference(network), passes);
        const Graph graph = conditions.is_half ? with_compute_casts(passed) : passed;
        return (pass->is_for_training ? step_cost : inference_cost)(graph, size, bytes);
      };
      const StepCost with = cost({"auto"}), without = cost({"-" + std::string(pass->name)});
      // One may cost a little of what another saves: phases of a map have no Winograd kernel, but need no doubled map.
      EXPECT_LT(static_cast<double>(with.macs), 1.05 * static_cast<double>(without.macs));
      // And memory may cost a pass over some maps.
      EXPECT_LT(static_cast<double>(with.moved_bytes), 1.05 * static_cast<double>(without.moved_bytes));
      EXPECT_TRUE(with.macs < without.macs || with.moved_bytes < without.moved_bytes ||
                  with.peak_bytes < without.peak_bytes);
    }
  }
}

TEST(PassCatalogue, AllTogetherAreOneAfterTheOther) {
  const Graph graph = find_model("bisenetv2").build({});
  const Graph ours = with_passes(graph, choose_passes({}, kHalf));
  EXPECT_EQ(ours.nodes.size(), fuse_batch_norm(with_phase_convolutions(graph)).nodes.size());
  const Graph inference = for_inference(graph), folded = with_passes(inference, choose_passes({}, kHalf));
  EXPECT_EQ(folded.nodes.size(),
            with_folded_batch_norm(fuse_batch_norm(with_phase_convolutions(inference))).nodes.size());
  EXPECT_LT(with_training_passes(inference, choose_passes({}, kHalf)).nodes.size(), inference.nodes.size());
  EXPECT_NO_THROW(differentiate(with_training_passes(inference, choose_passes({}, kHalf))));
  EXPECT_EQ(with_passes(graph, {}).nodes.size(), graph.nodes.size());
}

}  // namespace
}  // namespace seg
