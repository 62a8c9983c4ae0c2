// SPDX-License-Identifier: Apache-2.0
// metrics.jsonl: what happened in a run, one JSON object a line.
//
// A line is written by one call of the system, so that a killed process leaves whole lines; a machine that lost power
// may leave a torn last one, which cut_after() removes. Numbers that JSON lacks (NaN, infinities) become null, bytes
// that are not UTF-8 the replacement character: a record never ends a run by its content. Not thread-safe. Errors are
// UserErrors.
#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/append_file.h"

namespace seg {

class MetricsFile {
 public:
  // Goes on at the end of the file, if there is one. A file that a killed run may have left must be cut first.
  explicit MetricsFile(const std::filesystem::path& path) : file_(path) {}

  // Members keep the order in which they were given. If the line does not fit on the disk, nothing of it stays.
  void append(const nlohmann::ordered_json& record);

  // For a run that goes on from a checkpoint: removes every line whose `step` comes after the checkpoint's and whatever
  // is no JSON object; lines without a step stay. So the part that is run again appears once, while what `start`,
  // `resume` and `end` said of the parts before stays told. Whole or not at all. Returns the number of lines removed.
  static std::int64_t cut_after(const std::filesystem::path& path, std::int64_t step);
  // Likewise the `eval` lines of a step that is to be evaluated again.
  static std::int64_t cut_evaluation_of(const std::filesystem::path& path, std::int64_t step);

  // The last line of an event ("step", "eval"), if there is one.
  static std::optional<nlohmann::json> last(const std::filesystem::path& path, std::string_view event);

 private:
  AppendFile file_;
};

}  // namespace seg
