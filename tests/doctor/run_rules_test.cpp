// SPDX-License-Identifier: Apache-2.0
#include "tests/doctor/judged.h"

namespace seg::testing {
namespace {

TEST(RunRules, EvaluationsThatTakeMuchTimeCanBeRarer) {
  Figures figures = healthy_figures();
  figures.eval_interval = 10;
  figures.eval_protocols = 4;
  const auto finding = found(figures, "evaluation_share");
  ASSERT_TRUE(finding);
  // 12 s beside ten steps of 8/29.5 s; a twentieth of the time is 12 s beside 228 s of steps.
  EXPECT_EQ(finding->change, (Change{{"eval_interval", "841"}}));
  // Of 10000 steps: a thousand evaluations, or eleven and the one at the end.
  EXPECT_NEAR(finding->expected_speedup.value(), (12000 + 80000 / 29.5) / (144 + 80000 / 29.5), 1e-6);
  EXPECT_TRUE(contains(finding->advice, "fewer protocols")) << finding->advice;
  EXPECT_FALSE(may_be_tried(finding->change));  // steps are as fast as before
  EXPECT_FALSE(found(healthy_figures(), "evaluation_share"));
}

TEST(RunRules, AShortRunIsEvaluatedAtItsEndOnly) {
  Figures figures = healthy_figures();
  figures.eval_interval = 10;
  figures.steps = 30;  // fewer than a twentieth of the time would take
  const auto finding = found(figures, "evaluation_share");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"eval_interval", "0"}}));
  EXPECT_NEAR(finding->expected_speedup.value(), (36 + 240 / 29.5) / (12 + 240 / 29.5), 1e-6);
  figures.early_stop_patience = 2;  // evaluations are what it counts
  EXPECT_FALSE(found(figures, "evaluation_share"));
}

TEST(RunRules, OneEvaluationAtTheEndIsNotTooMuch) {
  Figures figures = healthy_figures();
  figures.steps = 100;
  EXPECT_FALSE(found(figures, "evaluation_share"));
  figures.eval_interval = 0;
  EXPECT_FALSE(found(figures, "evaluation_share"));
  figures.eval_interval.reset();  // automatic: it keeps to its share
  EXPECT_FALSE(found(figures, "evaluation_share"));
}

TEST(RunRules, CheckpointsThatTakeMuchTimeCanBeRarer) {
  Figures figures = healthy_figures();
  set(figures, Phase::checkpoint, 0.2);
  const auto finding = found(figures, "checkpoint_share");
  ASSERT_TRUE(finding);
  EXPECT_NEAR(finding->expected_speedup.value(), 1.25, 1e-9);
  EXPECT_TRUE(finding->change.empty());  // they go by time already
  figures.checkpoint_interval = 10;
  EXPECT_EQ(found(figures, "checkpoint_share")->change, (Change{{"checkpoint_interval", "auto"}}));
  set(figures, Phase::checkpoint, 0.01);
  EXPECT_FALSE(found(figures, "checkpoint_share"));
}

TEST(RunRules, ARunWithoutProgressShouldStop) {
  Figures figures = healthy_figures();
  figures.evaluations_without_progress = 12;
  ASSERT_TRUE(found(figures, "no_progress"));
  EXPECT_EQ(found(figures, "no_progress")->change, (Change{{"early_stop_patience", "10"}}));
  figures.main_protocol = "msf";
  figures.early_stop_metric = "ss.miou";  // which nobody measures
  EXPECT_EQ(found(figures, "no_progress")->change,
            (Change{{"early_stop_metric", "msf.miou"}, {"early_stop_patience", "10"}}));
  figures.early_stop_patience = 20;
  EXPECT_FALSE(found(figures, "no_progress"));
  EXPECT_FALSE(found(healthy_figures(), "no_progress"));
}

TEST(RunRules, TightMemoryIsADanger) {
  Figures figures = healthy_figures();
  figures.usable_memory_bytes = 4'200'000'000;
  const std::vector<Finding> findings = findings_of(figures);
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.front().rule, "memory_tight");
  EXPECT_TRUE(findings.front().is_dangerous);
  EXPECT_EQ(findings.front().change, (Change{{"gradient_accumulation_steps", "2"}, {"ims_per_gpu", "4"}}));
  EXPECT_EQ(effect_of(findings.front().change), Effect::statistical);
  figures.images_of_micro_batch = 1;
  EXPECT_TRUE(found(figures, "memory_tight").value().change.empty());
}

TEST(RunRules, ABatchThatHadToBeSplitIsToldOf) {
  Figures figures = healthy_figures();
  figures.micro_batches = 2;
  figures.images_of_micro_batch = 4;
  const auto finding = found(figures, "memory_tight");
  ASSERT_TRUE(finding);
  EXPECT_TRUE(contains(finding->evidence, "in 2 parts instead of 1")) << finding->evidence;
  figures.usable_memory_bytes.reset();
  EXPECT_FALSE(found(figures, "memory_tight"));
}

TEST(RunRules, SwappingIsADanger) {
  Figures figures = healthy_figures();
  figures.swapped_bytes = kGigabyte;
  figures.cache = "ram";
  const auto finding = found(figures, "swapping");
  ASSERT_TRUE(finding);
  EXPECT_TRUE(finding->is_dangerous);
  EXPECT_EQ(finding->change, (Change{{"cache", "off"}}));
  figures = healthy_figures();
  figures.disk_faults_per_step = 200;
  EXPECT_TRUE(contains(found(figures, "swapping").value().evidence, "200 pages a step"));
  EXPECT_FALSE(found(healthy_figures(), "swapping"));
}

TEST(RunRules, OverflowsOfFp16AreCounted) {
  Figures figures = healthy_figures();
  figures.precision = "fp16";
  figures.skipped_steps_share = 0.2;
  EXPECT_EQ(found(figures, "fp16_overflows").value().change, (Change{{"precision", "bf16"}}));
  EXPECT_NEAR(found(figures, "fp16_overflows").value().expected_speedup.value(), 1.25, 1e-9);
  figures.half_precision = "fp16";
  EXPECT_EQ(found(figures, "fp16_overflows").value().change, (Change{{"precision", "fp32"}}));
  figures.skipped_steps_share = 0.001;
  EXPECT_FALSE(found(figures, "fp16_overflows"));
}

}  // namespace
}  // namespace seg::testing
