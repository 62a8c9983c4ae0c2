// SPDX-License-Identifier: Apache-2.0
#include "dataset/scan.h"

#include <algorithm>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/collect_problems.h"
#include "base/counted.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dataset/label_mistakes.h"
#include "dataset/problem_list.h"

namespace seg {
namespace {

constexpr std::size_t kSamplesPerTask = 8;  // share buffers, and give progress often enough
constexpr std::size_t kValuesShown = 4;

using Histogram = LabelHistogram;

struct Invalid {
  int value = 0;
  std::int64_t pixels = 0;
  std::int64_t y = 0, x = 0;  // the first of them
};

// What one sample contributes. Kept for each sample, so that the report does not depend on who finished first.
struct Finding {
  ImageLayout layout;
  std::vector<Problem> failures;  // its files cannot be used
  std::vector<Invalid> invalid;   // by falling number of pixels
};

struct Totals {
  Histogram in_files{}, pixels{}, images{};  // before the label map; after it
  Histogram pixels_of_images{};              // that show the value: those of classes
  std::size_t num_known = 0;                 // samples

  void add(const LabelFacts& facts, std::int64_t pixels_of_classes) {
    for (std::size_t value = 0; value < 256; ++value) {
      in_files[value] += facts.in_files[value];
      pixels[value] += facts.classes[value];
      images[value] += facts.classes[value] > 0 ? 1 : 0;
      pixels_of_images[value] += facts.classes[value] > 0 ? pixels_of_classes : 0;
    }
  }
  void add(const Totals& other) {
    for (std::size_t value = 0; value < 256; ++value) {
      in_files[value] += other.in_files[value];
      pixels[value] += other.pixels[value];
      images[value] += other.images[value];
      pixels_of_images[value] += other.pixels_of_images[value];
    }
    num_known += other.num_known;
  }
};

// For their memory.
struct Buffers {
  EncodedSample encoded;
  LabelMap label;
};

class Scanner {
 public:
  Scanner(const Dataset& dataset, const ScanOptions& options)
      : dataset_(dataset), options_(options), ignore_(dataset.traits().ignore_label), findings_(dataset.size()) {}

  ScanReport run() {
    const std::size_t tasks = (dataset_.size() + kSamplesPerTask - 1) / kSamplesPerTask;
    parallel_for_each(tasks, options_.threads, [&](std::size_t task) { look_at(task); });
    return report();
  }

 private:
  bool is_valid(std::size_t value) const noexcept {
    return value == ignore_ || static_cast<std::int64_t>(value) < options_.num_classes;
  }

  std::int64_t pixels_of_classes(const LabelFacts& facts) const {
    std::int64_t pixels = 0;
    for (std::size_t value = 0; value < static_cast<std::size_t>(options_.num_classes); ++value)
      pixels += value == ignore_ ? 0 : facts.classes[value];
    return pixels;
  }

  void look_at(std::size_t task) {
    Buffers buffers;
    Totals totals;
    const std::size_t first = task * kSamplesPerTask, end = std::min(dataset_.size(), first + kSamplesPerTask);
    for (std::size_t i = first; i < end; ++i) {
      LabelFacts facts;
      if (recall(i, facts))
        ++totals.num_known;
      else if (!collect_problems(findings_[i].failures, [&] { facts = read(i, buffers); }))
        continue;
      findings_[i].layout = {facts.height, facts.width, dataset_.traits().channels, dataset_.traits().type};
      totals.add(facts, pixels_of_classes(facts));
    }
    const std::lock_guard lock(mutex_);
    totals_.add(totals);
    done_ += end - first;
    if (options_.progress) options_.progress(done_);
  }

  // Where a value is out of range nobody remembers: such a sample is read again.
  bool recall(std::size_t i, LabelFacts& facts) const {
    if (options_.record == nullptr) return false;
    const auto known = options_.record->labels(i);
    if (!known) return false;
    for (std::size_t value = 0; value < 256; ++value)
      if (known->classes[value] > 0 && !is_valid(value)) return false;
    facts = *known;
    return true;
  }

  LabelFacts read(std::size_t i, Buffers& buffers) {
    auto& [encoded, label] = buffers;
    dataset_.fetch_label(i, encoded);
    LabelFacts facts{.height = encoded.layout.height, .width = encoded.layout.width};
    dataset_.decode_label_values(i, encoded, whole(encoded.layout), label);
    facts.in_files = histogram_of(label);
    dataset_.map_label(i, label);
    facts.classes = histogram_of(label);
    findings_[i].invalid = invalid_in(label, facts.classes);
    if (options_.record != nullptr) options_.record->keep(i, facts);
    return facts;
  }

  std::vector<Invalid> invalid_in(const LabelMap& label, const Histogram& counts) const {
    std::vector<Invalid> found;
    for (std::size_t value = 0; value < 256; ++value) {
      if (counts[value] == 0 || is_valid(value)) continue;
      const auto values = label.values();
      const std::int64_t at = std::ranges::find(values, static_cast<std::uint8_t>(value)) - values.begin();
      found.push_back({.value = static_cast<int>(value),
                       .pixels = counts[value],
                       .y = at / label.width(),
                       .x = at % label.width()});
    }
    std::ranges::stable_sort(found, std::greater<>(), &Invalid::pixels);
    return found;
  }

