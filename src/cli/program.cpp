// SPDX-License-Identifier: Apache-2.0
#include "cli/program.h"

#include <poll.h>
#include <unistd.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/machine.h"
#include "base/signals.h"
#include "base/slow_files.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/problem_text.h"
#include "engine/device.h"
#include "training/out_of_memory.h"
#include "training/settings.h"

namespace seg {
namespace {

struct GlobalFlags {
  bool json = false, quiet = false, verbose = false;
};

void add_global_flags(CLI::App& app, GlobalFlags& flags) {
  app.add_flag("--json", flags.json, "print one JSON document on standard output, all text on standard error");
  app.add_flag("--quiet", flags.quiet, "print only warnings and errors");
  app.add_flag("--verbose", flags.verbose, "print details");
}

std::string version_text() {
  return "segtrain " + std::string(version()) + " (" + std::string(commit()) + ", " + std::string(build_type()) + ", " +
         std::string(compiler()) + ", LibTorch " + torch_version() + ")";
}

ConsoleOptions console_for(const GlobalFlags& flags) {
  ConsoleOptions options = console_options(flags.json ? stderr : stdout);
  if (flags.verbose) options.lowest = LogLevel::verbose;
  if (flags.quiet) options.lowest = LogLevel::warning;
  return options;
}

void print_problems(const std::vector<Problem>& problems) { std::cerr << problems_text(problems); }

// Where memory ran out and nobody has told what that means there, it is told here with what bounds it.
Outcome run_in_memory(const RunCommand& run, Session& session) {
  try {
    return run(session);
  } catch (const std::exception& error) {
    if (!is_out_of_memory(error)) throw;
    const std::string command = session.arguments.empty() ? std::string() : " " + session.arguments.front();
    throw OutOfMemory(out_of_memory_problem(error, "running segtrain" + command, session.memory));
  }
}

int run_command(const RunCommand& run, const GlobalFlags& flags, std::vector<std::string> arguments) {
  try {
    bound_vector_kernels();
    // Of the machine's processors this process may use only a part. Commands with a config say more.
    set_up_torch({}, usable_processors());
    Console console(console_for(flags));
    tell_read_delay(std::getenv(kReadDelayVariable), console);
    Session session{.console = console, .json = flags.json, .arguments = std::move(arguments)};
    const Outcome outcome = run_in_memory(run, session);
    if (flags.json)
      std::cout << outcome.result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
    // As an error, so that whoever watches problems sees those that are told beside a result, too.
    if (!outcome.problems.empty()) print_problems(UserError(outcome.problems).problems());
    return outcome.exit_code;
  } catch (const OutOfMemory& error) {
    print_problems(error.problems());
    return kExitOutOfMemory;
  } catch (const UserError& error) {
    print_problems(error.problems());
    return kExitUser;
  } catch (const StopRequested&) {
    std::cerr << "stopped\n";
    return kExitStopped;
  } catch (const std::exception& error) {
    std::cerr << "error: segtrain failed\n  what: " << error.what()
              << "\n  try:  the same command again; if it fails again this is a bug: report it with the output of "
                 "`segtrain info`\n";
    return kExitFailed;
  }
}

// Text that waits in memory meets a full disk only now.
bool output_has_arrived() {
  std::cout.flush();
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good();
}

bool reader_has_gone() {
  pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

// The exit code once all is printed: a result that was lost is no success. Who closes a pipe early has read enough of
// the text for people, though not of a JSON document.
int after_printing(int code, bool is_json) {
  errno = 0;
  if (output_has_arrived()) return code;
  const int error = errno;
  if (!is_json && reader_has_gone()) return code;
  std::cerr << "error: standard output\n  what: what was printed could not all be written"
            << (error == 0 ? std::string() : ": " + std::generic_category().message(error))
            << "\n  try:  free some space on its disk, or send it elsewhere; files of a run folder are not concerned\n";
  return code == kExitDone ? kExitFailed : code;
}

int run_words(int argc, char** argv, GlobalFlags& flags) {
  CLI::App app("Trains real-time semantic-segmentation networks.", "segtrain");
  app.set_version_flag("--version", version_text);
  app.require_subcommand(0, 1);
  std::map<CLI::App*, RunCommand> runs;
  for (const Command* command : commands()) {
    CLI::App* const sub = app.add_subcommand(std::string(command->name), std::string(command->summary));
    add_global_flags(*sub, flags);
    sub->set_version_flag("--version", version_text);
    runs[sub] = command->declare(*sub);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);  // help, version
    std::string command = "segtrain";
    for (const Command* known : commands())
      if (argc > 1 && known->name == argv[1]) command += " " + std::string(known->name);
    print_problems({{command, error.what(), command + " --help"}});
    return kExitUser;
  }
  if (app.get_subcommands().empty()) {
    std::cout << app.help();
    return kExitUser;
  }
  return run_command(runs.at(app.get_subcommands().front()), flags, {argv + 1, argv + argc});
}

}  // namespace

int run_program(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // who reads the text may leave at any time, before a run begins, too
  GlobalFlags flags;
  const int code = run_words(argc, argv, flags);
  return after_printing(code, flags.json);
}

}  // namespace seg
