// SPDX-License-Identifier: Apache-2.0
#include "telemetry/metrics_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "telemetry/metrics_reader.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

// Discarded if the line is no JSON.
nlohmann::json record_of(std::string_view line) { return nlohmann::json::parse(line, nullptr, false); }

std::optional<double> step_of(const nlohmann::json& record) {
  const auto step = record.find("step");
  return step != record.end() && step->is_number() ? std::optional(step->get<double>()) : std::nullopt;
}

bool is_event(const nlohmann::json& record, std::string_view event) {
  if (!record.is_object()) return false;
  const auto found = record.find("event");
  return found != record.end() && *found == event;
}

// Writes the file anew without the lines that are not to be kept; returns how many.
template <class Keep>
std::int64_t keep_lines(const fs::path& path, const Keep& keep) {
  if (!fs::exists(path)) return 0;
  const std::string text = read_text(path);
  std::string kept;
  std::int64_t removed = 0;
  for_each_line(text, [&](std::string_view line) {
    const nlohmann::json record = record_of(line);
    if (record.is_object() && keep(record)) {
      kept.append(line).append("\n");
    } else {
      ++removed;
    }
  });
  if (kept != text) write_file(path, kept);
  return removed;
}

}  // namespace

void MetricsFile::append(const nlohmann::ordered_json& record) {
  file_.append(record.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n');
}

std::int64_t MetricsFile::cut_after(const fs::path& path, std::int64_t step) {
  return keep_lines(
      path, [step](const nlohmann::json& record) { return step_of(record).value_or(0) <= static_cast<double>(step); });
}

std::int64_t MetricsFile::cut_evaluation_of(const fs::path& path, std::int64_t step) {
  return keep_lines(path, [step](const nlohmann::json& record) {
    return !is_event(record, "eval") || step_of(record) != static_cast<double>(step);
  });
}

std::optional<nlohmann::json> MetricsFile::last(const fs::path& path, std::string_view event) {
  std::optional<nlohmann::json> found;
  if (!fs::exists(path)) return found;
  for_each_line(read_text(path), [&](std::string_view line) {
    nlohmann::json record = record_of(line);
    if (is_event(record, event)) found = std::move(record);
  });
  return found;
}

}  // namespace seg
