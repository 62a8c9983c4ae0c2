// SPDX-License-Identifier: Apache-2.0
// The config.toml of a run folder as it is shown: keys, values as written, and where they came from.
//
// Read line by line as config/printer.h writes them; lines of another form are passed over, and a missing file is an
// empty list: a report must not fail for it. Pure, but for read_kept_config().
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace seg {

struct KeptKey {
  std::string section, key, value;
  std::string origin;  // the comment behind the value: "default", "my.toml:12", "auto: 2 usable processors"

  bool is_default() const noexcept { return origin == "default"; }
};

struct KeptConfig {
  std::vector<KeptKey> keys{};

  std::string value_of(std::string_view key) const;  // as it is written; empty if it is not there
};

// The texts in quotes of a list, as TOML and JSON write it.
std::vector<std::string> quoted_texts(std::string_view list);

// By which evaluations of the run are compared: the first of eval_protocols, and ss where nothing is known.
std::string main_protocol_of(const KeptConfig& config);

KeptConfig kept_config_of(std::string_view text);
KeptConfig read_kept_config(const std::filesystem::path& folder);

}  // namespace seg
