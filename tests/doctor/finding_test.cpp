// SPDX-License-Identifier: Apache-2.0
#include "doctor/finding.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace seg {
namespace {

TEST(FindingOf, HasTheFarthestEffectOfItsKeys) {
  EXPECT_EQ(effect_of({}), Effect::none);
  EXPECT_EQ(effect_of({{"num_workers", "2"}}), Effect::none);
  EXPECT_EQ(effect_of({{"num_workers", "2"}, {"threads", "3"}}), Effect::numeric);
  EXPECT_EQ(effect_of({{"threads", "3"}, {"cropsize", "512"}}), Effect::learned);
  EXPECT_EQ(effect_of({{"ims_per_gpu", "4"}}), Effect::learned);
  EXPECT_EQ(effect_of({{"ims_per_gpu", "4"}, {"gradient_accumulation_steps", "2"}}), Effect::statistical);
  EXPECT_THROW((void)effect_of({{"no_such_key", "4"}}), std::logic_error);
}

TEST(FindingOf, OnlyWhatShowsInTheRateAndChangesNothingLearnedIsTried) {
  EXPECT_TRUE(may_be_tried({{"cache", "ram"}}));
  EXPECT_TRUE(may_be_tried({{"precision", "bf16"}}));
  EXPECT_FALSE(may_be_tried({}));
  EXPECT_FALSE(may_be_tried({{"eval_interval", "500"}}));
  EXPECT_FALSE(may_be_tried({{"checkpoint_interval", "auto"}}));
  EXPECT_FALSE(may_be_tried({{"ims_per_gpu", "4"}, {"gradient_accumulation_steps", "2"}}));
}

TEST(FindingOf, WhoAskedForTheSameBitsKeepsThem) {
  EXPECT_FALSE(may_be_tried({{"deterministic", "false"}}));
  EXPECT_FALSE(may_be_tried({{"cudnn_deterministic", "false"}, {"threads", "2"}}));
}

TEST(FindingOf, HasTheMembersOfTheContract) {
  const Finding finding{.rule = "r",
                        .evidence = "e",
                        .advice = "a",
                        .change = {{"num_workers", "2"}, {"cache", "ram"}, {"use_fp16", "true"}},
                        .expected_speedup = 1.5};
  const nlohmann::json json = to_json(finding);
  EXPECT_EQ(json.at("rule"), "r");
  EXPECT_EQ(json.at("effect"), "numeric");
  EXPECT_EQ(json.at("change"), (nlohmann::json{{"num_workers", 2}, {"cache", "ram"}, {"use_fp16", true}}));
  EXPECT_EQ(json.at("expected_speedup"), 1.5);
  EXPECT_TRUE(json.at("verified_speedup").is_null());
  EXPECT_EQ(text_of(finding.change), "cache=ram num_workers=2 use_fp16=true");
  EXPECT_EQ(change_from(json.at("change")), finding.change);
  EXPECT_THROW((void)to_json(Change{{"num_workers", "many"}}), std::logic_error);
}

TEST(FindingOf, IsFoundByItsRule) {
  std::vector<Finding> findings(3);
  findings[0].rule = "a";
  findings[1].rule = findings[2].rule = "b";
  findings[1].evidence = "first";
  ASSERT_NE(finding_of(findings, "b"), nullptr);
  EXPECT_EQ(finding_of(findings, "b")->evidence, "first");
  EXPECT_EQ(finding_of(findings, "c"), nullptr);
  EXPECT_EQ(finding_of({}, "a"), nullptr);
}

TEST(Finding, IsReadBackAsItWasTold) {
  const Finding told{.rule = "half_precision",
                     .evidence = "fp32",
                     .advice = "compute in bf16",
                     .change = {{"precision", "bf16"}, {"threads", "2"}},
                     .expected_speedup = 1.5,
                     .verified_speedup = 1.25,
                     .is_dangerous = true,
                     .is_applied = true};
  EXPECT_EQ(to_json(finding_from(to_json(told))), to_json(told));
  EXPECT_EQ(to_json(finding_from(to_json(Finding{}))), to_json(Finding{}));
  for (const nlohmann::json& odd :
       {nlohmann::json(3), nlohmann::json{{"rule", 7}, {"change", 1}, {"is_applied", "x"}},
        nlohmann::json{{"change", {{"key_of_tomorrow", 1}}}}, nlohmann::json{{"change", {{"threads", {1, 2}}}}}})
    EXPECT_EQ(to_json(finding_from(odd)), to_json(Finding{}));
}

}  // namespace
}  // namespace seg
