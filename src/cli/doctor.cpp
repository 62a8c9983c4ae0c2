// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/signals.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/config_arguments.h"
#include "cli/doctor_machine.h"
#include "cli/doctor_run.h"
#include "cli/doctor_session.h"
#include "cli/output_files.h"
#include "doctor/prescription.h"

namespace seg {
namespace {

using Json = nlohmann::json;

constexpr double kShortestBudget = 5;

struct DoctorArguments {
  std::shared_ptr<ConfigArguments> config;
  std::string apply, budget = "60s";
  std::shared_ptr<bool> force;
};

// "60s", "2m", "90".
double seconds_of(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string unit = end;
  const double seconds = number * (unit == "m" ? 60 : 1);
  const bool is_time = end != text.c_str() && (unit.empty() || unit == "s" || unit == "m");
  if (!is_time || !(seconds >= kShortestBudget) || !std::isfinite(seconds))
    fail("--budget " + text, "is no time of at least " + fixed(kShortestBudget, 0) + " seconds",
         "--budget 60s, or --budget 2m");
  return seconds;
}

// Of the options that are for a config those that are given, as they are written: "--preset fast".
std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> given;
  for (const char* const name : {"--preset", "--ignore-unknown", "--apply", "--budget", "--force"}) {
    const CLI::Option& option = *app.get_option(name);
    if (option.count() > 0)
      given.push_back(name + (option.get_expected_max() == 0 ? std::string() : " " + option.results().front()));
  }
  return given;
}

Outcome examine_config(const DoctorArguments& arguments, Session& session) {
  const double began = seconds_now(), budget = seconds_of(arguments.budget);
  if (!arguments.apply.empty()) {
    if (std::filesystem::path(arguments.apply).extension() != ".toml")
      fail("--apply " + arguments.apply, "what is written is a config in TOML", "a file whose name ends in .toml");
    OutputFiles files{.written = {arguments.apply}, .may_overwrite = *arguments.force};
    if (const auto file = arguments.config->file()) files.read = {*file};
    refuse_to_overwrite(files);
  }
  const ResolvedConfig resolved = arguments.config->load(Purpose::train, session);
  if (!arguments.apply.empty()) prepare_place_of(arguments.apply);
  install_signal_handlers();
  const std::optional<Diagnosis> diagnosis = diagnose(resolved, budget, session.console);
  if (!diagnosis)
    fail("--budget " + arguments.budget, "is used up before a short run of this config has been measured",
         "--budget 2m, or longer for steps that take long");
  const auto& [tuning, device] = *diagnosis;
  if (!arguments.apply.empty()) {
    write_file(arguments.apply, prescription_text(resolved, tuning));
    session.console.info("written: " + arguments.apply);
  }
  Json json = to_json(tuning);
  json["device"] = device;
  json["config"] = arguments.apply.empty() ? Json() : Json(arguments.apply);
  json["seconds"] = seconds_now() - began;
  return Outcome{json};
}

RunCommand declare(CLI::App& app) {
  auto arguments = std::make_shared<DoctorArguments>();
  arguments->config = ConfigArguments::add_to(app);
  app.add_option("--apply", arguments->apply, "write the config with all that proved faster, and why, to this file")
      ->type_name("FILE");
  app.add_option("--budget", arguments->budget, "how long it may take, about: 60s (the default), 2m")
      ->type_name("TIME");
  arguments->force = add_force(app);
  return [arguments, &app](Session& session) {
    const std::vector<std::string>& words = arguments->config->words();
    const std::vector<std::string> options = options_of(app);
    std::error_code ignored;  // a KEY=VALUE may be longer than any name of a file
    if (words.size() == 1 && std::filesystem::is_directory(words.front(), ignored)) {
      if (!options.empty())
        fail(options.front(), "is for a config: a run that is looked at is not tried",
             "segtrain doctor " + words.front() + "/config.toml " + joined(options, " "));
      return examine_run(words.front(), session);
    }
    if (!words.empty()) return examine_config(*arguments, session);
    if (!options.empty()) fail(options.front(), "there is no config that it could be of", "name a config file first");
    return examine_machine(session);
  };
}

}  // namespace

extern const Command doctor_command = {
    "doctor", "measure, explain, try changes, keep what proves faster; or judge a run folder, or the machine", declare};

}  // namespace seg
