// SPDX-License-Identifier: Apache-2.0
// The outside of metrics.jsonl, frozen: other programs read it. A new member is a line here and in the README; one that
// goes or changes its meaning is a new version.
#include <gtest/gtest.h>

#include <csignal>
#include <map>

#include "base/signals.h"
#include "tests/training/tiny_run.h"

namespace seg {
namespace {

using Json = nlohmann::ordered_json;
using testing::TinyRun;
using testing::Words;

const Words kOfEveryLine = {"event", "time", "run", "step", "epoch"};
const std::map<std::string, Words> kOfEvent = {
    {"start", {"version", "commit", "argv", "host", "device", "torch", "config_hash", "class_names", "palette"}},
    {"resume", {"version", "commit", "argv", "host", "device", "torch", "config_hash", "class_names", "palette"}},
    {"step",
     {"loss", "losses", "lr", "lr_groups", "gradient_norm", "images_per_second", "phases", "memory", "loader",
      "skipped"}},
    {"eval", {"protocols", "seconds", "worst"}},
    {"checkpoint", {"file"}},
    {"end", {"reason", "phases", "seconds", "findings"}}};  // and "what" after an error

// Lines with their members in the order of the file.
std::vector<Json> lines_of(const TinyRun& run) {
  std::vector<Json> lines;
  std::istringstream content(testing::content_of(run.folder() / "metrics.jsonl"));
  for (std::string line; std::getline(content, line);) lines.push_back(Json::parse(line));
  return lines;
}

Words members_of(const Json& object) {
  Words names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

// A run that was stopped and taken up again, so that every event is there.
class Records : public ::testing::Test {
 protected:
  static const std::vector<Json>& lines() {
    static const std::vector<Json> all = [] {
      const TinyRun run({"max_iter=3"});
      clear_requests();
      install_signal_handlers();
      (void)run.train_a_step(SIGTERM);
      for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGPIPE}) std::signal(signal, SIG_DFL);
      clear_requests();
      (void)run.train();
      return lines_of(run);
    }();
    return all;
  }
  static Json first(const std::string& event) {
    for (const Json& line : lines())
      if (line.at("event") == event) return line;
    ADD_FAILURE() << "no " << event;
    return {};
  }
};

TEST_F(Records, EveryEventHasTheseMembersInThisOrder) {
  std::map<std::string, int> seen;
  for (const Json& line : lines()) {
    const std::string event = line.at("event");
    ++seen[event];
    ASSERT_TRUE(kOfEvent.contains(event)) << line;
    Words expected = kOfEveryLine;
    expected.insert(expected.end(), kOfEvent.at(event).begin(), kOfEvent.at(event).end());
    EXPECT_EQ(members_of(line), expected);
  }
  for (const auto& [event, members] : kOfEvent) EXPECT_GT(seen[event], 0) << event;
}

TEST_F(Records, MembersAreOfTheseKinds) {
  for (const Json& line : lines()) {
    EXPECT_TRUE(line.at("time").is_number_float());
    EXPECT_TRUE(line.at("run").is_string());
    EXPECT_TRUE(line.at("step").is_number_integer());
    EXPECT_TRUE(line.at("epoch").is_number());
  }
  const Json start = first("start");
  for (const char* name : {"version", "commit", "host", "device", "torch", "config_hash"})
    EXPECT_TRUE(start.at(name).is_string()) << name;
  EXPECT_TRUE(start.at("argv").is_array());
  EXPECT_EQ(start.at("class_names").size(), start.at("palette").size());
  for (const Json& color : start.at("palette")) EXPECT_EQ(color.size(), 3U);
  const Json eval = first("eval");
  EXPECT_TRUE(eval.at("protocols").at("ss").at("miou").is_number());
  EXPECT_TRUE(eval.at("seconds").is_number());
  ASSERT_EQ(eval.at("worst").size(), 3U);
  EXPECT_TRUE(eval.at("worst")[0].at("image").is_string());
  EXPECT_LE(eval.at("worst")[0].at("miou"), eval.at("worst")[2].at("miou"));
  EXPECT_EQ(first("checkpoint").at("file"), "step_000001.safetensors");
  EXPECT_EQ(first("end").at("reason"), "SIGTERM");
  EXPECT_EQ(first("end").at("phases").size(), kNumPhases);
  EXPECT_GT(first("end").at("seconds"), 0);
  EXPECT_TRUE(first("end").at("findings").is_array());
  EXPECT_EQ(lines().back().at("reason"), "finished");
}

TEST_F(Records, AStepTellsLossesRatesPhasesAndMemory) {
  const Json step = first("step");
  EXPECT_EQ(members_of(step.at("losses")), (Words{"logits", "aux2", "aux3", "aux4", "aux5_4"}));
  for (const auto& [name, value] : step.at("losses").items()) EXPECT_TRUE(value.is_number_float()) << name;
  EXPECT_TRUE(step.at("lr_groups").is_array());
  EXPECT_GE(step.at("lr_groups").size(), 2U);
  EXPECT_EQ(step.at("phases").size(), kNumPhases);
  for (const std::string_view phase : kPhaseNames)
    EXPECT_TRUE(step.at("phases").at(std::string(phase)).is_number()) << phase;
  for (const char* name : {"resident_bytes", "peak_resident_bytes"})
    EXPECT_GT(step.at("memory").at(name).get<std::int64_t>(), 0) << name;
  EXPECT_TRUE(step.at("skipped").is_number_integer());
  EXPECT_EQ(members_of(step.at("loader")), (Words{"busy", "ready_steps"}));
  EXPECT_EQ(step.at("loader").at("busy").size(), 1U);
}

}  // namespace
}  // namespace seg