  std::string text_of(const std::vector<Invalid>& invalid) const {
    const Invalid& worst = invalid.front();
    const bool is_mapped = dataset_.traits().label_map != "none";
    std::string text = (is_mapped ? "mapped label " : "label ") + std::to_string(worst.value) + " in " +
                       std::to_string(worst.pixels) +
                       (worst.pixels == 1 ? " pixel, at row " : " pixels, the first at row ") +
                       std::to_string(worst.y) + ", column " + std::to_string(worst.x);
    if (invalid.size() > 1) {
      text += "; also";
      for (std::size_t k = 1; k < std::min(invalid.size(), kValuesShown); ++k)
        text += (k > 1 ? ", " : " ") + std::to_string(invalid[k].value);
      if (invalid.size() > kValuesShown) text += " and " + counted(invalid.size() - kValuesShown, "other");
    }
    return text + "; but n_cats = " + std::to_string(options_.num_classes) + " allows 0 to " +
           std::to_string(options_.num_classes - 1) + " and lb_ignore = " + std::to_string(ignore_);
  }

  LabelEvidence evidence() const {
    return {.in_files = totals_.in_files,
            .classes = totals_.pixels,
            .num_classes = options_.num_classes,
            .ignore_label = ignore_,
            .label_map = dataset_.traits().label_map};
  }

  ScanReport report() {
    ScanReport report;
    report.samples = dataset_.size();
    report.num_known = totals_.num_known;
    ProblemList problems(where(), options_.problems_in_full);
    std::optional<std::string> remedy;
    const bool skips = warn_of_skipped(report);
    for (std::size_t i = 0; i < findings_.size(); ++i) {
      const Finding& finding = findings_[i];
      if (!skips)
        for (const Problem& failure : finding.failures) problems.add("samples whose files cannot be used", failure);
      if (!finding.invalid.empty()) {
        if (!remedy) remedy = remedy_for_values(evidence());
        problems.add("label files with values out of range",
                     {.where = dataset_.label_name(i), .what = text_of(finding.invalid), .remedy = *remedy});
      }
      if (!finding.failures.empty() || !finding.invalid.empty()) ++report.bad_samples;
      if (finding.failures.empty()) note_size(finding.layout, report);
    }
    count_classes(report);
    check_balance(report, problems);
    report.problems = problems.result();
    return report;
  }

  std::string where() const { return options_.split == Split::train ? "the training data" : "the validation data"; }

  // Whether all samples that cannot be used may be passed over.
  bool warn_of_skipped(ScanReport& report) const {
    const auto failed = [](const Finding& finding) { return !finding.failures.empty(); };
    const auto count = std::ranges::count_if(findings_, failed);
    if (count == 0 || count > options_.may_skip) return false;
    const Problem& first = std::ranges::find_if(findings_, failed)->failures.front();
    report.warnings.push_back({.where = where(),
                               .what = std::to_string(count) + " of " + std::to_string(findings_.size()) +
                                       " samples cannot be used and will be skipped; the first: " + first.where + ": " +
                                       first.what,
                               .remedy = first.remedy});
    return true;
  }

  static void note_size(const ImageLayout& layout, ScanReport& report) {
    const auto pixels = [](const ImageLayout& of) { return of.height * of.width; };
    if (report.smallest.height == 0 || pixels(layout) < pixels(report.smallest)) report.smallest = layout;
    if (pixels(layout) > pixels(report.largest)) report.largest = layout;
  }

  void count_classes(ScanReport& report) const {
    report.classes.resize(static_cast<std::size_t>(options_.num_classes));
    std::int64_t counted = 0;
    for (std::size_t value = 0; value < 256; ++value) {
      const std::int64_t pixels = totals_.pixels[value];
      if (value == ignore_) {
        report.ignored_pixels = pixels;
      } else if (value < report.classes.size()) {
        report.classes[value] = {.pixels = pixels,
                                 .images = totals_.images[value],
                                 .pixels_of_images = totals_.pixels_of_images[value],
                                 .share = 0};
        counted += pixels;
      } else {
        report.invalid_pixels += pixels;
      }
    }
    if (counted == 0) return;
    for (ClassCount& count : report.classes)
      count.share = static_cast<double>(count.pixels) / static_cast<double>(counted);
  }

  // Labels that are all in range and still teach nothing.
  void check_balance(ScanReport& report, ProblemList& problems) const {
    if (problems.empty()) {
      if (const auto mistake = mistake_in(evidence(), options_.split))
        return problems.add("", {.where = where(), .what = mistake->what, .remedy = mistake->remedy});
    }
    if (options_.split == Split::train) warn_of_absent(report);
  }

  // Of what could be looked at, if that was something.
  void warn_of_absent(ScanReport& report) const {
    if (std::ranges::all_of(report.classes, [](const ClassCount& count) { return count.pixels == 0; })) return;
    std::vector<std::string> absent;
    for (std::size_t k = 0; k < report.classes.size(); ++k)
      if (k != ignore_ && report.classes[k].pixels == 0) absent.push_back(class_text(k));
    if (!absent.empty())
      report.warnings.push_back({.where = where(),
                                 .what = std::to_string(absent.size()) + " of " + std::to_string(options_.num_classes) +
                                         " classes " + (absent.size() == 1 ? "has" : "have") +
                                         " no pixel: " + joined(absent, ", "),
                                 .remedy = "check n_cats and label_map; a class that is never seen is never learned"});
  }

  std::string class_text(std::size_t k) const {
    const auto& names = dataset_.traits().class_names;
    return k < names.size() ? names[k] : std::to_string(k);
  }

  const Dataset& dataset_;
  const ScanOptions& options_;
  const std::size_t ignore_;
  std::vector<Finding> findings_;  // each written by one thread
  std::mutex mutex_;
  Totals totals_;
  std::size_t done_ = 0;
};

}  // namespace

ScanReport scan_labels(const Dataset& dataset, const ScanOptions& options) { return Scanner(dataset, options).run(); }

}  // namespace seg
