// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <utility>

#include "base/machine.h"
#include "base/signals.h"
#include "base/text.h"
#include "cli/check_output.h"
#include "cli/command.h"
#include "cli/config_arguments.h"
#include "cli/output_files.h"
#include "cli/program.h"
#include "config/places.h"
#include "dataset/disk_speed.h"
#include "dataset/split_check.h"
#include "dataset/splits.h"
#include "telemetry/progress_line.h"
#include "training/kept_scan.h"
#include "training/label_check.h"

namespace seg {
namespace {

struct Stopped {};

struct CheckArguments {
  std::shared_ptr<ConfigArguments> config;
  std::string page;
  bool rescans = false;
  std::shared_ptr<bool> force;
};

// Shows how far a split's passes are, keeps what they have found, and ends them if the user asks for it.
class Watch {
 public:
  Watch(const CheckedSplit& split, KeptScan& kept, Console& console) : split_(split), kept_(kept), console_(console) {}

  void operator()(std::string_view what, std::size_t done) {
    if (stop_requested()) throw Stopped{};
    if (what != what_) {
      what_ = what;
      line_.emplace(console_, name_for_people(split_.split) + ", " + what_, split_.dataset->size());
    }
    line_->show(done);
    kept_.save_now_and_then();
  }

 private:
  const CheckedSplit& split_;
  KeptScan& kept_;
  Console& console_;
  std::string what_;
  std::optional<ProgressLine> line_;
};

// False if a request to stop came in between.
bool look_at(CheckedSplit& split, const Config& config, bool rescans, std::int64_t num_classes, Console& console) {
  const bool skips = split.split == Split::train && config.dataset.on_bad_sample == "skip";
  KeptScan kept(config, *split.dataset, {.split = split.split, .forgets = rescans}, console);
  Watch watch(split, kept, console);
  bool is_complete = true;
  try {
    split.check =
        check_split(*split.dataset, {.num_classes = num_classes,
                                     .split = split.split,
                                     .may_skip = skips ? config.dataset.max_bad_samples : 0,
                                     .threads = usable_processors(),
                                     .record = kept.record(),
                                     .progress = [&](std::string_view what, std::size_t done) { watch(what, done); }});
  } catch (const Stopped&) {
    is_complete = false;
  }
  kept.save();
  return is_complete;
}

Findings findings_of(const std::vector<CheckedSplit>& splits, const ResolvedConfig& resolved,
                     std::vector<Problem> absent) {
  Findings all{.problems = std::move(absent), .warnings = {}};
  for (const CheckedSplit& split : splits) {
    all.problems.insert(all.problems.end(), split.check.problems.begin(), split.check.problems.end());
    all.warnings.insert(all.warnings.end(), split.check.warnings.begin(), split.check.warnings.end());
    for (Problem& doubt : split.dataset->doubts()) all.warnings.push_back(std::move(doubt));
  }
  for (Problem& problem :
       shared_images({*splits[0].dataset, splits[0].check.images}, {*splits[1].dataset, splits[1].check.images}))
    all.problems.push_back(std::move(problem));
  return {.problems = with_places(std::move(all.problems), resolved),
          .warnings = with_places(std::move(all.warnings), resolved)};
}

Outcome check_data(const ResolvedConfig& resolved, const CheckArguments& arguments, Session& session) {
  const Config& config = resolved.config;
  if (!arguments.page.empty()) {
    refuse_to_overwrite({.written = {arguments.page}, .may_overwrite = *arguments.force});
    prepare_place_of(arguments.page);
  }
  std::vector<Problem> absent;
  const Splits data = open_splits(config.dataset, disk(), &absent);
  std::vector<CheckedSplit> splits = {{.split = Split::train, .dataset = data.train.get(), .check = {}},
                                      {.split = Split::validation, .dataset = data.validation.get(), .check = {}}};
  const std::int64_t num_classes =
      resolve_num_classes(splits.front().dataset->traits(), config.dataset.dataset, config.model.n_cats);
  install_signal_handlers();
  const DiskSpeed disk = measure_disk(*data.train, usable_processors());
  for (CheckedSplit& split : splits) {
    if (look_at(split, config, arguments.rescans, num_classes, session.console)) continue;
    session.console.info("stopped; run the same command again to go on" +
                         std::string(arguments.rescans ? ", without --rescan if it shall not begin anew" : ""));
    return {.result = {{"reason", stop_signal_name()}}, .exit_code = kExitStopped};
  }
  Findings findings = findings_of(splits, resolved, std::move(absent));

  const CheckResult result{.splits = splits, .findings = findings, .disk = disk};
  show(result, session.console);
  if (!arguments.page.empty()) {
    write_check_page(arguments.page, "segtrain check " + joined(arguments.config->words(), " "), result);
    session.console.info("samples with their labels: " + arguments.page);
  }
  if (findings.problems.empty()) session.console.info("no problem was found");
  return {.result = to_json(result),
          .exit_code = findings.problems.empty() ? kExitDone : kExitUser,
          .problems = findings.problems};
}

RunCommand declare(CLI::App& app) {
  const auto arguments = std::make_shared<CheckArguments>();
  arguments->config = ConfigArguments::add_to(app);
  app.add_option("--html", arguments->page, "a page with class shares, and samples with their labels drawn over them")
      ->type_name("FILE.html");
  app.add_flag("--rescan", arguments->rescans, "look at all files, also at those that an earlier scan has seen");
  arguments->force = add_force(app);
  return [arguments](Session& session) {
    const ResolvedConfig resolved = arguments->config->load(Purpose::batches, session);
    return telling_places(resolved, [&] { return check_data(resolved, *arguments, session); });
  };
}

}  // namespace

extern const Command check_command = {
    "check", "look at config and data set: every problem at once, class shares, sizes", declare};

}  // namespace seg
