// SPDX-License-Identifier: Apache-2.0
#include "metrics/image_scores.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/csv.h"
#include "base/file.h"
#include "base/text.h"

namespace seg {
namespace {

std::string cell(double share) { return std::isnan(share) ? std::string() : shortest(share); }

std::string line(const std::vector<std::string>& cells) { return joined(cells, ",") + "\n"; }

// The head and the rows of the table are made by the same walk along its columns.
template <class Add>
void add_columns(const ImageScore& score, const std::vector<std::string>& class_names, const Add& add) {
  const auto add_classes = [&](const std::string& what, const std::vector<double>& values) {
    for (std::size_t k = 0; k < values.size(); ++k)
      add(what + ' ' + (k < class_names.size() ? class_names[k] : "class " + std::to_string(k)), cell(values[k]));
  };
  const Metrics& metrics = score.metrics;
  add("image", csv_field(score.image));
  add("miou", cell(metrics.miou));
  add("pixel_accuracy", cell(metrics.pixel_accuracy));
  add("mean_accuracy", cell(metrics.mean_accuracy));
  add("macro_f1", cell(metrics.macro_f1));
  add_classes("iou", metrics.iou);
  add_classes("f1", metrics.f1);
  if (score.boundary) {
    add("boundary_iou", cell(score.boundary->miou));
    add("boundary_f1", cell(score.boundary->mean_f1));
    add_classes("boundary_iou", score.boundary->iou);
    add_classes("boundary_f1", score.boundary->f1);
  }
  add("valid_pixels", std::to_string(score.valid_pixels));
}

}  // namespace

ImageScore score_of(std::size_t index, std::string image, const ImageCounts& counts) {
  ImageScore score{.index = index,
                   .image = std::move(image),
                   .metrics = metrics_of(counts.matrix),
                   .valid_pixels = counts.matrix.total()};
  if (counts.boundary) score.boundary = metrics_of(*counts.boundary, AbsentClass::leave_out);
  return score;
}

std::vector<ImageScore> worst_of(std::span<const ImageScore> scores, std::size_t count) {
  std::vector<ImageScore> worst;
  for (const ImageScore& score : scores)
    if (!std::isnan(score.metrics.miou)) worst.push_back(score);
  std::ranges::stable_sort(worst, {}, [](const ImageScore& score) { return score.metrics.miou; });
  if (worst.size() > count) worst.erase(worst.begin() + static_cast<std::ptrdiff_t>(count), worst.end());
  return worst;
}

void write_scores(const std::filesystem::path& path, std::span<const ImageScore> scores,
                  const std::vector<std::string>& class_names) {
  std::vector<std::string> head;
  const ImageScore of_none =
      score_of(0, "", {.matrix = ConfusionMatrix(static_cast<std::int64_t>(class_names.size()))});
  add_columns(scores.empty() ? of_none : scores.front(), class_names,
              [&](const std::string& name, const std::string&) { head.push_back(csv_field(name)); });
  std::string table = line(head);
  for (const ImageScore& score : scores) {
    std::vector<std::string> row;
    add_columns(score, class_names, [&](const std::string&, std::string value) { row.push_back(std::move(value)); });
    table += line(row);
  }
  write_file(path, table);
}

}  // namespace seg
