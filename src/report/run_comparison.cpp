// SPDX-License-Identifier: Apache-2.0
#include "report/run_comparison.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

#include "base/error.h"
#include "report/curve.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

// Where a run writes makes no other run of it.
constexpr std::array<std::string_view, 3> kPlaces = {"respth", "cache_dir", "prometheus_file"};
constexpr std::string_view kSeed = "seed";

using Conditions = std::vector<std::pair<std::string, std::string>>;

bool is_place(std::string_view key) { return std::ranges::count(kPlaces, key) != 0; }

std::vector<std::string_view> keys_of_protocol(std::string_view protocol) {
  std::vector<std::string_view> keys = {"dataset",
                                        "val_im_anns",
                                        "n_cats",
                                        "lb_ignore",
                                        "label_map",
                                        "label_colors",
                                        "absent_class",
                                        "eval_pad",
                                        "eval_resize",
                                        "eval_start_shape",
                                        "eval_start_shortside",
                                        "eval_start_longside",
                                        "boundary_iou_width",
                                        "boundary_f1_tolerance"};
  if (protocol.starts_with("ms")) keys.insert(keys.end(), {"eval_scales", "eval_flip"});
  if (protocol.ends_with('c') || protocol == "mscf") keys.insert(keys.end(), {"eval_crop", "window_overlap"});
  if (protocol == "mscf") keys.emplace_back("mscf_rule");
  return keys;
}

Conditions conditions_of(const ComparedRun& run, const ProtocolFacts& facts) {
  Conditions conditions;
  for (const std::string_view key : keys_of_protocol(facts.name))
    conditions.emplace_back(key, run.config.value_of(key));
  if (std::isfinite(facts.images))
    conditions.emplace_back("images", std::to_string(static_cast<std::int64_t>(std::clamp(facts.images, 0.0, 1e15))));
  return conditions;
}

std::vector<DifferentKey> differences_of(const std::vector<ComparedRun>& runs) {
  std::vector<DifferentKey> differences;
  std::set<std::string, std::less<>> seen;
  for (const ComparedRun& one : runs)
    for (const KeptKey& kept : one.config.keys) {
      if (is_place(kept.key) || !seen.insert(kept.key).second) continue;
      DifferentKey key{.key = kept.key, .values = {}};
      for (const ComparedRun& run : runs) key.values.push_back(run.config.value_of(kept.key));
      if (std::ranges::count(key.values, key.values.front()) != std::ssize(key.values))
        differences.push_back(std::move(key));
    }
  return differences;
}

// A comparison for each protocol and set of conditions, in the order of the runs.
std::vector<ProtocolComparison> protocols_of(const std::vector<ComparedRun>& runs) {
  std::vector<ProtocolComparison> all;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    std::vector<std::string> names;
    for (const EvaluationFacts& evaluation : runs[i].history.evaluations)
      for (const ProtocolFacts& facts : evaluation.protocols)
        if (std::ranges::count(names, facts.name) == 0) names.push_back(facts.name);
    for (const std::string& name : names) {
      const EvaluationFacts* const best = runs[i].history.best(name);
      if (best == nullptr) continue;
      const ProtocolFacts& facts = *best->by(name);
      const Conditions conditions = conditions_of(runs[i], facts);
      auto place = std::ranges::find_if(
          all, [&](const ProtocolComparison& one) { return one.protocol == name && one.conditions == conditions; });
      if (place == all.end())
        place = all.insert(all.end(), ProtocolComparison{.protocol = name, .conditions = conditions});
      place->runs.push_back({.run = i, .step = best->step, .facts = &facts});
    }
  }
  return all;
}

// Of comparisons by one protocol only what differs between them says anything.
void keep_what_differs(std::vector<ProtocolComparison>& all) {
  std::vector<Conditions> kept(all.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const auto& condition : all[i].conditions) {
      const bool differs = std::ranges::any_of(all, [&](const ProtocolComparison& other) {
        return other.protocol == all[i].protocol && std::ranges::count(other.conditions, condition) == 0;
      });
      if (differs) kept[i].push_back(condition);
    }
  for (std::size_t i = 0; i < all.size(); ++i) all[i].conditions = std::move(kept[i]);
}

std::vector<std::vector<std::size_t>> groups_of(const std::vector<ComparedRun>& runs) {
  std::map<std::pair<std::string, double>, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].config.keys.empty() || runs[i].history.steps.empty()) continue;
    std::string values;
    for (const KeptKey& key : runs[i].config.keys)
      if (key.key != kSeed && !is_place(key.key)) values += key.key + '=' + key.value + '\n';
    groups[{values, runs[i].history.steps.back().step}].push_back(i);
  }
  std::vector<std::vector<std::size_t>> several;
  for (const auto& [values, members] : groups) {
    std::set<std::string> seeds;
    for (const std::size_t i : members) seeds.insert(runs[i].config.value_of(kSeed));
    if (members.size() > 1 && seeds.size() == members.size()) several.push_back(members);
  }
  std::ranges::sort(several);
  return several;
}

std::vector<std::string> names_of(std::span<const fs::path> folders) {
  std::vector<std::string> names;
  for (const fs::path& folder : folders) {
    const std::string last = plain_folder(folder).filename().string();
    const auto namesakes =
        std::ranges::count_if(folders, [&](const fs::path& other) { return plain_folder(other).filename() == last; });
    names.push_back(namesakes == 1 ? last : folder.string());
  }
  return names;
}

}  // namespace

std::optional<MeanOfRuns> mean_of(const std::vector<double>& values) {
  MeanOfRuns result;
  for (const double value : values)
    if (std::isfinite(value)) {
      result.mean += value;
      ++result.count;
    }
  if (result.count == 0) return std::nullopt;
  result.mean /= static_cast<double>(result.count);
  double squares = 0;
  for (const double value : values)
    if (std::isfinite(value)) squares += (value - result.mean) * (value - result.mean);
  if (result.count > 1) result.deviation = std::sqrt(squares / static_cast<double>(result.count - 1));
  return result;
}

SpeedFacts speed_of(const RunHistory& history) {
  constexpr double kLow = 0.1, kHigh = 0.9;
  const std::vector<double> speeds = sorted_speeds(history);
  return {.median = quantile(speeds, 0.5).value_or(kUnknown),
          .low = quantile(speeds, kLow).value_or(kUnknown),
          .high = quantile(speeds, kHigh).value_or(kUnknown)};
}

RunComparison::RunComparison(std::vector<ComparedRun> runs)
    : runs_(std::move(runs)),
      differences_(differences_of(runs_)),
      protocols_(protocols_of(runs_)),
      groups_(groups_of(runs_)) {
  keep_what_differs(protocols_);
}

RunComparison read_runs(std::span<const fs::path> folders) {
  const std::vector<std::string> names = names_of(folders);
  std::vector<ComparedRun> runs;
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    if (std::ranges::count_if(folders.first(i),
                              [&](const fs::path& one) { return plain_folder(one) == plain_folder(folders[i]); })) {
      problems.push_back({folders[i].string(), "is given twice", "name each run once"});
      continue;
    }
    ComparedRun run{.name = names[i], .main_protocol = {}, .config = read_kept_config(folders[i]), .history = {}};
    run.main_protocol = main_protocol_of(run.config);
    try {
      run.history = read_history(folders[i], run.main_protocol);
      runs.push_back(std::move(run));
    } catch (const UserError& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  fail_if_any(std::move(problems));
  return RunComparison(std::move(runs));
}

}  // namespace seg
