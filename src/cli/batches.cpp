// SPDX-License-Identifier: Apache-2.0
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include "base/counted.h"
#include "cli/command.h"
#include "cli/config_arguments.h"
#include "cli/counts.h"
#include "cli/output_files.h"
#include "cli/tensor_list.h"
#include "config/places.h"
#include "dataset/decoding.h"
#include "engine/batch.h"
#include "loader/loader.h"
#include "loader/sample_cache.h"
#include "telemetry/progress_line.h"
#include "training/settings.h"
#include "training/step.h"
#include "training/weight_file.h"

namespace seg {
namespace {

struct Range {
  std::int64_t first = 1, count = 1;
  std::string file;
  std::shared_ptr<bool> force;
};

// [M,C,H,W] as the network's first node makes it from pixels.
at::Tensor normalized(const at::Tensor& pixels, const Normalization& normalization) {
  const auto per_channel = [](const std::vector<double>& values) {
    return at::tensor(values).to(at::kFloat).view({1, -1, 1, 1});
  };
  const at::Tensor map = pixels.permute({0, 3, 1, 2}).to(at::kFloat) * normalization.scale;
  return ((map - per_channel(normalization.mean)) / per_channel(normalization.deviation)).contiguous();
}

Outcome write_batches(const ResolvedConfig& resolved, const Range& range, Session& session) {
  const std::unique_ptr<Dataset> dataset = open_dataset(resolved.config.dataset, Split::train);
  const RunSettings settings = resolve_settings(resolved.config, *dataset);
  const LoaderConfig& config = resolved.config.loader;
  const std::string text = cache_text(resolved.config.dataset, dataset->traits());
  SampleCache cache(choose_cache_for_one_pass(cache_request(config, resolved.config.dataset.dataset, text)),
                    session.console, progress_until_stopped(session.console, "tidying the cache"));
  LoaderOptions options = loader_options(resolved.config, *dataset, settings);
  options.distances.in_batch |= resolved.config.boundaries.distance_map != "off";
  Loader loader(cache.attach(*dataset, options.distances.of_whole_labels), options, host_memory(), session.console);
  loader.start(range.first);
  std::vector<at::Tensor> images, labels, distances, points;
  for (std::int64_t i = 0; i < range.count; ++i) {
    const HostBatch batch = loader.next();
    const DeviceBatch tensors = to_device(pixels_of(batch), c10::Device(c10::kCPU));
    images.push_back(normalized(tensors.image, normalization_of(settings.card)));
    labels.push_back(tensors.labels.clone());
    if (tensors.distances.defined()) distances.push_back(tensors.distances.clone());
    if (tensors.points.defined()) points.push_back(tensors.points.clone());
  }
  TensorEntries entries;
  entries.add("images", at::cat(images));
  entries.add("labels", at::cat(labels));
  if (!distances.empty()) entries.add("distance", at::cat(distances));
  if (!points.empty()) entries.add("points", at::cat(points));
  write_safetensors(range.file, entries.source(),
                    {{"first_step", std::to_string(range.first)},
                     {"steps", std::to_string(range.count)},
                     {"samples_per_step", std::to_string(settings.samples_per_step)}});
  session.console.info("wrote the batches of " + counted(range.count, "step") + " from step " +
                       std::to_string(range.first) + " to " + range.file);
  return {tensor_list(range.file, entries.heads())};
}

RunCommand declare(CLI::App& app) {
  const auto config = ConfigArguments::add_to(app);
  const auto range = std::make_shared<Range>();
  app.add_option("--first", range->first, "the first optimizer step, from 1")->check(from_one());
  app.add_option("--count", range->count, "the number of steps")->check(from_one());
  app.add_option("--out", range->file, "the file to write")->required()->type_name("F.safetensors");
  range->force = add_force(app);
  return [config, range](Session& session) {
    refuse_to_overwrite({.written = {range->file}, .may_overwrite = *range->force});
    const ResolvedConfig resolved = config->load(Purpose::batches, session);
    return telling_places(resolved, [&] { return write_batches(resolved, *range, session); });
  };
}

}  // namespace

extern const Command batches_command = {"batches", "write the exact images and labels of optimizer steps (for tests)",
                                        declare};

}  // namespace seg
