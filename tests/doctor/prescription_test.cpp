// SPDX-License-Identifier: Apache-2.0
#include "doctor/prescription.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "tests/doctor/judged.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::contains;

Tuning tuning() {
  Tuning tuning{.before = testing::starved_figures(), .change = {{"cache", "ram"}, {"num_workers", "0"}}};
  tuning.findings = {{.rule = "cache_in_memory",
                      .evidence = "reading and decoding take 40 of 50 ms",
                      .advice = "keep decoded images in memory",
                      .change = {{"cache", "ram"}},
                      .expected_speedup = 1.5,
                      .verified_speedup = 1.42,
                      .is_applied = true},
                     {.rule = "large_images", .evidence = "images\nare large", .advice = "smaller ones"}};
  tuning.total = Comparison{.before = 20, .after = 28.4, .speedup = 1.42, .range = {{1.41, 1.43}}, .num_pairs = 2};
  return tuning;
}

ResolvedConfig config() {
  return load_config({.overrides = {"num_workers=0", "dataset=Synthetic", "n_cats=11", "max_iter=5"}}, silent_log());
}

TEST(Prescription, ReadsBackToTheTunedConfig) {
  const testing::TemporaryFolder folder;
  const std::string text = prescription_text(config(), tuning());
  write_file(folder / "tuned.toml", text);
  const ResolvedConfig read = load_config({.file = folder / "tuned.toml"}, silent_log());
  EXPECT_EQ(read.config.loader.cache, "ram");
  EXPECT_EQ(read.config.loader.num_workers, 0);
  EXPECT_EQ(read.config.run.max_iter, 5);
}

TEST(Prescription, SaysWhy) {
  const std::string text = prescription_text(config(), tuning());
  EXPECT_TRUE(contains(text,
                       "# segtrain doctor: 20.0 images/s before, 28.4 with what is changed here: 1.42x (1.41 to "
                       "1.43 in 2 pairs)\n"))
      << text;
  EXPECT_TRUE(contains(text, "cache=ram: reading and decoding take 40 of 50 ms (expected 1.50x, measured 1.42x)\n"));
  EXPECT_TRUE(contains(text, "# Not changed:\n"));
  EXPECT_TRUE(contains(text, "large_images: images are large"));  // in one line, as comments are
  EXPECT_TRUE(contains(text, "# doctor; before: default"));
  EXPECT_FALSE(contains(text.substr(text.find("num_workers =")).substr(0, 60), "doctor"));  // it was 0 before
}

TEST(Prescription, WithoutAGainNothingIsPromised) {
  EXPECT_TRUE(contains(
      prescription_text(
          config(), {.findings = {{.rule = "half_precision", .evidence = {}, .advice = {}, .verified_speedup = 1.01}}}),
      "# segtrain doctor: nothing that it may change made training faster\n"));
  EXPECT_TRUE(
      contains(prescription_text(config(), {}), "# segtrain doctor: nothing was tried, and nothing is changed"));
}

TEST(Prescription, HasTheMembersOfTheContract) {
  const nlohmann::json json = to_json(tuning());
  for (const char* member : {"phases", "findings", "tuned", "before", "after"}) EXPECT_TRUE(json.contains(member));
  EXPECT_EQ(json.at("tuned"), (nlohmann::json{{"cache", "ram"}, {"num_workers", 0}}));
  EXPECT_EQ(json.at("before").at("images_per_second"), 20.0);
  EXPECT_EQ(json.at("after").at("images_per_second"), 28.4);
  EXPECT_EQ(json.at("phases").at("data_wait"), 0.66);
  EXPECT_EQ(json.at("findings").size(), 2u);
  Tuning untuned{.before = testing::starved_figures()};
  EXPECT_EQ(to_json(untuned).at("after"), to_json(untuned).at("before"));
}

}  // namespace
}  // namespace seg
