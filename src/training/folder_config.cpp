// SPDX-License-Identifier: Apache-2.0
#include "training/folder_config.h"

#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "config/printer.h"

namespace seg {

bool is_config_of(const RunFolder& folder, const std::optional<std::filesystem::path>& file,
                  const ResolvedConfig& config) {
  std::error_code no_file;
  if (!file || !std::filesystem::equivalent(*file, folder.config_file(), no_file)) return false;
  const ResolvedConfig alone =
      load_config({.file = file, .overrides = {}, .purpose = Purpose::show, .ignore_unknown = true}, silent_log());
  const nlohmann::json before = config_as_json(alone).at("keys"), now = config_as_json(config).at("keys");
  std::vector<std::string> changes;
  for (const auto& [key, value] : now.items())
    if (key != "respth" && before.at(key) != value)
      changes.push_back(key + " is " + before.at(key).dump() + " there, now " + value.dump());
  if (!changes.empty())
    fail(file->string(),
         "is the config of the run in its folder, which other values would change: " + joined(changes, "; "),
         "copy it to a file outside of " + folder.path().string() + " and train with that");
  return true;
}

}  // namespace seg
