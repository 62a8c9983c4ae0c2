// SPDX-License-Identifier: Apache-2.0
// With weights from files: program_test.cpp.
#include "cli/evaluation_subject.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/text.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/small_network.h"
#include "tests/training/tiny_run.h"
#include "training/weight_file.h"

namespace seg {
namespace {

ResolvedConfig resolved(const testing::Words& more = {}) {
  testing::Words keys = testing::tiny_keys();
  keys.insert(keys.end(), more.begin(), more.end());
  return load_config({.file = std::nullopt, .overrides = keys, .purpose = Purpose::evaluate}, silent_log());
}

TEST(EvaluationSubject, WithoutAFileItIsTheConfigsNetworkWithItsFirstWeights) {
  const EvaluationSubject one = evaluation_subject(resolved(), ""), same = evaluation_subject(resolved(), ""),
                          other = evaluation_subject(resolved({"seed=7"}), "");
  EXPECT_EQ(one.dataset->size(), 3U);
  EXPECT_TRUE(one.parameters.values().equal(same.parameters.values()));
  EXPECT_FALSE(one.parameters.values().equal(other.parameters.values()));
}

TEST(EvaluationSubject, TheCardIsThatOfTheWeightsWithTheRulesOfTheConfig) {
  const EvaluationSubject fresh = evaluation_subject(resolved(), "");
  ModelCard card = fresh.settings.card;
  card.mean = {0.125, 0.25, 0.5};
  const testing::TemporaryFolder folder;
  const std::string file = folder / "w.safetensors";
  save_weights(file, card, ParameterStore(graph_of(card), {.gradients = false}));
  const EvaluationSubject found = evaluation_subject(resolved({"lb_ignore=200", "eval_pad=resize"}), file);
  EXPECT_EQ(found.settings.card.mean, card.mean);
  EXPECT_EQ(found.settings.card.ignore_label, 200);
  EXPECT_NE(to_json_text(found.settings.card), to_json_text(card));
}

TEST(EvaluationSubject, ClassesAreCalledAsTheConfigSaysElseAsTheWeightsDo) {
  testing::Words names(11);
  for (std::size_t k = 0; k < names.size(); ++k) names[k] = "class-" + std::to_string(10 - k);
  const std::string given = "class_names=" + joined(names, ",");
  const testing::TemporaryFolder folder;
  const auto names_by = [&](const testing::Words& of_weights, const testing::Words& keys) {
    ModelCard card = evaluation_subject(resolved(), "").settings.card;
    card.class_names = of_weights;
    const std::string file = folder / "w.safetensors";
    save_weights(file, card, ParameterStore(graph_of(card), {.gradients = false}));
    return evaluation_subject(resolved(keys), file).settings.card.class_names;
  };
  const testing::Words of_data = evaluation_subject(resolved(), "").settings.card.class_names;
  ASSERT_EQ(of_data.size(), 11U);
  EXPECT_EQ(names_by({}, {given}), names);
  EXPECT_EQ(names_by({}, {}), of_data);
  const testing::Words own(11, "own");
  EXPECT_EQ(names_by(own, {}), own);
  EXPECT_EQ(names_by(own, {given}), names);
  try {
    (void)names_by({}, {"class_names=a,b"});
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().front().where, "class_names");
    EXPECT_EQ(error.problems().front().what, "has 2 entries for 11 classes");
  }
}

}  // namespace
}  // namespace seg
