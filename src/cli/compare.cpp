// SPDX-License-Identifier: Apache-2.0
#include <CLI/Error.hpp>  // Validators.hpp forgets it
#include <CLI/Validators.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "report/comparison_page.h"
#include "report/comparison_tables.h"
#include "report/run_comparison.h"

namespace seg {
namespace {

using Json = nlohmann::json;

Json known(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json figures_of(const BestFigures& best) {
  Json json = {{"step", best.step}};
  for (const auto& [name, value] : best.facts->figures) json[name] = value;
  return json;
}

Json run_json(const RunComparison& comparison, std::size_t i) {
  const ComparedRun& run = comparison.runs()[i];
  const RunHistory& history = run.history;
  const SpeedFacts speed = speed_of(history);
  Json json = {
      {"name", run.name},
      {"reason", history.end_reason()},
      {"steps", std::isfinite(history.last_step()) ? history.last_step() : 0},
      {"loss", history.steps.empty() ? Json() : known(history.steps.back().loss)},
      {"seconds", history.seconds()},
      {"images_per_second", {{"median", known(speed.median)}, {"p10", known(speed.low)}, {"p90", known(speed.high)}}},
      {"phases", Json::object()},
      {"best", Json::object()}};
  for (std::size_t k = 0; k < kNumPhases; ++k)
    json["phases"][std::string(kPhaseNames[k])] = history.phases.share(static_cast<Phase>(k));
  for (const ProtocolComparison& protocol : comparison.protocols())
    for (const BestFigures& best : protocol.runs)
      if (best.run == i) json["best"][protocol.protocol] = figures_of(best);
  return json;
}

Json group_json(const RunComparison& comparison, const std::vector<std::size_t>& members) {
  Json json = {{"runs", Json::array()}, {"miou", Json::object()}};
  std::vector<double> speeds;
  for (const std::size_t i : members) {
    json["runs"].push_back(comparison.runs()[i].name);
    speeds.push_back(speed_of(comparison.runs()[i].history).median);
  }
  const auto mean_json = [](const std::vector<double>& values) {
    const auto mean = mean_of(values);
    return mean ? Json{{"mean", mean->mean}, {"deviation", mean->deviation}, {"count", mean->count}} : Json();
  };
  json["images_per_second"] = mean_json(speeds);
  for (const ProtocolComparison& protocol : comparison.protocols()) {
    std::vector<double> values;
    for (const BestFigures& best : protocol.runs)
      if (std::ranges::count(members, best.run) != 0) values.push_back(best.facts->figure("miou"));
    if (values.size() == members.size()) json["miou"][protocol.protocol] = mean_json(values);
  }
  return json;
}

Json to_json(const RunComparison& comparison) {
  Json json = {{"runs", Json::array()},
               {"differences", Json::object()},
               {"protocols", Json::array()},
               {"groups", Json::array()}};
  for (std::size_t i = 0; i < comparison.runs().size(); ++i) json["runs"].push_back(run_json(comparison, i));
  for (const DifferentKey& difference : comparison.differences())
    json["differences"][difference.key] = difference.values;
  for (const ProtocolComparison& protocol : comparison.protocols()) {
    Json one = {{"protocol", protocol.protocol}, {"conditions", Json::object()}, {"runs", Json::array()}};
    for (const auto& [key, value] : protocol.conditions) one["conditions"][key] = value;
    for (const BestFigures& best : protocol.runs) one["runs"].push_back(comparison.runs()[best.run].name);
    json["protocols"].push_back(std::move(one));
  }
  for (const auto& members : comparison.seed_groups()) json["groups"].push_back(group_json(comparison, members));
  return json;
}

void print(const RunComparison& comparison, const std::string& format, Session& session) {
  if (session.json || format == "text") {
    for (const ComparisonTable& table : tables_of(comparison)) {
      session.console.heading(table.title);
      session.console.table(table.rows);
    }
  } else if (format == "csv") {
    std::cout << to_csv(comparison);
  } else if (format == "latex") {
    std::cout << to_latex(tables_of(comparison));
  } else {
    std::cout << comparison_page(comparison);
  }
}

RunCommand declare(CLI::App& app) {
  const auto folders = std::make_shared<std::vector<std::string>>();
  app.add_option("RUN", *folders, "run folders")->required();
  const auto format = std::make_shared<std::string>("text");
  app.add_option("--format", *format, "what is printed; html is a page that stands alone, with curves")
      ->check(CLI::IsMember({"text", "csv", "latex", "html"}))
      ->capture_default_str();
  return [folders, format](Session& session) {
    const std::vector<std::filesystem::path> paths(folders->begin(), folders->end());
    const RunComparison comparison = read_runs(paths);
    print(comparison, *format, session);
    return Outcome{to_json(comparison)};
  };
}

}  // namespace

extern const Command compare_command = {"compare", "runs side by side: keys that differ, best metrics, speed", declare};

}  // namespace seg
