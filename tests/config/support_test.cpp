// SPDX-License-Identifier: Apache-2.0
#include "config/support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "config/field.h"
#include "tests/support/recording_log.h"

namespace seg {
namespace {

ResolvedConfig with(const std::vector<std::string>& overrides) {
  return load_config({.overrides = overrides, .purpose = Purpose::show}, silent_log());
}

// A name that nobody declares would be a mark on nothing.
TEST(Support, WhatIsNotBuiltAreKeys) {
  Config config;
  std::size_t unbuilt = 0;
  for (const auto& field : fields_of(config)) unbuilt += support_of(field->key().name).is_built ? 0 : 1;
  EXPECT_EQ(unbuilt, unbuilt_keys().size());
}

TEST(Support, DefaultsAreNeverRefused) {
  EXPECT_TRUE(unbuilt_values(with({}), Purpose::train).empty());
  EXPECT_TRUE(values_without_effect(with({}), Purpose::train).empty());
}

TEST(Support, AValueThatCannotBeHonouredIsRefusedWithItsPlace) {
  const auto problems = unbuilt_values(with({"channels_last=false", "devices=3", "optimizer=adamw"}), Purpose::train);
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_EQ(problems[0].where, "command line");
  EXPECT_TRUE(problems[0].what.starts_with("devices = ")) << problems[0].what;
  EXPECT_TRUE(problems[1].what.starts_with("channels_last = false is not built yet")) << problems[1].what;
  EXPECT_TRUE(problems[1].remedy.starts_with("channels_last = true")) << problems[1].remedy;
}

TEST(Support, EveryUnbuiltKeyIsEitherRefusedOrNamedIfItIsNotTheDefault) {
  // A value of the key that is neither the default nor built; nothing if there is none.
  const auto another = [](const Field& field) -> std::string {
    const Key& key = field.key();
    for (const std::string_view choice : key.choices) {
      if (std::ranges::count(field.parts(), choice) + std::ranges::count(support_of(key.name).values, choice) == 0) {
        return std::string(choice);
      }
    }
    if (field.toml() == "true") return "false";
    if (field.toml() == "false") return "true";
    if (key.name.find("color") != std::string_view::npos) return "[[1,2,3]]";
    if (key.maximum >= 1e9) return "77";
    const bool is_maximum = field.toml().starts_with(shortest(key.maximum));
    const double middle = (key.minimum + key.maximum) / 2;
    return shortest(!is_maximum ? key.maximum : middle > 1 ? std::floor(middle) : middle);
  };
  Config config;
  for (const auto& field : fields_of(config)) {
    const Support& support = support_of(field->key().name);
    const std::string value = another(*field);
    if (support.is_built || value.empty() || std::ranges::count(support.values, value) != 0) continue;
    const std::string text = std::string(field->key().name) + '=' + value;
    SCOPED_TRACE(text);
    const ResolvedConfig resolved = with({text});
    const std::size_t refused = unbuilt_values(resolved, Purpose::train).size();
    const std::size_t named = values_without_effect(resolved, Purpose::train).size();
    EXPECT_EQ(refused, support.is_harmless ? 0U : 1U);
    EXPECT_EQ(named, support.is_harmless ? 1U : 0U);
  }
}

TEST(Support, WhatDoesNoHarmIsNamedInOneLine) {
  testing::RecordingLog log;
  refuse_unbuilt(with({"persistent_workers=false", "use_sync_bn=true", "tensorboard=true"}), Purpose::train, log);
  ASSERT_EQ(log.texts.size(), 1U);
  EXPECT_EQ(log.texts[0],
            "without effect in this version: persistent_workers = false (command line), "
            "use_sync_bn = true (command line)");
}

TEST(Support, ThePresetsTrainInSilence) {
  for (const char* preset : {"preset=fast", "preset=low-memory", "preset=max"}) {
    EXPECT_TRUE(unbuilt_values(with({preset}), Purpose::train).empty());
    EXPECT_TRUE(values_without_effect(with({preset}), Purpose::train).empty());
  }
  EXPECT_TRUE(unbuilt_values(with({"preset=reference"}), Purpose::train).empty());
}

TEST(Support, BatchesAreWhatTheConfigSaysOrRefused) {
  const std::vector<std::string> of_the_step = {"channels_last=false"};  // batches are made before it
  EXPECT_EQ(unbuilt_values(with(of_the_step), Purpose::batches).size(), 0U);
  EXPECT_EQ(unbuilt_values(with(of_the_step), Purpose::step).size(), 1U);
}

TEST(Support, EvaluationRefusesOnlyWhatItDependsOn) {
  const ResolvedConfig resolved = with({"channels_last=false", "devices=3"});
  EXPECT_EQ(unbuilt_values(resolved, Purpose::train).size(), 2U);
  EXPECT_EQ(unbuilt_values(resolved, Purpose::evaluate).size(), 1U);
  EXPECT_EQ(unbuilt_values(resolved, Purpose::step).size(), 2U);
  EXPECT_EQ(unbuilt_values(resolved, Purpose::batches).size(), 1U);
  EXPECT_TRUE(unbuilt_values(resolved, Purpose::show).empty());
}

}  // namespace
}  // namespace seg
