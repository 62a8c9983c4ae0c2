// SPDX-License-Identifier: Apache-2.0
// Lines as a run writes them into metrics.jsonl, for tests of what is made of them.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace seg::testing {

inline std::string line(const nlohmann::ordered_json& record) { return record.dump() + "\n"; }

inline std::string start_line(double time, const nlohmann::ordered_json& more = nlohmann::ordered_json::object()) {
  nlohmann::ordered_json record = {
      {"event", "start"}, {"time", time},   {"run", "run-1"},  {"step", 0},
      {"epoch", 0},       {"host", "here"}, {"device", "cpu"}, {"argv", {"train", "a b.toml"}}};
  record.update(more);
  return line(record);
}

inline std::string step_line(int step, double time, double loss, double images_per_second = 10, double wait = 0.25) {
  return line({{"event", "step"},
               {"time", time},
               {"run", "run-1"},
               {"step", step},
               {"epoch", 0.5},
               {"loss", loss},
               {"losses", {{"logits", loss / 2}, {"aux2", loss / 4}}},
               {"lr", 0.01},
               {"lr_groups", {0.01, 0.1}},
               {"gradient_norm", 2},
               {"images_per_second", images_per_second},
               {"phases", {{"data_wait", wait}, {"forward", 1 - wait}}},
               {"memory", {{"resident_bytes", 1000000000}, {"peak_resident_bytes", 2000000000}}},
               {"skipped", 0}});
}

// Of two classes, by one protocol.
inline std::string evaluation_line(int step, double time, double miou, const char* protocol = "ss") {
  return line({{"event", "eval"},
               {"time", time},
               {"run", "run-1"},
               {"step", step},
               {"protocols",
                {{protocol,
                  {{"miou", miou},
                   {"pixel_accuracy", 0.9},
                   {"macro_f1", 0.7},
                   {"iou", {miou, nullptr}},
                   {"f1", {0.8, nullptr}},
                   {"confusion_matrix", {{90, 10}, {0, 0}}},
                   {"images", 51}}}}},
               {"seconds", 3},
               {"worst", {{{"image", "bad <one>.png"}, {"miou", 0.125}}}}});
}

inline std::string end_line(int step, double time, const char* reason = "finished") {
  return line({{"event", "end"},
               {"time", time},
               {"run", "run-1"},
               {"step", step},
               {"reason", reason},
               {"phases", {{"evaluation", 1.0}}}});
}

}  // namespace seg::testing
