// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <string>

#include "cli/command.h"
#include "cli/config_arguments.h"
#include "config/printer.h"

namespace seg {
namespace {

// What there is to say about a config stands above it as comments, so that the output can be kept as a file. It waits
// until the config is known to be good: of one that is refused nothing is printed.
class CommentLog final : public Log {
 public:
  void write(LogLevel, std::string_view text) override {
    std::string line(text);
    std::ranges::replace(line, '\n', ' ');
    text_ += "# " + line + '\n';
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

RunCommand declare(CLI::App& app) {
  const auto config = ConfigArguments::add_to(app);
  return [config](Session& session) {
    CommentLog comments;
    Log& log = session.json ? static_cast<Log&>(session.console) : comments;
    const ResolvedConfig resolved = config->load(Purpose::show, log);
    if (!session.json) std::cout << comments.text() << config_as_toml(resolved);
    return Outcome{config_as_json(resolved)};
  };
}

}  // namespace

extern const Command config_command = {"config", "print the resolved config as TOML, with where each value came from",
                                       declare};

}  // namespace seg
