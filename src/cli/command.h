// SPDX-License-Identifier: Apache-2.0
// A command of the program. Each stands in a source of its own in this folder that defines
// `extern const Command <name>_command`; the build makes the table of commands from these lines.
#pragma once
#include <CLI/App.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "config/memory.h"
#include "telemetry/console.h"

namespace seg {

// What every command works with.
struct Session {
  Console& console;  // text for people, and the log
  bool json = false;
  std::vector<std::string> arguments{};  // of the command line, as given, without the program
  MemoryConfig memory{};                 // of the command's config, once it is read: for what is told of memory
};

struct Outcome {
  nlohmann::json result;  // printed alone on standard output with --json
  int exit_code = 0;
  std::vector<Problem> problems{};  // of a part of the work, while the rest was done; printed as errors are
};

// Errors are exceptions: UserError becomes exit code 2.
using RunCommand = std::function<Outcome(Session&)>;

struct Command {
  std::string_view name;
  std::string_view summary;
  RunCommand (*declare)(CLI::App& app);  // adds its arguments to `app`; the result runs once they are parsed
};

std::span<const Command* const> commands();

}  // namespace seg
