// SPDX-License-Identifier: Apache-2.0
#include "cli/config_arguments.h"

#include "base/error.h"
#include "cli/command.h"

namespace seg {

std::shared_ptr<ConfigArguments> ConfigArguments::add_to(CLI::App& app) {
  auto arguments = std::make_shared<ConfigArguments>();
  app.add_option("CONFIG", arguments->words_,
                 "the config file (TOML, or a BiSeNet config that ends in .py), then KEY=VALUE for what shall differ")
      ->type_name("[KEY=VALUE ...]");
  app.add_option("--preset", arguments->preset_, "fast, low-memory, max or reference; the same as preset=NAME");
  app.add_flag("--ignore-unknown", arguments->ignore_unknown_, "pass over unknown keys of the file, named once");
  return arguments;
}

ResolvedConfig ConfigArguments::load(Purpose purpose, Log& log) const {
  if (words_.empty() && preset_.empty())
    fail("CONFIG", "no config is given", "name a config file, for example configs/camvid.toml");
  if (!file()) return load_without_file(purpose, log, 0);
  return resolve({.file = file(), .overrides = {words_.begin() + 1, words_.end()}, .purpose = purpose}, log);
}

ResolvedConfig ConfigArguments::load(Purpose purpose, Session& session) const {
  ResolvedConfig resolved = load(purpose, session.console);
  session.memory = resolved.config.memory;
  return resolved;
}

std::optional<std::filesystem::path> ConfigArguments::file() const {
  if (words_.empty() || words_.front().find('=') != std::string::npos) return std::nullopt;
  return words_.front();
}

ResolvedConfig ConfigArguments::load_without_file(Purpose purpose, Log& log, std::size_t skipped) const {
  const auto first = words_.begin() + static_cast<std::ptrdiff_t>(skipped);
  return resolve({.file = std::nullopt, .overrides = {first, words_.end()}, .purpose = purpose}, log);
}

ResolvedConfig ConfigArguments::resolve(ConfigRequest request, Log& log) const {
  for (const std::string& word : request.overrides)
    if (word.find('=') == std::string::npos)
      fail(word, "is neither KEY=VALUE nor the first argument",
           "one config file, then KEY=VALUE for what shall differ");
  if (!preset_.empty()) request.overrides.insert(request.overrides.begin(), "preset=" + preset_);
  request.ignore_unknown = ignore_unknown_;
  return load_config(request, log);
}

}  // namespace seg
