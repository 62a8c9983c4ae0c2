// SPDX-License-Identifier: Apache-2.0
#include "evaluation/image_scores.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/file.h"
#include "base/text.h"

namespace seg {
namespace {

std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string cell(double share) { return std::isnan(share) ? std::string() : shortest(share); }

std::string line(const std::vector<std::string>& cells) { return joined(cells, ",") + "\n"; }

}  // namespace

ImageScore score_of(std::size_t index, std::string image, const ConfusionMatrix& matrix) {
  return {.index = index, .image = std::move(image), .metrics = metrics_of(matrix), .valid_pixels = matrix.total()};
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
  const std::size_t num_classes = scores.empty() ? class_names.size() : scores.front().metrics.iou.size();
  std::vector<std::string> head = {"image", "miou", "pixel_accuracy"};
  for (std::size_t k = 0; k < num_classes; ++k)
    head.push_back(cell("iou " + (k < class_names.size() ? class_names[k] : "class " + std::to_string(k))));
  head.emplace_back("valid_pixels");
  std::string table = line(head);
  for (const ImageScore& score : scores) {
    std::vector<std::string> row = {cell(score.image), cell(score.metrics.miou), cell(score.metrics.pixel_accuracy)};
    for (const double iou : score.metrics.iou) row.push_back(cell(iou));
    row.push_back(std::to_string(score.valid_pixels));
    table += line(row);
  }
  write_file(path, table);
}

}  // namespace seg
