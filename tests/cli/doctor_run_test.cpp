// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_run.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "tests/cli/printed.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using Json = nlohmann::json;

class DoctorOfARun : public ::testing::Test {
 protected:
  void SetUp() override {
    write_file(
        folder_ / "config.toml",
        "model_type = \"bisenetv2\"\nn_cats = 11\ndataset = \"Synthetic\"\nmax_iter = 4000\nprecision = \"fp16\"\n");
    std::string lines = R"({"event":"start","time":1000,"step":0})"
                        "\n";
    for (int i = 1; i <= 12; ++i)
      lines +=
          Json{{"event", "step"},         {"time", 1000 + 10 * i},  {"step", 100 * i},
               {"images_per_second", 80}, {"skipped_steps", 5 * i}, {"phases", {{"forward", 0.7}, {"checkpoint", 0.3}}}}
              .dump() +
          "\n" +
          Json{{"event", "eval"}, {"step", 100 * i}, {"seconds", 1}, {"protocols", {{"ss", {{"miou", 0.3}}}}}}.dump() +
          "\n";
    write_file(folder_ / "metrics.jsonl", lines);
  }

  testing::TemporaryFolder folder_;
};

TEST_F(DoctorOfARun, FindsWhatOnlyALongRunShows) {
  const testing::Printed result = testing::run({"doctor", folder_.path().string(), "--json"});
  ASSERT_EQ(result.code, kExitDone) << result.err;
  const Json json = Json::parse(result.out);
  std::vector<std::string> rules;
  for (const Json& finding : json.at("findings")) rules.push_back(finding.at("rule"));
  EXPECT_EQ(rules, (std::vector<std::string>{"checkpoint_share", "fp16_overflows", "no_progress"}));
  EXPECT_EQ(json.at("before").at("images_per_second"), 80);
  EXPECT_EQ(json.at("tuned"), Json::object());
  EXPECT_NEAR(json.at("phases").at("checkpoint").get<double>(), 0.3, 1e-9);
  EXPECT_NE(result.err.find("checkpoints take 30 % of the time"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("11 evaluations were no better"), std::string::npos) << result.err;
}

TEST_F(DoctorOfARun, BelievesWhatTheRunHasFoundItself) {
  const Json starved = {{"rule", "slow_disk"},
                        {"evidence", "reading takes 19 of 20 ms"},
                        {"advice", "cache"},
                        {"change", {{"cache", "ram"}}},
                        {"expected_speedup", 12.5}};
  write_file(folder_ / "metrics.jsonl", read_text(folder_ / "metrics.jsonl") +
                                            Json{{"event", "end"}, {"step", 1200}, {"findings", {starved}}}.dump() +
                                            "\n");
  const testing::Printed result = testing::run({"doctor", folder_.path().string(), "--json"});
  ASSERT_EQ(result.code, kExitDone) << result.err;
  const Json findings = Json::parse(result.out).at("findings");
  ASSERT_EQ(findings.size(), 4U);
  EXPECT_EQ(findings[0].at("rule"), "slow_disk");
  EXPECT_EQ(findings[0].at("change").at("cache"), "ram");
  EXPECT_NE(result.err.find("reading takes 19 of 20 ms [expected 12.50x]"), std::string::npos) << result.err;
}

TEST_F(DoctorOfARun, ARecordWithoutStepsIsNoHealthyRun) {
  for (const char* text : {"", "no JSON\n", "{\"event\":\"start\",\"time\":1,\"step\":0}\n"}) {
    write_file(folder_ / "metrics.jsonl", text);
    const testing::Printed result = testing::run({"doctor", folder_.path().string()});
    EXPECT_EQ(result.code, kExitUser) << text;
    EXPECT_NE(result.err.find("tells of no stretch of steps"), std::string::npos) << result.err;
  }
}

TEST_F(DoctorOfARun, ChangesNothing) {
  const testing::Printed result = testing::run({"doctor", folder_.path().string(), "--apply", "tuned.toml"});
  EXPECT_EQ(result.code, kExitUser);
  EXPECT_NE(result.err.find("is for a config: a run that is looked at is not tried"), std::string::npos) << result.err;
}

TEST_F(DoctorOfARun, RefusesWhatIsForAConfig) {
  const testing::Printed result =
      testing::run({"doctor", folder_.path().string(), "--budget", "5m", "--preset", "max", "--ignore-unknown"});
  EXPECT_EQ(result.code, kExitUser);
  EXPECT_NE(result.err.find("--preset max"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("config.toml --preset max --ignore-unknown --budget 5m"), std::string::npos) << result.err;
}

TEST(DoctorOfAFolder, AWordThatIsLongerThanAnyNameIsStillAWord) {
  const testing::Printed result = testing::run({"doctor", "class_names=" + std::string(300, 'x')});
  EXPECT_EQ(result.code, kExitUser) << result.err;
}

TEST(DoctorOfAFolder, WhichIsNotThatOfARun) {
  const testing::TemporaryFolder folder;
  const testing::Printed result = testing::run({"doctor", folder.path().string()});
  EXPECT_EQ(result.code, kExitUser);
  EXPECT_NE(result.err.find("is no run folder"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace seg
