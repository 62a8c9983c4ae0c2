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

}  // namespace

Json to_json(const std::vector<ProtocolResult>& results) {
  Json json = Json::object();
  for (const ProtocolResult& result : results) {
    const Metrics metrics = metrics_of(result);
    json[result.protocol] = {{"miou", known(metrics.miou)},
                             {"fw_miou", known(metrics.fw_miou)},
                             {"pixel_accuracy", known(metrics.pixel_accuracy)},
                             {"macro_f1", known(metrics.macro_f1)},
                             {"micro_f1", known(metrics.micro_f1)},
                             {"iou", known(metrics.iou)},
                             {"f1", known(metrics.f1)},
                             {"boundary_iou", nullptr},
                             {"boundary_f1", nullptr},
                             {"images", result.images}};
  }
  return json;
}

TableRows class_table(const std::vector<ProtocolResult>& results, const std::vector<std::string>& class_names) {
  std::vector<Metrics> metrics;
  TableRows rows = {{"class", "share %"}};
  for (const ProtocolResult& result : results) {
    metrics.push_back(metrics_of(result));
    rows.front().push_back("IoU % " + result.protocol);
    rows.front().push_back("F1 % " + result.protocol);
  }
  if (metrics.empty()) return rows;
  const std::size_t num_classes = metrics.front().iou.size();
  for (std::size_t k = 0; k < num_classes; ++k) {
    const std::string name = k < class_names.size() ? class_names[k] : "class " + std::to_string(k);
    std::vector<std::string> row = {name, shown(metrics.front().share[k])};
    for (const Metrics& of_protocol : metrics) {
      row.push_back(shown(of_protocol.iou[k]));
      row.push_back(shown(of_protocol.f1[k]));
    }
    rows.push_back(std::move(row));
  }
  const bool leaves_out = results.front().absent_class == AbsentClass::leave_out;
  std::vector<std::string> means = {leaves_out ? "mean of the classes present" : "mean of all classes", ""};
  std::vector<std::string> weighted = {"weighted by share / all pixels", ""};
  for (const Metrics& of_protocol : metrics) {
    means.push_back(shown(of_protocol.miou));
    means.push_back(shown(of_protocol.macro_f1));
    weighted.push_back(shown(of_protocol.fw_miou));
    weighted.push_back(shown(of_protocol.micro_f1));
  }
  rows.push_back(std::move(means));
  rows.push_back(std::move(weighted));
  return rows;
}

}  // namespace seg
