// SPDX-License-Identifier: Apache-2.0
// `segtrain bench eval`: what its arguments mean, and its table.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/config_arguments.h"
#include "training/bench.h"

namespace seg {

struct Session;

// weights: a file; empty: the config's network with its first weights. length: as of training/bench_eval.h.
nlohmann::json bench_eval_of(const ConfigArguments& words, const std::string& weights, const BenchLength& length,
                             Session& session);

void show_eval(const nlohmann::json& result, Session& session);

}  // namespace seg
