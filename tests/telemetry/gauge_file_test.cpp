// SPDX-License-Identifier: Apache-2.0
#include "telemetry/gauge_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "base/error.h"
#include "base/file.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::problem_of;

TEST(ExpositionText, HasHelpTypeAndALineForEachSample) {
  const std::vector<Gauge> gauges = {
      {.name = "a_seconds", .help = "how long", .samples = {{.labels = {}, .value = 0.25}}},
      {.name = "b_total",
       .help = "how many",
       .kind = GaugeKind::counter,
       .samples = {{.labels = {{"kind", "x"}}, .value = 3}, {.labels = {{"kind", "y"}}, .value = 1e21}}}};
  EXPECT_EQ(exposition_text(gauges, {}),
            "# HELP a_seconds how long\n# TYPE a_seconds gauge\na_seconds 0.25\n"
            "# HELP b_total how many\n# TYPE b_total counter\nb_total{kind=\"x\"} 3\nb_total{kind=\"y\"} 1e+21\n");
  EXPECT_EQ(exposition_text(std::vector<Gauge>(gauges.begin(), gauges.begin() + 1), {{"run", "r"}}),
            "# HELP a_seconds how long\n# TYPE a_seconds gauge\na_seconds{run=\"r\"} 0.25\n");
}

TEST(ExpositionText, EscapesWhatTheFormatEscapes) {
  const std::vector<Gauge> gauges = {
      {.name = "a", .help = "one \\ two\nthree \"four\"", .samples = {{.labels = {{"b", "\\ \" \n"}}, .value = 1}}}};
  EXPECT_EQ(exposition_text(gauges, {}),
            "# HELP a one \\\\ two\\nthree \"four\"\n# TYPE a gauge\na{b=\"\\\\ \\\" \\n\"} 1\n");
}

TEST(ExpositionText, NumbersThatAreNoneHaveWords) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<Gauge> gauges = {{.name = "a",
                                      .help = "h",
                                      .samples = {{.labels = {}, .value = std::numeric_limits<double>::quiet_NaN()},
                                                  {.labels = {}, .value = kInfinity},
                                                  {.labels = {}, .value = -kInfinity}}}};
  EXPECT_TRUE(exposition_text(gauges, {}).ends_with("a NaN\na +Inf\na -Inf\n"));
}

TEST(ExpositionText, WhatHasNoSamplesIsLeftOut) {
  EXPECT_EQ(exposition_text(std::vector<Gauge>{{.name = "a", .help = "h"}}, {{"run", "r"}}), "");
}

TEST(GaugeFile, ReplacesTheWholeFileAndLeavesNoPart) {
  const testing::TemporaryFolder folder;
  const fs::path path = folder / "run.prom";
  GaugeFile file(path);
  EXPECT_FALSE(fs::exists(path));
  file.write("a 1\nb 2\n");
  file.write("a 3\n");
  EXPECT_EQ(read_text(path), "a 3\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(GaugeFile, APlaceThatCannotBeIsRefusedAtOnce) {
  const testing::TemporaryFolder folder;
  const Problem none = problem_of([&] { GaugeFile(folder / "none" / "run.prom"); });
  EXPECT_EQ(none.what, "cannot be written: No such file or directory");
  EXPECT_EQ(none.remedy, "a folder that is there, and may be written to");
  EXPECT_EQ(problem_of([&] { GaugeFile(folder.path()); }).what, "is not a file that another could take the place of");
}

TEST(GaugeFile, AFolderThatGoesIsToldAsThat) {
  const testing::TemporaryFolder folder;
  fs::create_directory(folder / "inner");
  GaugeFile file(folder / "inner" / "run.prom");
  fs::remove(folder / "inner");
  const Problem problem = problem_of([&] { file.write("a 1\n"); });
  EXPECT_EQ(problem.what, "cannot be written: No such file or directory");
  EXPECT_EQ(problem.remedy, "a folder that is there, and may be written to");
}

TEST(GaugeFile, ADiskThatIsFullIsToldAsThat) {
  const testing::TemporaryFolder folder;
  GaugeFile file(folder / "run.prom");
  fs::create_symlink("/dev/full", folder / "run.prom.part");
  const Problem problem = problem_of([&] { file.write("a 1\n"); });
  EXPECT_EQ(problem.what, "cannot be written: No space left on device");
  EXPECT_EQ(problem.remedy, "more room on its disk");
}

}  // namespace
}  // namespace seg
