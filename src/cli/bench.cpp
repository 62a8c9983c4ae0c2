// SPDX-License-Identifier: Apache-2.0
#include "training/bench.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "cli/allocation_count.h"
#include "cli/bench_eval.h"
#include "cli/bench_infer.h"
#include "cli/command.h"
#include "cli/config_arguments.h"
#include "cli/counts.h"
#include "config/places.h"
#include "training/bench_kernels.h"
#include "training/bench_run.h"

namespace seg {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kImages = 50;  // of infer, whose largest times are of interest

void show(const Json& result, Session& session) {
  session.console.info(fixed(result.at(result.contains("fps") ? "fps" : "images_per_second").get<double>(), 2) +
                       " images/s");
  std::vector<std::vector<std::string>> rows = {{"part", "ms"}};
  for (const auto& [part, milliseconds] : result.at("milliseconds").items())
    rows.push_back({part, fixed(milliseconds.get<double>(), 2)});
  session.console.table(rows);
  for (const char* name : {"peak_bytes", "memory_growth_bytes", "memory_forecast_bytes", "ring_bytes"})
    if (result.contains(name))
      session.console.info(std::string(name) + ": " + bytes_text(result.at(name).get<std::int64_t>()));
  for (const char* name : {"page_faults_per_step", "reads_back_per_step", "allocations_per_sample", "workers"})
    if (result.contains(name)) session.console.info(std::string(name) + ": " + fixed(result.at(name).get<double>(), 1));
}

void show_run(const Json& result, Session& session) {
  session.console.info(fixed(result.at("images_per_second").get<double>(), 2) + " images/s");
  std::vector<std::vector<std::string>> rows = {{"phase", "% of the time"}};
  for (const auto& [phase, share] : result.at("phases").items())
    rows.push_back({phase, percent(share.get<double>(), 1)});
  session.console.table(rows);
}

void show_kernels(const Json& result, Session& session) {
  std::vector<std::vector<std::string>> rows = {
      {"kernel", "input", "in", "layers", "ours ms", "ATen ms", "ratio", "error"}};
  const auto number = [](const Json& kernel, const char* member) { return kernel.at(member).get<double>(); };
  for (const Json& kernel : result.at("kernels"))
    rows.push_back({kernel.at("name").get<std::string>(), kernel.at("shape").get<std::string>(),
                    kernel.at("use").get<std::string>(), std::to_string(kernel.at("layers").get<std::int64_t>()),
                    fixed(number(kernel, "ours_ms"), 2), fixed(number(kernel, "composite_ms"), 2),
                    fixed(number(kernel, "ratio"), 1), fixed(number(kernel, "max_error"), 7)});
  session.console.table(rows);
}

// Of an option that is of other parts.
void refuse_options_of_others(const CLI::App& app, const std::string& part) {
  struct Use {
    const char* option;
    std::vector<std::string> parts;
  };
  const std::vector<Use> uses = {{"--seconds", {"loader", "run"}},
                                 {"--size", {"infer"}},
                                 {"--images", {"infer"}},
                                 {"--evaluate", {"run"}},
                                 {"--weights", {"eval"}}};
  for (const auto& [option, parts] : uses)
    if (app.get_option(option)->count() > 0 && std::ranges::count(parts, part) == 0)
      fail(option, "is of bench " + joined(parts, " and ") + ", not of bench " + part, "leave it out");
}

RunCommand declare(CLI::App& app) {
  const auto part = std::make_shared<std::string>();
  const auto length = std::make_shared<BenchLength>();
  app.add_option("PART", *part,
                 "loader, step, run (both together), kernels, eval or infer (whose CONFIG may be a weight file)")
      ->required();
  const auto config = ConfigArguments::add_to(app);
  const CLI::Option* const steps =
      app.add_option("--steps", length->steps,
                     "steps (images of infer, rounds of kernels, passes of eval) that are counted")
          ->check(from_one());
  app.add_option("--seconds", length->seconds, "of loader and run: go on until this much time has passed")
      ->check(from_zero());
  app.add_option("--warmup", length->warmup, "steps (images of eval) before them")->check(whole_from_zero());
  const auto infer = std::make_shared<InferArguments>();
  app.add_option("--size", infer->size, "of infer: the image's size; else the config's cropsize, 512x1024 of weights")
      ->type_name("HxW");
  app.add_option("--images", infer->images, "of infer: how many are looked at together")->check(from_one());
  const auto evaluates = std::make_shared<bool>(false);
  app.add_flag("--evaluate", *evaluates, "of run: some validation images, too, for what an evaluation will take");
  const auto weights = std::make_shared<std::string>();
  app.add_option("--weights", *weights, "of eval: a weight file; else the config's network with its first weights")
      ->type_name("FILE");
  return [part, length, config, infer, weights, steps, evaluates, &app](Session& session) {
    constexpr std::array<std::string_view, 6> kParts = {"loader", "step", "run", "kernels", "eval", "infer"};
    if (std::ranges::count(kParts, *part) == 0)
      fail("bench " + *part, "there is no such part",
           "bench loader, bench step, bench run, bench kernels, bench eval or bench infer");
    refuse_options_of_others(app, *part);
    if (*part == "eval") {
      if (steps->count() == 0) length->steps = 1;
      const Json result = bench_eval_of(*config, *weights, *length, session);
      show_eval(result, session);
      return Outcome{result};
    }
    if (*part == "infer") {
      if (steps->count() == 0) length->steps = kImages;
      const Json result = bench_infer_of(*config, *infer, *length, session);
      show(result, session);
      return Outcome{result};
    }
    const ResolvedConfig resolved = config->load(*part == "loader" ? Purpose::batches : Purpose::step, session);
    const Json result = telling_places(resolved, [&] {
      if (*part == "kernels") return bench_kernels(resolved.config, length->steps, session.console);
      if (*part == "run")
        return bench_run(resolved.config, {.length = *length, .evaluates = *evaluates}, session.console);
      return *part == "step" ? bench_step(resolved.config, *length, session.console)
                             : bench_loader(resolved.config, *length, num_allocations, session.console);
    });
    if (*part == "kernels")
      show_kernels(result, session);
    else if (*part == "run")
      show_run(result, session);
    else
      show(result, session);
    return Outcome{result};
  };
}

}  // namespace

extern const Command bench_command = {
    "bench", "measure the loader, the step, its kernels, evaluation or inference alone", declare};

}  // namespace seg
