// SPDX-License-Identifier: Apache-2.0
#include "telemetry/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "base/clock.h"

namespace seg {
namespace {

constexpr std::size_t kBytesOfEvent = 128;  // as text, about
constexpr int kProcess = 1;

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string thread_name(int thread) {
  return thread == kTrainingThread ? "training" : fmt::format("loader worker {}", thread);
}

// Whole nanoseconds, so that what nests by the clock nests in the file.
std::int64_t nanoseconds(double seconds) { return std::llround(seconds * 1e9); }

void append_microseconds(std::string& text, const char* name, std::int64_t nanoseconds) {
  fmt::format_to(std::back_inserter(text), "\"{}\":{}.{:03}", name, nanoseconds / 1000, nanoseconds % 1000);
}

std::string arguments_of(const TraceEvent& event) {
  std::string text;
  const auto add = [&](const char* name, std::int64_t value) {
    if (value >= 0) text += fmt::format("{}\"{}\":{}", text.empty() ? "" : ",", name, value);
  };
  add("step", event.step);
  add("sample", event.sample);
  add("image", event.image);
  return text;
}

}  // namespace

TraceRecorder::TraceRecorder(std::int64_t first_step, std::size_t most_events)
    : first_step_(first_step), most_events_(most_events) {}

void TraceRecorder::add(const TraceEvent& event) noexcept {
  if (!is_open_) return;
  const std::lock_guard lock(mutex_);
  try {
    if (events_.size() < most_events_) {
      events_.push_back(event);
      return;
    }
  } catch (const std::exception&) {  // no memory for a trace
  }
  ++num_left_out_;
}

void TraceRecorder::begin_step(std::int64_t step) noexcept {
  step_ = wants(step) ? step : -1;
  step_begin_ = seconds_now();
}

void TraceRecorder::has_batch() noexcept { step_begin_ = seconds_now(); }

void TraceRecorder::end_step() noexcept {
  if (step_ >= 0) add({.name = "step", .begin = step_begin_, .end = seconds_now(), .step = step_});
}

void TraceRecorder::phase_ended(Phase phase, double begin, double end) noexcept {
  if (step_ < 0 || phase == Phase::other || end <= begin) return;
  add({.name = kPhaseNames[static_cast<std::size_t>(phase)].data(), .begin = begin, .end = end});
}

// Events in the order of their beginnings, the longer one of two first, as viewers want them.
std::string TraceRecorder::json(const std::string& title) const {
  std::vector<TraceEvent> events;
  std::int64_t left_out = 0;
  {
    const std::lock_guard lock(mutex_);
    events = events_;
    left_out = num_left_out_;
  }
  std::ranges::stable_sort(events, [](const TraceEvent& a, const TraceEvent& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
  });
  std::set<int> threads = {kTrainingThread};
  for (const TraceEvent& event : events) threads.insert(event.thread);

  std::string text =
      "{\"displayTimeUnit\":\"ms\",\n\"otherData\":{" +
      fmt::format("\"first_step\":{},\"events_left_out\":{}", first_step_, left_out) + "},\n\"traceEvents\":[\n" +
      fmt::format(R"({{"ph":"M","name":"process_name","pid":{},"args":{{"name":{}}}}})", kProcess, quoted(title));
  text.reserve(text.size() + kBytesOfEvent * (events.size() + threads.size()));
  for (const int thread : threads)
    text += fmt::format(
        ",\n"
        R"({{"ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":{}}}}})",
        kProcess, thread, quoted(thread_name(thread)));
  const std::int64_t origin = events.empty() ? 0 : nanoseconds(events.front().begin);
  for (const TraceEvent& event : events) {
    const std::int64_t begin = nanoseconds(event.begin), end = std::max(begin, nanoseconds(event.end));
    text += fmt::format(
        ",\n"
        R"({{"ph":"X","name":"{}","pid":{},"tid":{},)",
        event.name, kProcess, event.thread);
    append_microseconds(text, "ts", begin - origin);
    text += ',';
    append_microseconds(text, "dur", end - begin);
    text += ",\"args\":{" + arguments_of(event) + "}}";
  }
  return text + "\n]}\n";
}

}  // namespace seg
