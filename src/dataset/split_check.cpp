// SPDX-License-Identifier: Apache-2.0
#include "dataset/split_check.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "dataset/image_moments.h"

namespace seg {
namespace {

// How far the config's statistics may be from the images' before it is worth a word: BatchNorm makes up for the rest.
constexpr double kMeanTolerance = 0.1;
constexpr double kDeviationRatio = 1.5;

std::string where_of(Split split) { return split == Split::train ? "the training data" : "the validation data"; }

bool same(const Problem& a, const Problem& b) { return a.where == b.where && a.what == b.what; }

// The label scan has met missing files already.
void add_new(const std::vector<Problem>& problems, std::vector<Problem>& to) {
  for (const Problem& problem : problems)
    if (std::ranges::none_of(to, [&](const Problem& known) { return same(known, problem); })) to.push_back(problem);
}

std::vector<Problem> tiny_classes(const Dataset& dataset, const ScanReport& labels, Split split) {
  const auto& names = dataset.traits().class_names;
  std::vector<std::string> tiny;
  for (std::size_t k = 0; k < labels.classes.size(); ++k) {
    const ClassCount& count = labels.classes[k];
    if (count.pixels == 0 || (count.share >= kTinyShare && count.images >= kFewImages)) continue;
    tiny.push_back((k < names.size() ? names[k] : std::to_string(k)) + " (" + percent(count.share, 3) +
                   " % of the pixels, " + std::to_string(count.images) + (count.images == 1 ? " image)" : " images)"));
  }
  if (tiny.empty()) return {};
  return {{.where = where_of(split),
           .what = (tiny.size() == 1 ? "a class has few pixels or images: " : "classes have few pixels or images: ") +
                   joined(tiny, ", "),
           .remedy = "more images that show them, or a label_map that joins them with others"}};
}

bool is_far(const DatasetTraits& traits, const ImageScan& images) {
  for (std::size_t c = 0; c < images.mean.size(); ++c) {
    const double ratio = images.deviation[c] / traits.std[c];
    if (std::abs(images.mean[c] - traits.mean[c]) > kMeanTolerance || ratio > kDeviationRatio ||
        ratio < 1 / kDeviationRatio)
      return true;
  }
  return false;
}

std::vector<Problem> foreign_statistics(const Dataset& dataset, const ImageScan& images) {
  const DatasetTraits& traits = dataset.traits();
  if (images.mean.size() != traits.mean.size() || !is_far(traits, images)) return {};
  return {{.where = "mean",
           .what = "mean and std are " + list_text(traits.mean) + " and " + list_text(traits.std) +
                   ", but those of the images are " + list_text(images.mean) + " and " + list_text(images.deviation),
           .remedy = "mean=" + list_text(images.mean) + " std=" + list_text(images.deviation)}};
}

}  // namespace

SplitCheck check_split(const Dataset& dataset, const SplitCheckOptions& options) {
  const auto progress_of = [&](std::string_view what) -> std::function<void(std::size_t)> {
    if (!options.progress) return {};
    return [&options, what](std::size_t done) { options.progress(what, done); };
  };
  SplitCheck check;
  check.labels = scan_labels(dataset, {.num_classes = options.num_classes,
                                       .split = options.split,
                                       .may_skip = options.may_skip,
                                       .threads = options.threads,
                                       .record = options.record,
                                       .progress = progress_of("labels")});
  check.images =
      scan_images(dataset, {.threads = options.threads, .record = options.record, .progress = progress_of("images")});
  check.problems = check.labels.problems;
  check.warnings = check.labels.warnings;
  if (options.may_skip == 0) add_new(check.images.problems, check.problems);
  if (options.may_skip > 0) add_new(check.images.problems, check.warnings);
  add_new(repeated_images({dataset, check.images}, where_of(options.split)), check.warnings);
  if (options.split == Split::train) {
    add_new(tiny_classes(dataset, check.labels, options.split), check.warnings);
    add_new(foreign_statistics(dataset, check.images), check.warnings);
  }
  return check;
}

}  // namespace seg
