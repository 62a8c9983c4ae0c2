// SPDX-License-Identifier: Apache-2.0
// The arguments `CONFIG [KEY=VALUE ...]` that most commands take.
#pragma once
#include <CLI/App.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/resolve.h"

namespace seg {

struct Session;

class ConfigArguments {
 public:
  // Adds them to a command. The result is filled when the command line is parsed.
  static std::shared_ptr<ConfigArguments> add_to(CLI::App& app);

  ResolvedConfig load(Purpose purpose, Log& log) const;
  ResolvedConfig load(Purpose purpose, Session& session) const;  // which keeps what errors need of it
  // With defaults in place of a file; the first `skipped` words are not for the config.
  ResolvedConfig load_without_file(Purpose purpose, Log& log, std::size_t skipped) const;
  std::optional<std::filesystem::path> file() const;  // if one is given
  const std::vector<std::string>& words() const { return words_; }

 private:
  ResolvedConfig resolve(ConfigRequest request, Log& log) const;

  std::vector<std::string> words_;  // the file first, unless it is a KEY=VALUE
  std::string preset_;
  bool ignore_unknown_ = false;
};

}  // namespace seg
