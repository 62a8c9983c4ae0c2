// SPDX-License-Identifier: Apache-2.0
// `segtrain bench infer`: what its arguments mean.
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/config_arguments.h"
#include "training/bench.h"

namespace seg {

struct Session;

struct InferArguments {
  std::string size{};  // HEIGHTxWIDTH; empty: the config's cropsize, or 512x1024 for a weight file
  std::int64_t images = 1;
};

// The first word is a config, whose network gets its first weights, or a weight file that describes its network.
nlohmann::json bench_infer_of(const ConfigArguments& words, const InferArguments& arguments, const BenchLength& length,
                              Session& session);

}  // namespace seg
