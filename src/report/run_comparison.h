// SPDX-License-Identifier: Apache-2.0
// Runs beside each other: which keys differ, what each reached at best by each protocol, and how fast it was.
//
// Only what can be compared is: runs share a ProtocolComparison if the protocol, the validation data and all keys that
// the protocol depends on agree. Runs that are equal but for the seed, and as long, are a group. Pure, but for
// read_runs().
#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "report/kept_config.h"
#include "report/run_history.h"

namespace seg {

struct ComparedRun {
  std::string name;  // its folder's name, or as much of the path as tells it from the others
  std::string main_protocol;
  KeptConfig config;
  RunHistory history;
};

struct DifferentKey {
  std::string key;
  std::vector<std::string> values;  // of each run, as written; empty where the key is not known
};

struct BestFigures {
  std::size_t run = 0;  // its place among the runs
  double step = 0;      // of the evaluation that was the best by this protocol
  const ProtocolFacts* facts = nullptr;
};
struct ProtocolComparison {
  std::string protocol;
  std::vector<std::pair<std::string, std::string>> conditions{};  // keys that set it apart from others of the protocol
  std::vector<BestFigures> runs{};
};

struct MeanOfRuns {
  double mean = 0, deviation = 0;  // of the sample: divided by one less than there are
  std::size_t count = 0;
};
std::optional<MeanOfRuns> mean_of(const std::vector<double>& values);  // of known ones; nothing if there is none

struct SpeedFacts {
  double median = kUnknown, low = kUnknown, high = kUnknown;  // images per second: half, a tenth, nine tenths
};
SpeedFacts speed_of(const RunHistory& history);

class RunComparison {
 public:
  explicit RunComparison(std::vector<ComparedRun> runs);
  RunComparison(RunComparison&&) = default;  // the figures are those of the runs, which do not move

  const std::vector<ComparedRun>& runs() const noexcept { return runs_; }
  const std::vector<DifferentKey>& differences() const noexcept { return differences_; }
  const std::vector<ProtocolComparison>& protocols() const noexcept { return protocols_; }
  const std::vector<std::vector<std::size_t>>& seed_groups() const noexcept { return groups_; }  // of two and more

 private:
  std::vector<ComparedRun> runs_;
  std::vector<DifferentKey> differences_;
  std::vector<ProtocolComparison> protocols_;
  std::vector<std::vector<std::size_t>> groups_;
};

// UserErrors for all folders that are none of runs, or that are given twice.
RunComparison read_runs(std::span<const std::filesystem::path> folders);

}  // namespace seg
