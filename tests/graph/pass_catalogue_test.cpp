// SPDX-License-Identifier: Apache-2.0
#include "graph/pass_catalogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "graph/passes.h"
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
  EXPECT_EQ(chosen({}), "phase_convolution,fuse_batch_norm,winograd_convolution");
  EXPECT_EQ(chosen(Words{"auto"}), chosen({}));
  EXPECT_EQ(chosen({}, false), "none");
}

TEST(PassCatalogue, EachIsSwitchedAlone) {
  EXPECT_EQ(chosen(Words{"none"}), "none");
  EXPECT_EQ(chosen(Words{}), "none");
  EXPECT_EQ(chosen(Words{"fuse_batch_norm"}), "fuse_batch_norm");
  EXPECT_EQ(chosen(Words{"fuse_batch_norm"}, false), "fuse_batch_norm");
  EXPECT_EQ(chosen(Words{"-fuse_batch_norm"}), "phase_convolution,winograd_convolution");
  EXPECT_EQ(chosen(Words{"auto", "-phase_convolution"}), "fuse_batch_norm,winograd_convolution");
  EXPECT_EQ(chosen(Words{"auto", "phase_convolution"}, false), "phase_convolution");
}

TEST(PassCatalogue, NamesOfPassesChooseThemAgain) {
  const std::vector<const GraphPass*> all = choose_passes({}, true);
  EXPECT_EQ(choose_passes(Words{"winograd_convolution", "phase_convolution", "fuse_batch_norm"}, false), all);
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

TEST(PassCatalogue, EachSavesSomethingOfAStep) {
  const Graph graph = with_losses(find_model("bisenetv2").build({}), {});
  const InputSize size{.images = 4, .height = 256, .width = 512};
  const StepCost before = step_cost(graph, size, {});
  for (const GraphPass& pass : pass_catalogue()) {
    const StepCost after = step_cost(pass.apply(graph), size, {});
    EXPECT_LE(after.macs, before.macs) << pass.name;
    EXPECT_LE(after.moved_bytes, before.moved_bytes) << pass.name;
    EXPECT_LT(after.macs + after.moved_bytes, before.macs + before.moved_bytes) << pass.name;
    EXPECT_LE(after.peak_bytes, before.peak_bytes) << pass.name;
  }
}

TEST(PassCatalogue, AllTogetherAreOneAfterTheOther) {
  const Graph graph = find_model("bisenetv2").build({});
  const Graph ours = with_passes(graph, choose_passes({}, true));
  EXPECT_EQ(ours.nodes.size(), fuse_batch_norm(with_phase_convolutions(graph)).nodes.size());
  EXPECT_EQ(with_passes(graph, {}).nodes.size(), graph.nodes.size());
}

}  // namespace
}  // namespace seg
