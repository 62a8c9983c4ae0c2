// SPDX-License-Identifier: Apache-2.0
#include "telemetry/metrics_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string line(std::string_view event, std::int64_t step) {
  return Json{{"event", event}, {"step", step}}.dump() + "\n";
}

class Metrics : public ::testing::Test {
 protected:
  // What is left of a file after a cut.
  std::string after_cut(std::string_view text, std::int64_t step, std::int64_t expected_removed) {
    write_file(path_, text);
    EXPECT_EQ(MetricsFile::cut_after(path_, step), expected_removed);
    return read_text(path_);
  }

  testing::TemporaryFolder folder_;
  const fs::path path_ = folder_ / "metrics.jsonl";
};

TEST_F(Metrics, ARecordIsALineInTheOrderGivenAndOnTheDiskAtOnce) {
  MetricsFile file(path_);
  file.append({{"event", "step"}, {"step", 1}, {"loss", 0.5}});
  EXPECT_EQ(read_text(path_), "{\"event\":\"step\",\"step\":1,\"loss\":0.5}\n");
  file.append({{"event", "finding"}, {"text", "two\nlines"}});
  EXPECT_EQ(read_text(path_),
            "{\"event\":\"step\",\"step\":1,\"loss\":0.5}\n{\"event\":\"finding\",\"text\":\"two\\nlines\"}\n");
}

TEST_F(Metrics, GoesOnAtTheEndOfAFile) {
  MetricsFile(path_).append({{"step", 1}});
  MetricsFile(path_).append({{"step", 2}});
  EXPECT_EQ(read_text(path_), "{\"step\":1}\n{\"step\":2}\n");
}

TEST_F(Metrics, LossesKeepFullPrecisionAndBadNumbersAndTextsDoNoHarm) {
  const float loss = 0.1f;
  MetricsFile(path_).append({{"loss", loss},
                             {"nan", std::numeric_limits<double>::quiet_NaN()},
                             {"inf", std::numeric_limits<double>::infinity()},
                             {"host", "caf\xe9"}});
  const Json record = Json::parse(read_text(path_));
  EXPECT_EQ(record["loss"].get<float>(), loss);
  EXPECT_TRUE(record["nan"].is_null());
  EXPECT_TRUE(record["inf"].is_null());
  EXPECT_EQ(record["host"], "caf\xef\xbf\xbd");
}

TEST_F(Metrics, CutKeepsStepsUpToTheCheckpoint) {
  const std::string head = line("start", 0) + line("step", 99) + line("step", 100) + line("checkpoint", 100);
  EXPECT_EQ(after_cut(head + line("step", 101) + line("eval", 150), 100, 2), head);
  EXPECT_EQ(after_cut(head, 100, 0), head);
  EXPECT_EQ(after_cut(head, 0, 3), line("start", 0));
}

TEST_F(Metrics, CutKeepsTheHistoryOfTheRun) {
  const std::string history = line("start", 0) + line("end", 100) + line("resume", 100) + line("end", 200);
  EXPECT_EQ(after_cut(history, 200, 0), history);
  // Going back to an older checkpoint: the part that began at the newer one is gone with its steps.
  const std::string newer = line("resume", 200) + line("step", 201);
  EXPECT_EQ(after_cut(history + newer, 100, 3), line("start", 0) + line("end", 100) + line("resume", 100));
}

TEST_F(Metrics, CutKeepsLinesWithoutAStep) {
  const std::string text = "{\"event\":\"finding\"}\n{\"event\":\"finding\",\"step\":null}\n";
  EXPECT_EQ(after_cut(text, 0, 0), text);
}

TEST_F(Metrics, CutRemovesALineTornAnywhere) {
  const std::string whole = line("start", 0) + line("step", 1);
  const std::string last = line("step", 12);
  for (std::size_t size = 0; size < last.size(); ++size) {
    const bool is_complete = size + 1 == last.size();  // only its end of line is missing
    EXPECT_EQ(after_cut(whole + last.substr(0, size), 20, size == 0 || is_complete ? 0 : 1),
              is_complete ? whole + last : whole)
        << size;
  }
}

TEST_F(Metrics, CutRemovesWhatIsNoObject) {
  const std::string text = line("start", 0) + std::string("\0\0\0\n", 4) + "\n[1]\n5\n\xff\n" + line("step", 1);
  EXPECT_EQ(after_cut(text, 5, 5), line("start", 0) + line("step", 1));
}

TEST_F(Metrics, CutLeavesAbsentEmptyAndGoodFilesAlone) {
  EXPECT_EQ(MetricsFile::cut_after(path_, 5), 0);
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_EQ(after_cut("", 5, 0), "");
  after_cut(line("start", 0), 5, 0);
  const auto written = fs::last_write_time(path_);
  MetricsFile::cut_after(path_, 5);
  EXPECT_EQ(fs::last_write_time(path_), written);
}

TEST_F(Metrics, CutHugeSteps) {
  const std::string text = "{\"step\":1e300}\n{\"step\":18446744073709551615}\n{\"step\":-5}\n";
  EXPECT_EQ(after_cut(text, 100, 2), "{\"step\":-5}\n");
}

TEST_F(Metrics, AFullDiskIsAUserErrorAndLeavesWholeLines) {
  MetricsFile file(path_);
  file.append({{"step", 1}});
  const std::string before = read_text(path_);
  // A limit of the file's size stands in for the disk: the write is cut in the middle of the line, the next one fails.
  struct rlimit old_limit {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  struct rlimit limit = old_limit;
  limit.rlim_cur = before.size() + 5;
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  bool has_failed = false;
  try {
    file.append({{"step", 2}, {"text", "long enough"}});
  } catch (const UserError& error) {
    has_failed = error.problems().front().where == path_.string();
  }
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_TRUE(has_failed);
  EXPECT_EQ(read_text(path_), before);
  file.append({{"step", 2}});
  EXPECT_EQ(read_text(path_), before + "{\"step\":2}\n");
}

TEST_F(Metrics, APlaceThatCannotBeWrittenIsAUserError) {
  EXPECT_THROW(MetricsFile(folder_ / "no" / "folder.jsonl"), UserError);
  EXPECT_THROW(MetricsFile(folder_.path()), UserError);
}

TEST_F(Metrics, AnEvaluationThatComesAgainIsCutWithoutTheRestOfItsStep) {
  write_file(path_, line("eval", 2) + line("step", 4) + line("eval", 4) + line("end", 4));
  EXPECT_EQ(MetricsFile::cut_evaluation_of(path_, 4), 1);
  EXPECT_EQ(read_text(path_), line("eval", 2) + line("step", 4) + line("end", 4));
}

TEST_F(Metrics, TheLastLineOfAnEventIsFound) {
  EXPECT_FALSE(MetricsFile::last(path_, "step").has_value());
  write_file(path_, line("step", 1) + line("step", 2) + line("eval", 2) + "{\"torn");
  EXPECT_EQ(MetricsFile::last(path_, "step")->at("step"), 2);
  EXPECT_EQ(MetricsFile::last(path_, "eval")->at("step"), 2);
  EXPECT_FALSE(MetricsFile::last(path_, "end").has_value());
}

}  // namespace
}  // namespace seg
