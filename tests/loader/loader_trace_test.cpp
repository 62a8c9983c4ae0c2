// SPDX-License-Identifier: Apache-2.0
// What a loader tells a trace: each sample of the traced steps, with its stages inside, before it is delivered.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "loader/loader.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/recording_log.h"

namespace seg {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kSamples = 4, kFirst = 3, kLast = 5;

struct Span {
  std::string name;
  std::int64_t thread = 0;
  std::int64_t begin = 0, end = 0;  // nanoseconds
  std::int64_t step = -1, sample = -1;
};

std::vector<Span> spans_of(const TraceRecorder& trace) {
  std::vector<Span> spans;
  const Json json = Json::parse(trace.json(""));
  for (const Json& event : json.at("traceEvents")) {
    if (event.at("ph") != "X") continue;
    const auto nanoseconds = [&](const char* name) { return std::llround(1000 * event.at(name).get<double>()); };
    const std::int64_t begin = nanoseconds("ts");
    spans.push_back({event.at("name"), event.at("tid"), begin, begin + nanoseconds("dur"),
                     event.at("args").value("step", -1), event.at("args").value("sample", -1)});
  }
  return spans;
}

class LoaderTrace : public ::testing::TestWithParam<int> {
 protected:
  void load() {
    LoaderOptions options;
    options.augmentation = {.crop_height = 32, .crop_width = 40, .brightness = 0.4};
    options.share = share_of(kSamples, 0, 1);
    options.num_workers = GetParam();
    options.trace = &trace_;
    const testing::FakeDataset dataset({.size = 6, .is_slow = true});
    testing::RecordingLog log;
    Loader loader(dataset, options, host_memory(), log);
    loader.start(1);
    for (std::int64_t step = 1; step <= kLast; ++step) {
      trace_.begin_step(step);
      (void)loader.next();
      trace_.has_batch();
      trace_.end_step();
    }
    trace_.close();
    (void)loader.next();
  }

  TraceRecorder trace_{kFirst};
};
INSTANTIATE_TEST_SUITE_P(Workers, LoaderTrace, ::testing::Values(0, 1, 3));

TEST_P(LoaderTrace, EachSampleIsToldBeforeTheStepThatTakesIt) {
  load();
  const std::vector<Span> spans = spans_of(trace_);
  std::map<std::int64_t, std::int64_t> step_begins;
  for (const Span& span : spans)
    if (span.name == "step") step_begins[span.step] = span.begin;
  ASSERT_EQ(step_begins.size(), static_cast<std::size_t>(kLast - kFirst + 1));
  std::map<std::int64_t, std::set<std::int64_t>> samples;
  for (const Span& span : spans) {
    if (span.name != "sample") continue;
    EXPECT_GE(span.step, kFirst);
    samples[span.step].insert(span.sample);
    if (const auto begin = step_begins.find(span.step); begin != step_begins.end()) {
      EXPECT_LE(span.end, begin->second);
    }
    EXPECT_EQ(span.thread == kTrainingThread, GetParam() == 0);
    EXPECT_LE(span.thread, GetParam());
  }
  for (std::int64_t step = kFirst; step <= kLast; ++step) {
    std::set<std::int64_t> expected;
    for (std::int64_t i = 0; i < kSamples; ++i) expected.insert((step - 1) * kSamples + i);
    EXPECT_EQ(samples[step], expected) << step;
  }
}

TEST_P(LoaderTrace, StagesLieInTheirSampleAndWaitsBetweenSamples) {
  load();
  std::vector<Span> spans = spans_of(trace_);
  std::erase_if(spans, [](const Span& span) { return span.name == "step"; });
  std::map<std::string, int> counts;
  const Span* outer = nullptr;
  for (std::int64_t thread = 0; thread <= GetParam(); ++thread) {
    std::int64_t last_end = 0;
    for (const Span& span : spans) {
      if (span.thread != thread) continue;
      ++counts[span.name];
      if (span.name == "sample" || span.name == "wait") {
        EXPECT_GE(span.begin, last_end);
        last_end = span.end;
        outer = &span;
      } else {
        ASSERT_NE(outer, nullptr);
        EXPECT_EQ(outer->name, "sample");
        EXPECT_GE(span.begin, outer->begin);
        EXPECT_LE(span.end, outer->end);
        EXPECT_EQ(span.step, outer->step);
      }
    }
  }
  for (const char* const name : {"sample", "open and read", "decode image", "label", "resample image", "change pixels"})
    EXPECT_GT(counts[name], 0) << name;
  EXPECT_EQ(counts["open and read"], counts["sample"]);
  EXPECT_EQ(counts.contains("wait"), GetParam() > 0);
}

}  // namespace
}  // namespace seg
