// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/counted.h"
#include "base/file.h"
#include "base/machine.h"
#include "base/signals.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/config_arguments.h"
#include "cli/output_files.h"
#include "cli/program.h"
#include "config/places.h"
#include "dataset/disk_speed.h"
#include "dataset/image_moments.h"
#include "dataset/sample_reader.h"
#include "dataset/split_check.h"
#include "dataset/splits.h"
#include "image/color_map.h"
#include "image/shrink.h"
#include "report/check_page.h"
#include "telemetry/progress_line.h"
#include "training/kept_scan.h"
#include "training/label_check.h"

namespace seg {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kPictures = 12;  // of a split
constexpr std::int64_t kLongestPicture = 480;
// What was found so far is kept in between, as a check of many files may be killed.
constexpr double kSecondsBetweenSaves = 60;

struct Stopped {};

struct CheckArguments {
  std::shared_ptr<ConfigArguments> config;
  std::string page;
  bool rescans = false;
  std::shared_ptr<bool> force;
};

struct CheckedSplit {
  Split split = Split::train;
  const Dataset* dataset = nullptr;
  SplitCheck check;
};

struct Findings {
  std::vector<Problem> problems, warnings;
};

std::string name_for_people(Split split) { return split == Split::train ? "training data" : "validation data"; }

std::string sizes_text(const ScanReport& labels) {
  const std::string smallest = size_text(labels.smallest.width, labels.smallest.height);
  const std::string largest = size_text(labels.largest.width, labels.largest.height);
  return smallest == largest ? smallest : smallest + " to " + largest;
}

std::string facts_text(const SplitCheck& check) {
  std::string text = sizes_text(check.labels);
  if (!check.images.mean.empty())
    text += "; mean = " + list_text(check.images.mean) + ", std = " + list_text(check.images.deviation);
  return text;
}

std::vector<ClassOnPage> classes_of(const CheckedSplit& split) {
  const DatasetTraits& traits = split.dataset->traits();
  const std::vector<ClassCount>& counts = split.check.labels.classes;
  const std::vector<Rgb> colors =
      traits.palette.empty() ? default_palette(static_cast<std::int64_t>(counts.size())) : traits.palette;
  std::vector<ClassOnPage> classes;
  for (std::size_t k = 0; k < counts.size(); ++k)
    classes.push_back({.name = k < traits.class_names.size() ? traits.class_names[k] : "",
                       .color = k < colors.size() ? colors[k] : Rgb{},
                       .pixels = counts[k].pixels,
                       .images = counts[k].images,
                       .share = counts[k].share});
  return classes;
}

void show(const CheckedSplit& split, Console& console) {
  const SplitCheck& check = split.check;
  console.heading(name_for_people(split.split) + ": " + counted(split.dataset->size(), "image"));
  std::vector<std::vector<std::string>> rows = {{"class", "share %", "pixels", "images"}};
  const std::vector<ClassOnPage> classes = classes_of(split);
  for (std::size_t k = 0; k < classes.size(); ++k)
    rows.push_back({std::to_string(k) + (classes[k].name.empty() ? "" : " " + classes[k].name),
                    percent(classes[k].share, 3), std::to_string(classes[k].pixels),
                    std::to_string(classes[k].images)});
  console.table(rows);
  console.info(facts_text(check));
  if (check.labels.ignored_pixels > 0) {
    std::int64_t counted = check.labels.ignored_pixels;
    for (const ClassCount& one : check.labels.classes) counted += one.pixels;
    console.info(
        "ignored: " + percent(static_cast<double>(check.labels.ignored_pixels) / static_cast<double>(counted), 2) +
        " % of the pixels");
  }
  const std::size_t num_known = std::min(check.labels.num_known, check.images.num_known);
  if (num_known > 0)
    console.info("known from an earlier scan: " + std::to_string(num_known) + " of " +
                 counted(split.dataset->size(), "sample") + " (--rescan looks at all of them again)");
  const auto num_read = static_cast<double>(split.dataset->size() - check.images.num_known);
  if (num_read > 0 && check.images.bytes_read > 0)
    console.info("files: " + bytes_text(check.images.bytes_read) + ", decoded in " +
                 fixed(1000 * check.images.decode_seconds / num_read, 1) + " ms each by one thread");
}

// Some samples, evenly spread, with their labels drawn over them.
std::vector<PictureOnPage> pictures_of(const CheckedSplit& split) {
  const Dataset& dataset = *split.dataset;
  const DatasetTraits& traits = dataset.traits();
  const std::vector<Rgb> palette = traits.palette.empty() ? default_palette(256) : traits.palette;
  const std::size_t count = std::min(kPictures, dataset.size());
  std::vector<PictureOnPage> pictures;
  const std::unique_ptr<SampleReader> reader = dataset.reader();
  Sample sample;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t i = k * dataset.size() / count;
    try {
      reader->read(i, sample);
    } catch (const UserError&) {
      continue;  // it is among the problems
    }
    const Image drawn =
        overlay(sample.image, sample.label, palette, {.ignore_label = traits.ignore_label, .outline = true});
    pictures.push_back({.caption = dataset.name(i), .picture = shrunk(drawn, kLongestPicture)});
  }
  return pictures;
}

