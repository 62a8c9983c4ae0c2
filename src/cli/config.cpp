// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "cli/command.h"
#include "cli/config_arguments.h"
#include "config/printer.h"

namespace seg {
namespace {

RunCommand declare(CLI::App& app) {
  const auto config = ConfigArguments::add_to(app);
  return [config](Session& session) {
    const ResolvedConfig resolved = config->load(Purpose::show, session.console);
    if (!session.json) std::cout << config_as_toml(resolved);
    return Outcome{config_as_json(resolved)};
  };
}

}  // namespace

extern const Command config_command = {"config", "print the resolved config as TOML, with where each value came from",
                                       declare};

}  // namespace seg
