// SPDX-License-Identifier: Apache-2.0
#include "telemetry/metrics_reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace seg {
namespace {

TEST(MetricsReader, AStretchIsFromTheLineBeforeOrTheBeginningOfThePart) {
  MetricsReader reader;
  EXPECT_EQ(reader.read(R"({"event":"start","time":100})")->seconds, 0);
  const auto first = reader.read(R"({"event":"step","time":104,"phases":{"forward":0.75,"other":0.25}})");
  EXPECT_DOUBLE_EQ(first->seconds, 4);
  EXPECT_DOUBLE_EQ(first->stretch()[Phase::forward], 3);
  EXPECT_EQ(reader.read(R"({"event":"split","time":105})")->seconds, 0);
  EXPECT_DOUBLE_EQ(reader.read(R"({"event":"end","time":110,"phases":{}})")->seconds, 6);
  EXPECT_TRUE(reader.read(R"({"event":"resume","time":5000})")->begins_part());
  EXPECT_DOUBLE_EQ(reader.read(R"({"event":"step","time":5001})")->seconds, 1);
}

TEST(MetricsReader, TimesThatCannotBeMakeNoStretch) {
  for (const char* time : {"-1", "1e300", "\"now\"", "null", "90"}) {
    MetricsReader reader;
    (void)reader.read(R"({"event":"start","time":100})");
    const auto line = reader.read(R"({"event":"step","phases":{"forward":1},"time":)" + std::string(time) + "}");
    EXPECT_EQ(line->seconds, 0) << time;
  }
  MetricsReader reader;
  EXPECT_EQ(reader.read(R"({"event":"step","time":7})")->seconds, 0);  // nobody knows since when
}

TEST(MetricsReader, AnyContentIsTaken) {
  MetricsReader reader;
  for (const char* none : {"", "text", "[1]", "3", "{\"event\": \"st"}) EXPECT_FALSE(reader.read(none)) << none;
  EXPECT_EQ(reader.read(R"({"event":7})")->event, "");
  const auto line = reader.read(R"({"event":"step","phases":{"forward":9,"loss":-1,"other":"x"},"a":{"b":2}})");
  EXPECT_TRUE(std::isnan(line->time));
  EXPECT_EQ(line->shares[Phase::forward], 1);
  EXPECT_EQ(line->shares[Phase::loss], 0);
  EXPECT_EQ(number_of(member_of(line->json, "a"), "b"), 2);
  EXPECT_TRUE(std::isnan(number_of(line->json, "a")));
  EXPECT_TRUE(member_of(line->json, "c").is_null());
}

TEST(MetricsReader, LinesAreWithoutTheirEnds) {
  std::vector<std::string_view> lines;
  for_each_line("a\n\nb", [&](std::string_view line) { lines.push_back(line); });
  EXPECT_EQ(lines, (std::vector<std::string_view>{"a", "", "b"}));
}

}  // namespace
}  // namespace seg
