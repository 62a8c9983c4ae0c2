// SPDX-License-Identifier: Apache-2.0
// The config that the doctor proposes, as TOML: with the evidence as comments, and each changed key's origin.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "config/resolve.h"
#include "doctor/tuning.h"

namespace seg {

// Keys that change say so, and where their value was from before.
ResolvedConfig tuned_config(ResolvedConfig config, const Change& change);

std::string prescription_text(const ResolvedConfig& config, const Tuning& tuning);

// The members findings, tuned, before, after, phases and speedup of the contract.
nlohmann::json to_json(const Tuning& tuning);

}  // namespace seg
