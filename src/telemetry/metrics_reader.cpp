// SPDX-License-Identifier: Apache-2.0
#include "telemetry/metrics_reader.h"

#include <cmath>

namespace seg {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kLastTime = 253402300799;  // of the year 9999

}  // namespace

const MetricsJson& member_of(const MetricsJson& record, std::string_view name) {
  static const MetricsJson nothing;
  if (!record.is_object()) return nothing;
  const auto found = record.find(name);
  return found == record.end() ? nothing : *found;
}

double number_of(const MetricsJson& value) { return value.is_number() ? value.get<double>() : kUnknown; }
double number_of(const MetricsJson& record, std::string_view name) { return number_of(member_of(record, name)); }

PhaseSeconds MetricsLine::stretch() const noexcept {
  PhaseSeconds spent;
  for (std::size_t i = 0; i < kNumPhases; ++i) spent.seconds[i] = shares.seconds[i] * seconds;
  return spent;
}

std::optional<MetricsLine> MetricsReader::read(std::string_view text) {
  MetricsLine line{.json = MetricsJson::parse(text, nullptr, false)};
  if (!line.json.is_object()) return std::nullopt;
  if (const MetricsJson& event = member_of(line.json, "event"); event.is_string())
    line.event = event.get<std::string>();
  if (const double time = number_of(line.json, "time"); time >= 0 && time <= kLastTime) line.time = time;
  const MetricsJson& phases = member_of(line.json, "phases");
  if (line.event == "step" || (line.event == "end" && phases.is_object())) {
    for (std::size_t i = 0; i < kNumPhases; ++i)
      if (const double share = number_of(phases, kPhaseNames[i]); std::isfinite(share))
        line.shares.seconds[i] = std::clamp(share, 0.0, 1.0);
    if (line.time > stretch_begin_) line.seconds = line.time - stretch_begin_;
    stretch_begin_ = line.time;
  }
  if (line.begins_part()) stretch_begin_ = line.time;
  return line;
}

}  // namespace seg