void write_page(const std::string& file, const std::string& title, const std::vector<CheckedSplit>& splits,
                const Findings& findings) {
  CheckPage page{.title = title, .problems = findings.problems, .warnings = findings.warnings, .splits = {}};
  for (const CheckedSplit& split : splits)
    page.splits.push_back({.name = name_for_people(split.split),
                           .images = split.dataset->size(),
                           .facts = facts_text(split.check),
                           .classes = classes_of(split),
                           .pictures = pictures_of(split)});
  if (const auto folder = std::filesystem::path(file).parent_path(); !folder.empty()) make_folder(folder);
  write_file(file, to_html(page));
}

Json problems_json(const std::vector<Problem>& problems) {
  Json list = Json::array();
  for (const Problem& problem : problems)
    list.push_back({{"where", problem.where}, {"what", problem.what}, {"try", problem.remedy}});
  return list;
}

Json split_json(const CheckedSplit& split) {
  Json classes = Json::array();
  const std::vector<ClassOnPage> all = classes_of(split);
  for (std::size_t k = 0; k < all.size(); ++k)
    classes.push_back({{"id", k},
                       {"name", all[k].name},
                       {"pixels", all[k].pixels},
                       {"images", all[k].images},
                       {"share", all[k].share}});
  const ScanReport& labels = split.check.labels;
  const auto size = [](const ImageLayout& of) { return Json{of.height, of.width}; };
  return {{"images", split.dataset->size()},
          {"classes", classes},
          {"ignored_pixels", labels.ignored_pixels},
          {"sizes", {{"min", size(labels.smallest)}, {"max", size(labels.largest)}}},
          {"mean", split.check.images.mean},
          {"std", split.check.images.deviation},
          {"known", {{"labels", labels.num_known}, {"images", split.check.images.num_known}}}};
}

// Shows how far a split's passes are, keeps what they have found, and ends them if the user asks for it.
class Watch {
 public:
  Watch(const CheckedSplit& split, ScanRecord* record, Console& console)
      : split_(split), record_(record), console_(console) {}

  void operator()(std::string_view what, std::size_t done) {
    if (stop_requested()) throw Stopped{};
    if (what != what_) {
      what_ = what;
      line_.emplace(console_, name_for_people(split_.split) + ", " + what_, split_.dataset->size());
    }
    line_->show(done);
    if (seconds_now() - saved_at_ < kSecondsBetweenSaves) return;
    keep_scan(record_, console_);
    saved_at_ = seconds_now();
  }

 private:
  const CheckedSplit& split_;
  ScanRecord* record_;
  Console& console_;
  std::string what_;
  std::optional<ProgressLine> line_;
  double saved_at_ = seconds_now();
};

