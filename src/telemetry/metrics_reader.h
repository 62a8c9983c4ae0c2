// SPDX-License-Identifier: Apache-2.0
// Reads metrics.jsonl line by line, for all who make something of it: what happened, when, and what the wall time went
// to since the line before.
//
// Any content is taken: what is no JSON object (a torn last line, while the run goes on) is no line, and members of
// other types are as if they were not there. Not thread-safe.
#pragma once
#include <algorithm>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "telemetry/phases.h"

namespace seg {

using MetricsJson = nlohmann::ordered_json;

// Null where it is not there.
const MetricsJson& member_of(const MetricsJson& record, std::string_view name);
// NaN where it is no number.
double number_of(const MetricsJson& value);
double number_of(const MetricsJson& record, std::string_view name);

struct MetricsLine {
  MetricsJson json;
  std::string event{};                                     // empty: it says none
  double time = std::numeric_limits<double>::quiet_NaN();  // in seconds since 1970, up to the year 9999
  // Of steps, and of an end that tells phases: how long it is since the line before that was such a one, or since this
  // part of the run began. 0 where that is not known, or no time.
  double seconds = 0;
  PhaseSeconds shares{};  // of these seconds, each from 0 to 1

  PhaseSeconds stretch() const noexcept;  // seconds of each phase
  bool begins_part() const noexcept { return event == "start" || event == "resume"; }
};

class MetricsReader {
 public:
  // Nothing: it is no JSON object.
  std::optional<MetricsLine> read(std::string_view line);

 private:
  double stretch_begin_ = std::numeric_limits<double>::quiet_NaN();
};

// Calls with each line of a text, in order, without what ends it.
template <class Body>
void for_each_line(std::string_view text, Body&& body) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    body(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

}  // namespace seg
