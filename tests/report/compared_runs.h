// SPDX-License-Identifier: Apache-2.0
// Runs to compare, for tests.
#pragma once
#include <string>

#include "report/run_comparison.h"
#include "tests/report/run_lines.h"

namespace seg::testing {

// Of 20 steps, with an evaluation at 10 and at 20; `config` as in config.toml.
inline ComparedRun compared_run(const std::string& name, const std::string& config, double miou, double speed = 10,
                                const char* protocol = "ss") {
  ComparedRun run{.name = name, .main_protocol = "ss", .config = kept_config_of(config), .history = {}};
  run.history = history_of(start_line(1000) + step_line(5, 1005, 9, 1) + step_line(10, 1010, 8, speed) +
                               evaluation_line(10, 1011, miou / 2, protocol) + step_line(20, 1020, 4, speed) +
                               evaluation_line(20, 1022, miou, protocol) + end_line(20, 1023),
                           "ss");
  return run;
}

inline std::string config_of(int seed, const std::string& more = {}) {
  return "seed = " + std::to_string(seed) + "\nrespth = \"res/" + std::to_string(seed) + "\"\nn_cats = 2\n" + more;
}

// Two that differ in their seeds alone, one with another rate, one that was evaluated otherwise.
inline RunComparison four_runs() {
  std::vector<ComparedRun> runs;
  runs.push_back(compared_run("a", config_of(1, "lr_start = 0.1\nabsent_class = \"nan\"\n"), 0.5, 10));
  runs.push_back(compared_run("b", config_of(2, "lr_start = 0.1\nabsent_class = \"nan\"\n"), 0.6, 14));
  runs.push_back(compared_run("c", config_of(1, "lr_start = 0.2\nabsent_class = \"nan\"\n"), 0.7, 12));
  runs.push_back(compared_run("<d>&_", config_of(1, "lr_start = 0.2\nabsent_class = \"zero\"\n"), 0.4, 8));
  return RunComparison(std::move(runs));
}

}  // namespace seg::testing
