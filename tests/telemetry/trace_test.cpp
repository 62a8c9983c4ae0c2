// SPDX-License-Identifier: Apache-2.0
#include "telemetry/trace.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "base/clock.h"

namespace seg {
namespace {

using Json = nlohmann::json;

std::vector<Json> events_of(const TraceRecorder& trace, const std::string& kind = "X") {
  std::vector<Json> events;
  const Json json = Json::parse(trace.json("segtrain"));
  for (const Json& event : json.at("traceEvents"))
    if (event.at("ph") == kind) events.push_back(event);
  return events;
}

TEST(Trace, TellsEventsInMicrosecondsFromTheFirst) {
  TraceRecorder trace(1);
  trace.add({.name = "late", .thread = 2, .begin = 10.0000015, .end = 10.000002});
  trace.add({.name = "early", .begin = 10, .end = 10.25, .step = 7, .sample = 8, .image = 9});
  const std::vector<Json> events = events_of(trace);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].at("name"), "early");
  EXPECT_EQ(events[0].at("ts"), 0.0);
  EXPECT_DOUBLE_EQ(events[0].at("dur").get<double>(), 250000.0);
  EXPECT_EQ(events[0].at("tid"), 0);
  EXPECT_EQ(events[0].at("args"), (Json{{"step", 7}, {"sample", 8}, {"image", 9}}));
  EXPECT_DOUBLE_EQ(events[1].at("ts").get<double>(), 1.5);
  EXPECT_DOUBLE_EQ(events[1].at("dur").get<double>(), 0.5);
  EXPECT_EQ(events[1].at("args"), Json::object());
}

TEST(Trace, NamesTheProcessAndEachThreadOnce) {
  TraceRecorder trace(1);
  for (const int thread : {2, 1, 2}) trace.add({.name = "x", .thread = thread, .begin = 1, .end = 2});
  const std::vector<Json> names = events_of(trace, "M");
  ASSERT_EQ(names.size(), 4U);
  EXPECT_EQ(names[0].at("args").at("name"), "segtrain");
  EXPECT_EQ(names[1].at("args").at("name"), "training");
  EXPECT_EQ(names[2].at("args").at("name"), "loader worker 1");
  EXPECT_EQ(names[3].at("tid"), 2);
}

TEST(Trace, OfTwoThatBeginTogetherTheLongerOneComesFirst) {
  TraceRecorder trace(1);
  trace.add({.name = "inner", .begin = 1, .end = 2});
  trace.add({.name = "outer", .begin = 1, .end = 3});
  EXPECT_EQ(events_of(trace)[0].at("name"), "outer");
}

TEST(Trace, TellsOfStepsFromItsFirstOn) {
  TraceRecorder trace(2);
  PhaseTimer timer;
  timer.set_listener(&trace);
  for (const std::int64_t step : {1, 2, 3}) {
    trace.begin_step(step);
    timer.timed(Phase::data_wait, [] {});
    trace.has_batch();
    timer.timed(Phase::forward, [] {
      const double begin = seconds_now();
      while (seconds_now() == begin) {
      }
    });
    trace.end_step();
  }
  std::vector<std::int64_t> steps;
  int num_forward = 0;
  for (const Json& event : events_of(trace)) {
    if (event.at("name") == "step") steps.push_back(event.at("args").at("step").get<std::int64_t>());
    num_forward += event.at("name") == "forward" ? 1 : 0;
    EXPECT_NE(event.at("name"), "other");
  }
  EXPECT_EQ(steps, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(num_forward, 2);
}

TEST(Trace, ClosedItTakesNoMore) {
  TraceRecorder trace(1);
  EXPECT_FALSE(trace.wants(0));
  EXPECT_TRUE(trace.wants(1));
  trace.close();
  EXPECT_FALSE(trace.wants(1));
  trace.add({.name = "x", .begin = 1, .end = 2});
  trace.begin_step(1);
  trace.end_step();
  EXPECT_TRUE(events_of(trace).empty());
}

TEST(Trace, WhatHasNoRoomIsCounted) {
  TraceRecorder trace(1, 3);
  for (int i = 0; i < 5; ++i) trace.add({.name = "x", .begin = 1, .end = 2});
  EXPECT_EQ(events_of(trace).size(), 3U);
  EXPECT_EQ(Json::parse(trace.json("")).at("otherData").at("events_left_out"), 2);
}

TEST(Trace, ManyThreadsMayTell) {
  TraceRecorder trace(1);
  std::vector<std::thread> threads;
  for (int thread = 1; thread <= 4; ++thread)
    threads.emplace_back([&trace, thread] {
      for (int i = 0; i < 500; ++i) trace.add({.name = "x", .thread = thread, .begin = 1.0 * i, .end = i + 0.5});
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(events_of(trace).size(), 2000U);
}

TEST(Trace, TheTitleMayHoldAnything) {
  const TraceRecorder trace(1);
  EXPECT_EQ(Json::parse(trace.json("a \"b\"\n\xff")).at("traceEvents").at(0).at("args").at("name"),
            "a \"b\"\n\xEF\xBF\xBD");
}

}  // namespace
}  // namespace seg