// False if a request to stop came in between.
bool look_at(CheckedSplit& split, const Config& config, bool rescans, std::int64_t num_classes, Console& console) {
  const bool skips = split.split == Split::train && config.dataset.on_bad_sample == "skip";
  const auto record = open_kept_scan(config, *split.dataset, {.split = split.split, .forgets = rescans}, console);
  Watch watch(split, record.get(), console);
  bool is_complete = true;
  try {
    split.check =
        check_split(*split.dataset, {.num_classes = num_classes,
                                     .split = split.split,
                                     .may_skip = skips ? config.dataset.max_bad_samples : 0,
                                     .threads = usable_processors(),
                                     .record = record.get(),
                                     .progress = [&](std::string_view what, std::size_t done) { watch(what, done); }});
  } catch (const Stopped&) {
    is_complete = false;
  }
  keep_scan(record.get(), console);
  return is_complete;
}

void show_disk(const DiskSpeed& disk, Console& console) {
  if (disk.num_samples == 0) return;
  const std::string files = "the files, " + bytes_text(disk.bytes_of_all) + ",";
  console.info("disk: " + bytes_text(static_cast<std::int64_t>(disk.bytes_per_second)) + "/s, " +
               fixed(disk.samples_per_second, 0) + " images/s (" + counted(disk.num_samples, "sample") +
               " whose files were not in memory). Faster training waits for it" +
               (disk.bytes_of_all < usable_memory_bytes() / 2
                    ? " in its first epoch; then " + files + " stay in memory"
                    : " in every epoch: " + files + " do not stay in memory"));
}

Json disk_json(const DiskSpeed& disk) {
  if (disk.num_samples == 0) return nullptr;
  return {{"bytes_per_second", disk.bytes_per_second},
          {"images_per_second", disk.samples_per_second},
          {"images", disk.num_samples}};
}

Findings findings_of(const std::vector<CheckedSplit>& splits, const ResolvedConfig& resolved) {
  Findings all;
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
  if (!arguments.page.empty()) refuse_to_overwrite({.written = {arguments.page}, .may_overwrite = *arguments.force});
  const Splits data = open_splits(config.dataset);
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
  Findings findings = findings_of(splits, resolved);

  for (const CheckedSplit& split : splits) show(split, session.console);
  show_disk(disk, session.console);
  tell_warnings(findings.warnings, session.console);
  if (!arguments.page.empty()) {
    write_page(arguments.page, "segtrain check " + joined(arguments.config->words(), " "), splits, findings);
    session.console.info("samples with their labels: " + arguments.page);
  }
  if (findings.problems.empty()) session.console.info("no problem was found");
  Json result = split_json(splits[0]);
  result["validation"] = split_json(splits[1]);
  result["problems"] = problems_json(findings.problems);
  result["warnings"] = problems_json(findings.warnings);
  result["disk"] = disk_json(disk);
  const int exit_code = findings.problems.empty() ? 0 : 2;
  return {.result = std::move(result), .exit_code = exit_code, .problems = std::move(findings.problems)};
}

RunCommand declare(CLI::App& app) {
  const auto arguments = std::make_shared<CheckArguments>();
  arguments->config = ConfigArguments::add_to(app);
  app.add_option("--html", arguments->page, "a page with class shares, and samples with their labels drawn over them")
      ->type_name("FILE.html");
  app.add_flag("--rescan", arguments->rescans, "look at all files, also at those that an earlier scan has seen");
  arguments->force = add_force(app);
  return [arguments](Session& session) {
    const ResolvedConfig resolved = arguments->config->load(Purpose::batches, session.console);
    return telling_places(resolved, [&] { return check_data(resolved, *arguments, session); });
  };
}

}  // namespace

extern const Command check_command = {
    "check", "look at config and data set: every problem at once, class shares, sizes", declare};

}  // namespace seg
