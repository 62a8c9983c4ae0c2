// SPDX-License-Identifier: Apache-2.0
// All metrics beside their published definitions in NumPy (tests/oracles/metrics.py).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "metrics/boundary_scores.h"
#include "tests/metrics/label_maps.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using Json = nlohmann::json;
using testing::random_map;

Json known(double value) { return std::isnan(value) ? Json() : Json(value); }

Json known(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(known(value));
  return list;
}

Json rows_of(const LabelMap& map) {
  Json rows = Json::array();
  for (std::int64_t y = 0; y < map.height(); ++y) rows.push_back(std::vector(map.row(y).begin(), map.row(y).end()));
  return rows;
}

Json found_by_segtrain(const ConfusionMatrix& matrix, const BoundaryCounts& counts) {
  const Metrics metrics = metrics_of(matrix);
  const BoundaryMetrics boundary = metrics_of(counts, AbsentClass::leave_out);
  Json found = {{"iou", known(metrics.iou)},
                {"f1", known(metrics.f1)},
                {"precision", known(metrics.precision)},
                {"recall", known(metrics.recall)},
                {"miou", known(metrics.miou)},
                {"macro_f1", known(metrics.macro_f1)},
                {"mean_accuracy", known(metrics.mean_accuracy)},
                {"fw_miou", known(metrics.fw_miou)},
                {"fw_f1", known(metrics.fw_f1)},
                {"micro_iou", known(metrics.micro_iou)},
                {"micro_f1", known(metrics.micro_f1)},
                {"pixel_accuracy", known(metrics.pixel_accuracy)},
                {"class_boundary_iou", known(boundary.iou)},
                {"boundary_iou", known(boundary.miou)},
                {"class_boundary_f1", known(boundary.f1)},
                {"boundary_f1", known(boundary.mean_f1)},
                {"trimaps", Json::array()},
                {"confusion_matrix", Json::array()}};
  for (const Metrics& of_radius : boundary.trimaps) found["trimaps"].push_back(known(of_radius.miou));
  for (std::int64_t label = 0; label < matrix.num_classes(); ++label)
    for (const std::int64_t count : matrix.row(label)) found["confusion_matrix"].push_back(count);
  return found;
}

// Three images of one shape. A prediction is the label of the same place or one of its own.
Json case_of(const testing::RandomMap& shape, const BoundaryOptions& options, std::uint64_t seed) {
  const auto num_classes = static_cast<std::int64_t>(shape.num_classes) + 1;  // the last one is nowhere
  ConfusionMatrix matrix(num_classes);
  BoundaryScores scores(num_classes, testing::kIgnored, options);
  BoundaryCounts sum;
  Json images = Json::array();
  for (std::uint64_t image = 10 * seed; image < 10 * seed + 3; ++image) {
    const LabelMap labels = random_map(shape, image);
    LabelMap predictions = random_map({shape.height, shape.width, shape.num_classes, 0, shape.block}, image + 1000);
    const LabelMap is_right = random_map({shape.height, shape.width, 2, 0, 3}, image + 2000);
    for (std::size_t i = 0; i < predictions.values().size(); ++i)
      if (is_right.values()[i] != 0 && labels.values()[i] != testing::kIgnored)
        predictions.values()[i] = labels.values()[i];
    matrix.add(labels.values(), predictions.values(), testing::kIgnored);
    sum += scores.count(labels, predictions);
    images.push_back({rows_of(labels), rows_of(predictions)});
  }
  return {{"num_classes", num_classes},
          {"ignore", testing::kIgnored},
          {"band", options.iou_width},
          {"tolerance", options.f1_tolerance},
          {"radii", options.trimap_radii},
          {"images", images},
          {"found", found_by_segtrain(matrix, sum)}};
}

TEST(MetricsInNumPy, EqualTheirDefinitionsInNumPy) {
  if (testing::python().empty()) GTEST_SKIP() << "no SEG_PYTHON";
  Json cases = Json::array();
  std::uint64_t seed = 0;
  for (const testing::RandomMap& shape : testing::shapes_of_maps()) {
    cases.push_back(case_of(shape, {.trimap_radii = {1, 3}}, seed++));
    cases.push_back(case_of(shape, {.iou_width = 0.1, .f1_tolerance = 0.1, .trimap_radii = {0, 5}}, seed++));
  }
  cases.push_back(
      case_of({.height = 61, .width = 83, .num_classes = 5, .ignored_percent = 5, .block = 16}, {}, seed++));
  cases.push_back(case_of({.height = 20, .width = 20, .num_classes = 1}, {}, seed++));
  const testing::TemporaryFolder folder;
  write_file(folder / "cases.json", cases.dump());
  const std::string script = (testing::source_folder() / "tests/oracles/metrics.py").string();
  const std::string command =
      "'" + testing::python().string() + "' '" + script + "' '" + (folder / "cases.json").string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace seg
