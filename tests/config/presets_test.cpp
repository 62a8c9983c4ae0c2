// SPDX-License-Identifier: Apache-2.0
#include "config/presets.h"

#include <gtest/gtest.h>

#include <map>

#include "config/field.h"

namespace seg {
namespace {

Config config_of(std::string_view preset) {
  Config config;
  const Fields fields = fields_of(config);
  for (const KeyValue& entry : preset_values(preset)) {
    Field* field = find_field(fields, entry.key);
    if (field == nullptr) {
      ADD_FAILURE() << "no key " << entry.key;
      continue;
    }
    const auto problem = field->assign(entry.value, entry.where);
    EXPECT_FALSE(problem) << problem->what;
    EXPECT_EQ(entry.where, "preset " + std::string(preset));
  }
  return config;
}

TEST(Presets, EveryChoiceIsOneAndSetsWhatItsKeysCanHave) {
  Config config;
  const Fields fields = fields_of(config);
  for (const std::string_view name : find_field(fields, "preset")->key().choices) {
    SCOPED_TRACE(std::string(name));
    EXPECT_EQ(preset_values(name).empty(), name == "none");
    config_of(name);
  }
  EXPECT_TRUE(preset_values("no such preset").empty());
}

// What users find in the documentation.
TEST(Presets, TheSpeedGuidesAreAsItSays) {
  struct Row {
    std::int64_t ims_per_gpu, accumulation, num_workers, prefetch_factor;
  };
  const std::map<std::string_view, Row> guide = {
      {"fast", {64, 1, 8, 2}}, {"low-memory", {32, 2, 8, 2}}, {"max", {128, 1, 16, 4}}};
  for (const auto& [name, row] : guide) {
    const Config config = config_of(name);
    EXPECT_EQ(config.loader.ims_per_gpu, row.ims_per_gpu);
    EXPECT_EQ(config.step.gradient_accumulation_steps, row.accumulation);
    EXPECT_EQ(config.loader.num_workers, row.num_workers);
    EXPECT_EQ(config.loader.prefetch_factor, row.prefetch_factor);
    EXPECT_TRUE(config.loader.pin_memory && config.loader.persistent_workers && config.precision.use_fp16);
    EXPECT_FALSE(config.step.cudnn_deterministic);
  }
}

// Frozen: a preset that sets another key changes what a config means.
TEST(Presets, SetTheseKeysAndNoOthers) {
  const auto keys_of = [](std::string_view preset) {
    std::vector<std::string> keys;
    for (const KeyValue& entry : preset_values(preset)) keys.push_back(entry.key);
    return keys;
  };
  const std::vector<std::string> speed = {
      "ims_per_gpu", "gradient_accumulation_steps", "num_workers", "prefetch_factor",
      "pin_memory",  "persistent_workers",          "use_fp16",    "cudnn_deterministic"};
  for (const std::string_view name : {"fast", "low-memory", "max"}) EXPECT_EQ(keys_of(name), speed) << name;
  EXPECT_EQ(keys_of("reference"),
            (std::vector<std::string>{"crop_rule", "jitter_pivot", "jitter_rounding", "jitter_padding", "absent_class",
                                      "window_overlap", "mscf_rule", "eval_resize", "eval_pad", "eval_interval",
                                      "eval_protocols", "log_lr"}));
}

TEST(Presets, TheReferenceIsThePythonTrainerBugsIncluded) {
  const Config config = config_of("reference");
  EXPECT_EQ(config.augmentation.crop_rule, "reference");
  EXPECT_FALSE(config.augmentation.pad_label) << "lb_ignore, which is 255 there";
  EXPECT_EQ(config.augmentation.jitter_pivot, 74);
  EXPECT_EQ(config.augmentation.jitter_rounding, "truncate");
  EXPECT_TRUE(config.augmentation.jitter_padding);
  EXPECT_EQ(config.evaluation.absent_class, "reference");
  EXPECT_EQ(config.evaluation.window_overlap, "sum");
  EXPECT_EQ(config.evaluation.mscf_rule, "exp_of_probability");
  EXPECT_EQ(config.evaluation.eval_resize, "align_corners");
  EXPECT_EQ(config.evaluation.eval_pad, "resize");
  EXPECT_EQ(config.evaluation.eval_interval, 0);
  EXPECT_EQ(config.evaluation.eval_protocols, (std::vector<std::string>{"ss", "ssc", "msf", "mscf"}));
  EXPECT_EQ(config.watching.log_lr, "group_mean");
}

}  // namespace
}  // namespace seg
