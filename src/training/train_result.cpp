// SPDX-License-Identifier: Apache-2.0
#include "training/train_result.h"

#include <utility>

#include "telemetry/metrics_file.h"
#include "training/run_log.h"

namespace seg {
namespace {

using Json = nlohmann::json;

Json member_of_last(const RunFolder& folder, const char* event, const char* member) {
  const std::optional<Json> line = MetricsFile::last(folder.metrics_file(), event);
  return line && line->contains(member) ? line->at(member) : Json();
}

// As eval gives it.
Json last_metrics(const RunFolder& folder) {
  const std::optional<Json> line = MetricsFile::last(folder.metrics_file(), "eval");
  if (!line || !line->contains("protocols")) return nullptr;
  return {{"protocols", line->at("protocols")}, {"seconds", line->value("seconds", Json())}};
}

}  // namespace

TrainResult train_result(const std::string& reason, bool is_complete, const RunFolder& folder, const RunState& state,
                         const std::optional<TrainedPart>& part) {
  Json json = {{"run_folder", folder.path().string()},
               {"reason", reason},
               {"steps", state.step},
               {"images_per_second", part && part->images_per_second ? Json(*part->images_per_second) : Json()},
               {"phases", to_json(part ? part->phases : PhaseSeconds{})},
               {"final", {{"loss", member_of_last(folder, "step", "loss")}}},
               {"best", nullptr},
               {"metrics", last_metrics(folder)},
               {"checkpoints", Json::array()}};
  if (state.best) json["best"] = {{"step", state.best->step}, {"metric", state.best->metric}};
  for (const auto& path : folder.checkpoints()) json["checkpoints"].push_back(path.string());
  return {.reason = reason, .is_complete = is_complete, .json = std::move(json)};
}

}  // namespace seg
