// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_session.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/own_child.h"
#include "base/signals.h"
#include "base/text.h"
#include "config/places.h"
#include "config/printer.h"
#include "dataset/dataset.h"
#include "doctor/examination.h"
#include "doctor/prescription.h"
#include "training/settings.h"

namespace seg {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr double kShareOfTrial = 1.0 / 30;  // of the budget: steps that one measurement counts
constexpr double kShortestTrial = 1, kLongestTrial = 10;
constexpr double kMostPatience = 10;  // how many times its budget the doctor waits for a trial
constexpr std::size_t kMostAnswer = std::size_t{1} << 20;

// The config as a file that children read, gone with the doctor.
class ConfigFile {
 public:
  explicit ConfigFile(const ResolvedConfig& config)
      : path_(fs::temp_directory_path() / ("segtrain-doctor-" + std::to_string(::getpid()) + ".toml")) {
    write_file(path_, config_as_toml(config));
  }
  ~ConfigFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Benchmarks of this program in processes of their own.
class ChildBench {
 public:
  ChildBench(const ResolvedConfig& config, double budget, Console& console)
      : file_(config),
        budget_(budget),
        end_(seconds_now() + budget),
        seconds_(std::clamp(budget * kShareOfTrial, kShortestTrial, kLongestTrial)),
        console_(console) {}

  // Beyond the budget there are no measurements but the first.
  std::optional<Json> operator()(const BenchRequest& request) {
    if (seconds_of_first_ > 0 && seconds_now() + seconds_of_first_ / 2 > end_) return std::nullopt;
    ChildWork work{.arguments = {"bench", request.part, file_.path().string()},
                   .most_seconds = kMostPatience * budget_,
                   .most_bytes = kMostAnswer};
    for (const auto& [key, value] : request.change) work.arguments.push_back(key + "=" + value);
    for (const char* word : {"--json", "--warmup", "1", "--steps", "2"}) work.arguments.emplace_back(word);
    if (request.part != "step") work.arguments.insert(work.arguments.end(), {"--seconds", shortest(seconds_)});
    if (request.evaluates) work.arguments.emplace_back("--evaluate");
    console_.progress("bench " + request.part + " " + text_of(request.change));
    const double began = seconds_now();
    const ChildAnswer answer = ask_own_child(work);
    if (answer.end == ChildEnd::stopped) throw StopRequested();
    const Json json = answer.end == ChildEnd::answered ? Json::parse(answer.output, nullptr, false) : Json();
    const bool is_there = json.is_object() && json.contains("images_per_second");
    console_.verbose("bench " + request.part + " " + text_of(request.change) + ": " +
                     (is_there ? fixed(json.at("images_per_second").get<double>(), 2) + " images/s"
                               : "failed with " + std::to_string(answer.code)) +
                     " (" + duration_text(seconds_now() - began) + ")");
    last_code_ = answer.code;
    if (is_there && machine_.is_null()) machine_ = json.value("machine", Json());
    if (seconds_of_first_ == 0) seconds_of_first_ = seconds_now() - began;
    return is_there ? std::optional(json) : std::nullopt;
  }

  int last_code() const { return last_code_; }
  const Json& machine() const { return machine_; }
  double seconds_of_first() const { return seconds_of_first_; }  // by the clock, start and all

 private:
  ConfigFile file_;
  double budget_, end_, seconds_;
  Console& console_;
  int last_code_ = 0;
  Json machine_;
  double seconds_of_first_ = 0;
};

std::string rate_text(const Amount& rate) { return rate ? fixed(*rate, 1) : "unknown"; }

void show_figures(const Figures& figures, Console& console) {
  console.table({{"images/s", ""},
                 {"loader and step together", rate_text(figures.run_rate)},
                 {"loader alone", rate_text(figures.loader_rate)},
                 {"step alone", rate_text(figures.step_rate)}});
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < kNumPhases; ++i)
    if (const Amount share = figures.phases[i]; share && *share >= 0.005)
      parts.push_back(std::string(kPhaseNames[i]) + " " + percent(*share, 0) + " %");
  console.info("time goes to: " + joined(parts, ", "));
}

std::string verdict(const Finding& finding) {
  std::string text;
  if (finding.expected_speedup) text += "expected " + speedup_text(*finding.expected_speedup);
  if (finding.verified_speedup)
    text += (text.empty() ? "" : ", ") + ("measured " + speedup_text(*finding.verified_speedup)) +
            (finding.is_applied ? ": kept" : ": not kept");
  return text.empty() ? text : " [" + text + "]";
}

void show_findings(const Tuning& tuning, Console& console) {
  if (tuning.findings.empty()) return console.info("nothing to find fault with");
  for (const Finding& finding : tuning.findings) {
    console.info(finding.rule + ": " + finding.evidence + verdict(finding));
    const std::string change = text_of(finding.change);
    console.info("    " + finding.advice + (change.empty() ? std::string() : " (" + change + ")"));
  }
}

void show_end(const Tuning& tuning, Console& console) {
  if (tuning.total)
    console.info(text_of(tuning.change) + ": " + fixed(tuning.total->before, 1) + " images/s became " +
                 fixed(tuning.total->after, 1) + ", " + speedup_text(*tuning.total));
  else if (tuning.num_trials > 0)
    console.info("no change was faster by more than measurements differ; the config stays as it is");
  if (!tuning.had_time) console.info("not all that was worth a trial was tried: --budget was used up");
}

}  // namespace

Diagnosis diagnose(const ResolvedConfig& resolved, double budget, Console& console) {
  const double began = seconds_now();
  const auto dataset = telling_places(resolved, [&] {
    std::unique_ptr<Dataset> data = open_dataset(resolved.config.dataset, Split::train);
    (void)resolve_settings(resolved.config, *data);  // what the user must mend is told here, and not by a child
    return data;
  });
  ChildBench bench(resolved, budget, console);
  std::optional<Figures> figures = examine(std::ref(bench));
  if (!figures)
    fail("bench run", "a short run of this config ended with exit code " + std::to_string(bench.last_code()),
         "the same by itself says why: segtrain bench run CONFIG");
  add_data(*dataset, *figures);
  console.progress("");
  show_figures(*figures, console);
  const RunTrial trial = [&](const Change& change) { return run_figures(bench({.part = "run", .change = change})); };
  const double left = budget - (seconds_now() - began);
  Tuning tuning = tune(*figures, trial, {.seconds = left, .seconds_of_trial = bench.seconds_of_first()});
  console.progress("");
  show_findings(tuning, console);
  show_end(tuning, console);
  return {.tuning = std::move(tuning), .device = bench.machine()};
}

}  // namespace seg
