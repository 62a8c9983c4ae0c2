// SPDX-License-Identifier: Apache-2.0
#include "training/bench_eval.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "graph/passes.h"
#include "tests/training/tiny_run.h"

namespace seg {
namespace {

using Json = nlohmann::json;

// The keys of the preset, but for those that say when and by which protocols.
TEST(BenchEval, TheReferencesRulesAreThoseOfThePreset) {
  const auto rules = [](const testing::Words& keys) {
    return load_config({.file = std::nullopt, .overrides = keys, .purpose = Purpose::show}, silent_log())
        .config.evaluation;
  };
  EvaluationConfig preset = rules({"preset=reference"});
  const EvaluationConfig ours = reference_rules(rules({}));
  EXPECT_EQ(ours.absent_class, preset.absent_class);
  EXPECT_EQ(ours.window_overlap, preset.window_overlap);
  EXPECT_EQ(ours.mscf_rule, preset.mscf_rule);
  EXPECT_EQ(ours.eval_resize, preset.eval_resize);
  EXPECT_EQ(ours.eval_pad, preset.eval_pad);
}

TEST(BenchEval, TellsSpeedMemoryAndCountsOfEachProtocolByBothRules) {
  Config config = testing::tiny_config({"eval_protocols=ss,msf", "eval_scales=[0.5,1]"}).config;
  const std::unique_ptr<Dataset> data = open_dataset(config.dataset, Split::validation);
  const RunSettings settings = resolve_settings(config, *data);
  ParameterStore parameters(for_inference(graph_of(settings.card)), {.gradients = false});
  std::FILE* const text = std::tmpfile();
  Console console{{.stream = text}};
  const Json result = bench_eval(config, settings, *data, parameters, {.warmup = 1, .steps = 2}, console);
  std::fclose(text);
  EXPECT_EQ(result.at("images"), 3);
  EXPECT_EQ(result.at("passes"), 2);
  EXPECT_TRUE(result.at("machine").contains("threads"));
  for (const char* protocol : {"ss", "msf"})
    for (const char* rules : {"config", "reference"}) {
      const Json& figures = result.at("protocols").at(protocol).at(rules);
      EXPECT_GT(figures.at("images_per_second").get<double>(), 0);
      EXPECT_TRUE(figures.contains("peak_bytes"));
      std::int64_t pixels = 0;
      for (const Json& row : figures.at("confusion_matrix"))
        for (const Json& count : row) pixels += count.get<std::int64_t>();
      EXPECT_GT(pixels, 3 * 40 * 72 / 2) << "of one pass, less what is ignored";
      EXPECT_LE(pixels, 3 * 40 * 72);
    }
}

}  // namespace
}  // namespace seg
