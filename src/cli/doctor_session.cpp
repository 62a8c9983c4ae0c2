// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_session.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/opened_file.h"
#include "base/out_of_memory.h"
#include "base/own_child.h"
#include "base/signals.h"
#include "base/text.h"
#include "cli/doctor_text.h"
#include "cli/problem_text.h"
#include "cli/program.h"
#include "config/places.h"
#include "config/printer.h"
#include "dataset/dataset.h"
#include "doctor/bench_budget.h"
#include "doctor/examination.h"
#include "doctor/prescription.h"
#include "training/settings.h"

namespace seg {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr std::size_t kMostAnswer = std::size_t{1} << 20;

fs::path temporary_folder() {
  std::error_code error;
  const fs::path folder = fs::temp_directory_path(error);
  if (error) fail("TMPDIR", "is no folder, and the doctor keeps a config there", "TMPDIR=/tmp");
  return folder;
}

// The config as a file that children read, gone with the doctor.
class ConfigFile {
 public:
  explicit ConfigFile(const ResolvedConfig& config)
      : path_(temporary_folder() / ("segtrain-doctor-" + std::to_string(::getpid()) + ".toml")) {
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

// What a child says on standard error.
class Complaints {
 public:
  int descriptor() const { return file_.get(); }  // less than 0 if the system gives none: then it is not kept

  std::vector<Problem> problems() const {
    constexpr std::size_t kMost = std::size_t{1} << 16;
    std::string text(kMost, '\0');
    const ssize_t size = ::pread(file_.get(), text.data(), text.size(), 0);
    return problems_from(std::string_view(text).substr(0, size < 0 ? 0 : static_cast<std::size_t>(size)));
  }

 private:
  const Descriptor file_{::memfd_create("segtrain-doctor", MFD_CLOEXEC)};
};

// Of a child that gave no figures.
std::string end_text(const ChildAnswer& answer) {
  switch (answer.end) {
    case ChildEnd::answered: return "gave no figures";
    case ChildEnd::gave_up: return "ended with exit code " + std::to_string(answer.code);
    case ChildEnd::too_slow: return "took too long";
    case ChildEnd::said_too_much: return "said too much";
    default: return "was ended by signal " + std::to_string(answer.code);
  }
}

// Benchmarks of this program in processes of their own, as long as there is time.
class ChildBench {
 public:
  ChildBench(const ResolvedConfig& config, double seconds, Console& console)
      : file_(config), budget_(seconds), console_(console) {}

  std::optional<Json> operator()(const BenchRequest& request) {
    note_time(request, budget_.has_time_for(request));
    const std::string name = "bench " + request.part + " " + text_of(request.change);
    if (!had_time_) {
      console_.verbose(name + ": there is no time for it");
      return std::nullopt;
    }
    console_.progress(name);
    const double began = seconds_now();
    const Complaints complaints;
    ChildWork work = work_of(request);
    work.errors = complaints.descriptor();
    last_ = ask_own_child(work);
    const double seconds = seconds_now() - began;
    if (last_.end == ChildEnd::stopped) throw StopRequested();
    note_time(request, last_.end != ChildEnd::too_slow);
    last_problems_ = complaints.problems();
    // The child's places lie in a file that is of no use to anybody else.
    for (Problem& problem : last_problems_)
      if (const auto place = problem.where.find(" (" + file_.path().string()); place != std::string::npos)
        problem.where.erase(place);
    const Json json = last_.end == ChildEnd::answered ? Json::parse(last_.output, nullptr, false) : Json();
    const bool is_there = json.is_object() && json.contains("images_per_second");
    console_.verbose(name + ": " +
                     (is_there ? fixed(json.at("images_per_second").get<double>(), 2) + " images/s" : end_text(last_)) +
                     " (" + duration_text(seconds) + ")");
    if (!is_there) return std::nullopt;
    if (machine_.is_null()) machine_ = json.value("machine", Json());
    budget_.add(request, json, seconds);
    return json;
  }

  bool had_time() const { return had_time_; }      // for the last one
  bool left_out_any() const { return left_out_; }  // for lack of time
  // Throws what the last one complained of, in its words.
  void fail_as_last() const {
    const int code = last_.end == ChildEnd::gave_up ? last_.code : kExitFailed;
    if (code == kExitOutOfMemory && !last_problems_.empty()) throw OutOfMemory(last_problems_);
    if (code == kExitUser) fail_if_any(last_problems_);
    fail("bench run", "a short run of this config " + end_text(last_),
         "the same by itself says why: segtrain bench run CONFIG");
  }
  const Json& machine() const { return machine_; }
  const BenchBudget& budget() const { return budget_; }

 private:
  void note_time(const BenchRequest& request, bool had_time) {
    had_time_ = had_time;
    left_out_ = left_out_ || (!had_time && !request.may_be_left_out);
  }

  ChildWork work_of(const BenchRequest& request) const {
    ChildWork work{.arguments = {"bench", request.part, file_.path().string()},
                   .most_seconds = budget_.seconds_left(),
                   .most_bytes = kMostAnswer};
    const bool is_step = request.part == "step";  // which warms up by the two steps that it compares
    for (const auto& [key, value] : request.change) work.arguments.push_back(key + "=" + value);
    for (const char* word : {"--json", "--warmup", is_step ? "0" : "1", "--steps", "2"})
      work.arguments.emplace_back(word);
    if (!is_step) work.arguments.insert(work.arguments.end(), {"--seconds", shortest(budget_.seconds_to_count())});
    if (request.evaluates) work.arguments.emplace_back("--evaluate");
    return work;
  }

  ConfigFile file_;
  BenchBudget budget_;
  Console& console_;
  bool had_time_ = true, left_out_ = false;
  ChildAnswer last_;
  std::vector<Problem> last_problems_;
  Json machine_;
};

void show_end(const Tuning& tuning, Console& console) {
  if (!tuning.change.empty())
    console.info(text_of(tuning.change) + ": " + fixed(tuning.total->before, 1) + " images/s became " +
                 fixed(tuning.total->after, 1) + ", " + speedup_text(*tuning.total));
  else if (tuning.num_trials > 0)
    console.info("no change was faster by more than measurements differ; the config stays as it is");
  if (!tuning.had_time) console.info("not all that was worth a trial was tried: --budget was used up");
}

}  // namespace

std::optional<Diagnosis> diagnose(const ResolvedConfig& resolved, double budget, Console& console) {
  ChildBench bench(resolved, budget, console);
  const auto dataset = telling_places(resolved, [&] {
    std::unique_ptr<Dataset> data = open_dataset(resolved.config.dataset, Split::train);
    (void)resolve_settings(resolved.config, *data);  // what the user must mend is told here, and not by a child
    return data;
  });
  std::optional<Examination> found = examine(std::ref(bench));
  console.progress("");
  if (!found && !bench.had_time()) return std::nullopt;
  if (!found) telling_places(resolved, [&] { bench.fail_as_last(); });
  if (bench.budget().seconds_left() > 0) add_data(*dataset, found->figures);
  if (stop_requested()) throw StopRequested();
  show_figures(found->figures, console);
  const RunTrial trial = [&](const Change& change) -> Trial {
    std::optional<Figures> figures = run_figures(bench({.part = "run", .change = change}));
    return {.figures = std::move(figures), .had_time = bench.had_time()};
  };
  Tuning tuning = tune(found->figures, trial,
                       {.seconds = bench.budget().seconds_left(),
                        .seconds_of_trial = bench.budget().expected_seconds({.part = "run"}),
                        .known = found->runs});
  tuning.had_time = tuning.had_time && !bench.left_out_any();
  console.progress("");
  show_findings(tuning.findings, console);
  show_end(tuning, console);
  return Diagnosis{.tuning = std::move(tuning), .device = bench.machine()};
}

}  // namespace seg
