// SPDX-License-Identifier: Apache-2.0
// From a file, a preset and KEY=VALUE texts to one checked Config that knows where each of its values came from.
//
// Defaults < preset < file < command line; but where the command line asks for the preset and the file spells all keys,
// those that it gives their defaults follow it. All problems are found before one UserError is thrown with them.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "config/config.h"

namespace seg {

enum class OriginKind : std::uint8_t { standard, preset, file, command_line, automatic };
struct Origin {
  OriginKind kind = OriginKind::standard;
  std::string text = "default";  // "my.toml:12", "preset fast", "command line", "auto: 2 usable processors"
};

struct ResolvedConfig {
  Config config;
  std::map<std::string, Origin, std::less<>> origins;  // of every key

  // Gives a key the value that the start of the run found, written as on the command line, and the reason. A value that
  // the key has already keeps its origin.
  void settle(std::string_view key, const std::string& value, const std::string& reason);
};

enum class Purpose : std::uint8_t {
  show,      // nothing has to be there
  batches,   // what makes batches; its values that cannot be honoured are refused, as below
  evaluate,  // network, data and evaluation
  step,      // all that a training step depends on
  train      // everything, and how long to train must be said
};

struct ConfigRequest {
  std::optional<std::filesystem::path> file = {};
  std::vector<std::string> overrides = {};  // KEY=VALUE; a later one wins
  Purpose purpose = Purpose::step;
  bool ignore_unknown = false;  // private keys of a fork pass, named once
};

ResolvedConfig load_config(const ConfigRequest& request, Log& log);

// What a resumed run must not change: the texts of all keys whose effect is statistical or learned.
std::map<std::string, std::string> learned_values(const Config& config);

}  // namespace seg
