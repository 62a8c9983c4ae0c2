// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_infer.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/machine.h"
#include "cli/command.h"
#include "config/places.h"
#include "dataset/dataset.h"
#include "evaluation/predictor.h"
#include "loader/thread_shares.h"
#include "training/bench_infer.h"
#include "training/settings.h"
#include "training/weight_file.h"

namespace seg {
namespace {

constexpr std::int64_t kHeight = 512, kWidth = 1024;

bool is_weight_file(const std::filesystem::path& path) {
  const std::string ending = path.extension().string();
  return ending == ".safetensors" || ending == ".pth" || ending == ".pt";
}

void set_size(const InferArguments& arguments, InferenceBench& bench) {
  bench.images = arguments.images;
  if (arguments.size.empty()) return;
  const std::optional<PixelExtent> size = parse_size(arguments.size);
  if (!size)
    fail("--size", "\"" + arguments.size + "\" is not HEIGHTxWIDTH in pixels", "--size 512x1024 (height x width)");
  bench.height = size->height;
  bench.width = size->width;
  bench.size_from = "--size";
}

InferenceBench bench_on_this_machine(const Config& config, ModelCard card) {
  InferenceBench bench;
  bench.card = std::move(card);
  bench.device = choose_device(config.run.device);
  bench.passes = config.model.passes;
  bench.precision =
      choose_precision(precision_request(config.precision), bench.device.device, computes_bf16(bench.device.device));
  set_up_torch(config, share_processors({.usable_processors = usable_processors(),
                                         .computes_on_cpu = bench.device.device.is_cpu(),
                                         .threads = config.run.threads,
                                         .num_workers = 0})
                           .threads);
  return bench;
}

}  // namespace

nlohmann::json bench_infer_of(const ConfigArguments& words, const InferArguments& arguments, const BenchLength& length,
                              Session& session) {
  const std::optional<std::filesystem::path> file = words.file();
  if (file && is_weight_file(*file)) {
    const ResolvedConfig keys = words.load_without_file(Purpose::show, session.console, 1);
    session.memory = keys.config.memory;
    const Weights weights = load_weights(*file);
    InferenceBench bench = bench_on_this_machine(keys.config, weights.card);
    bench.height = kHeight;
    bench.width = kWidth;
    set_size(arguments, bench);
    ParameterStore parameters = inference_parameters(weights, *file, bench.device.device);
    return bench_infer(bench, parameters, length, session.console);
  }
  const ResolvedConfig resolved = words.load(Purpose::evaluate, session);
  return telling_places(resolved, [&] {
    const Config& config = resolved.config;
    const std::unique_ptr<Dataset> dataset = open_dataset(config.dataset, Split::validation);
    InferenceBench bench = bench_on_this_machine(config, resolve_settings(config, *dataset).card);
    bench.size_from = "cropsize";
    bench.height = config.augmentation.cropsize.height;
    bench.width = config.augmentation.cropsize.width;
    set_size(arguments, bench);
    ParameterStore parameters(inference_graph(bench.card, fresh_graph(config, bench.card)),
                              {.device = bench.device.device, .random = false, .gradients = false});
    parameters.initialise(static_cast<std::uint64_t>(config.run.seed));
    return bench_infer(bench, parameters, length, session.console);
  });
}

}  // namespace seg
