// SPDX-License-Identifier: Apache-2.0
#include "evaluation/results.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace seg {
namespace {

using Json = nlohmann::json;

Json known(double value) { return std::isnan(value) ? Json() : Json(value); }

Json known(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(known(value));
  return list;
}

std::string shown(double share) { return std::isnan(share) ? "-" : percent(share, 2); }

Json matrix_rows(const ConfusionMatrix& matrix) {
  Json rows = Json::array();
  for (std::int64_t label = 0; label < matrix.num_classes(); ++label) {
    const auto row = matrix.row(label);
    rows.push_back(std::vector(row.begin(), row.end()));
  }
  return rows;
}

void add_boundary(const ProtocolResult& result, Json& json) {
  for (const char* name : {"boundary_iou", "boundary_f1"}) json[name] = nullptr;
  if (!result.boundary) return;
  const auto& [options, counts] = *result.boundary;
  const BoundaryMetrics metrics = metrics_of(counts, result.absent_class);
  json.update({{"boundary_iou", known(metrics.miou)},
               {"boundary_f1", known(metrics.mean_f1)},
               {"class_boundary_iou", known(metrics.iou)},
               {"class_boundary_f1", known(metrics.f1)},
               {"boundary_iou_width", options.iou_width},
               {"boundary_f1_tolerance", options.f1_tolerance},
               {"trimaps", Json::array()}});
  for (std::size_t i = 0; i < metrics.trimaps.size(); ++i)
    json["trimaps"].push_back({{"radius", options.trimap_radii[i]},
                               {"miou", known(metrics.trimaps[i].miou)},
                               {"iou", known(metrics.trimaps[i].iou)}});
}

std::string class_name(const std::vector<std::string>& names, std::size_t k) {
  return k < names.size() ? names[k] : "class " + std::to_string(k);
}

// What is shown of each class, and the three ways to bring it down to one number.
struct Column {
  std::string head;
  std::vector<double> classes;
  double mean, weighted, of_sums;
};

std::vector<Column> columns_of(const ProtocolResult& result) {
  const Metrics metrics = metrics_of(result);
  const std::string tail = " % " + result.protocol;
  return {{"IoU" + tail, metrics.iou, metrics.miou, metrics.fw_miou, metrics.micro_iou},
          {"F1 (Dice)" + tail, metrics.f1, metrics.macro_f1, metrics.fw_f1, metrics.micro_f1}};
}

const char* mean_row_name(AbsentClass absent) {
  switch (absent) {
    case AbsentClass::leave_out: return "mean of the classes present";
    case AbsentClass::labelled_only: return "mean of the labelled classes";
    case AbsentClass::zero:
    case AbsentClass::reference: return "mean of all classes";
  }
  return "";
}

}  // namespace

Json to_json(const std::vector<ProtocolResult>& results) {
  Json json = Json::object();
  for (const ProtocolResult& result : results) {
    const Metrics metrics = metrics_of(result);
    json[result.protocol] = {{"miou", known(metrics.miou)},
                             {"micro_iou", known(metrics.micro_iou)},
                             {"fw_miou", known(metrics.fw_miou)},
                             {"pixel_accuracy", known(metrics.pixel_accuracy)},
                             {"mean_accuracy", known(metrics.mean_accuracy)},
                             {"macro_f1", known(metrics.macro_f1)},
                             {"micro_f1", known(metrics.micro_f1)},
                             {"fw_f1", known(metrics.fw_f1)},
                             {"iou", known(metrics.iou)},
                             {"f1", known(metrics.f1)},
                             {"dice", known(metrics.f1)},
                             {"precision", known(metrics.precision)},
                             {"recall", known(metrics.recall)},
                             {"confusion_matrix", matrix_rows(result.matrix)},
                             {"images", result.images}};
    add_boundary(result, json[result.protocol]);
  }
  return json;
}

TableRows class_table(const std::vector<ProtocolResult>& results, const std::vector<std::string>& class_names) {
  TableRows rows = {{"class", "share %"}};
  if (results.empty()) return rows;
  const std::vector<double> shares = metrics_of(results.front()).share;
  for (std::size_t k = 0; k < shares.size(); ++k) rows.push_back({class_name(class_names, k), shown(shares[k])});
  rows.push_back({mean_row_name(results.front().absent_class), ""});
  rows.push_back({"weighted by share", ""});
  rows.push_back({"all pixels", ""});
  for (const ProtocolResult& result : results)
    for (const Column& column : columns_of(result)) {
      auto row = rows.begin();
      row++->push_back(column.head);
      for (const double value : column.classes) row++->push_back(shown(value));
      for (const double value : {column.mean, column.weighted, column.of_sums}) row++->push_back(shown(value));
    }
  return rows;
}

TableRows boundary_table(const std::vector<ProtocolResult>& results, const std::vector<std::string>& class_names) {
  TableRows rows;
  for (const ProtocolResult& result : results) {
    if (!result.boundary) continue;
    const BoundaryMetrics metrics = metrics_of(result.boundary->counts, result.absent_class);
    if (rows.empty()) {
      rows.push_back({"boundaries"});
      for (std::size_t k = 0; k < metrics.iou.size(); ++k) rows.push_back({class_name(class_names, k)});
      rows.push_back({"mean"});
    }
    rows.front().insert(rows.front().end(), {"IoU % " + result.protocol, "F1 % " + result.protocol});
    for (std::size_t k = 0; k < metrics.iou.size(); ++k)
      rows[k + 1].insert(rows[k + 1].end(), {shown(metrics.iou[k]), shown(metrics.f1[k])});
    rows.back().insert(rows.back().end(), {shown(metrics.miou), shown(metrics.mean_f1)});
  }
  return rows;
}

TableRows overall_table(const std::vector<ProtocolResult>& results) {
  TableRows rows = {{"overall"}, {"pixel accuracy"}, {"mean accuracy of classes"}};
  if (!results.empty() && results.front().boundary)
    for (const double radius : results.front().boundary->options.trimap_radii)
      rows.push_back({"mean IoU within " + shortest(radius) + " px of boundaries"});
  for (const ProtocolResult& result : results) {
    const Metrics metrics = metrics_of(result);
    auto row = rows.begin();
    row++->push_back("% " + result.protocol);
    row++->push_back(shown(metrics.pixel_accuracy));
    row++->push_back(shown(metrics.mean_accuracy));
    if (!result.boundary) continue;
    for (const Metrics& trimap : metrics_of(result.boundary->counts, result.absent_class).trimaps)
      row++->push_back(shown(trimap.miou));
  }
  return rows;
}

}  // namespace seg
