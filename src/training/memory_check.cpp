// SPDX-License-Identifier: Apache-2.0
#include "training/memory_check.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/counted.h"
#include "base/error.h"
#include "base/out_of_memory.h"
#include "base/text.h"
#include "config/early_stop_metric.h"
#include "training/memory_bound.h"
#include "training/protocols.h"

namespace seg {
namespace {

constexpr double kClearly = 1.1;

bool is_far_beyond(std::int64_t needed, std::int64_t usable_memory, const Config& config) {
  const double share = binds_memory_limit(config.memory) ? 1.0 : kClearly;
  return static_cast<double>(needed) > share * std::max(static_cast<double>(usable_memory), 1.0);
}

// Where nothing is left to be divided: what is there whatever the batch is, too.
std::string parts_beside_an_image(const Forecast& forecast) {
  return bytes_text(forecast.image_bytes) + ", the network's parameters with gradients and all that trains them " +
         bytes_text(forecast.parameter_bytes) + ", the libraries " + bytes_text(forecast.library_bytes) +
         ", batches and images in preparation " + bytes_text(forecast.loader_bytes + forecast.reader_bytes);
}

bool is_network_the_most(const Forecast& forecast) {
  return forecast.parameter_bytes + forecast.library_bytes > forecast.image_bytes;
}

std::string smaller_image_remedy(const Forecast& forecast) {
  std::string remedy = is_network_the_most(forecast) ? "" : "a smaller cropsize, ";
  if (forecast.bytes_a_reader() > forecast.image_bytes) remedy += "images cut into tiles, ";
  if (!forecast.is_half_precision) remedy += "precision=bf16, ";
  return remedy;
}

std::string single_image_key(const Forecast& forecast) {
  return is_network_the_most(forecast) ? "memory_limit" : "cropsize";
}

Problem single_image_problem(const Forecast& forecast, const std::string& needs, const std::string& anyway,
                             const Config& config) {
  const PixelSize& crop = config.augmentation.cropsize;
  return Problem{
      single_image_key(forecast),
      needs + "a training step on 1 image of " + std::to_string(crop.height) + "x" + std::to_string(crop.width) +
          " takes " + parts_beside_an_image(forecast),
      "a smaller step, or more room for it: " + smaller_image_remedy(forecast) + memory_remedy(config.memory) + anyway};
}

// With how much more would do for steps of single images.
Problem hopeless_problem(const Forecast& forecast, const std::string& needs, const std::string& anyway,
                         std::int64_t usable_memory, const Config& config) {
  const PixelSize& crop = config.augmentation.cropsize;
  return Problem{single_image_key(forecast),
                 needs + "not even a training step on 1 image of " + std::to_string(crop.height) + "x" +
                     std::to_string(crop.width) + " fits: it takes " + parts_beside_an_image(forecast),
                 smaller_image_remedy(forecast) + memory_remedy(config.memory) + " (by " +
                     shortage_text(config.memory, forecast.least_bytes() - usable_memory) + ")" + anyway};
}

Problem step_problem(const Forecast& forecast, const std::string& needs, const std::string& anyway,
                     const Config& config) {
  const PixelSize& crop = config.augmentation.cropsize;
  const std::string splitting =
      config.memory.on_oom == "split" ? "" : "on_oom=split, which makes the same batch of smaller micro-batches; or ";
  return Problem{
      "ims_per_gpu",
      needs + "a training step on " + counted(forecast.step_images, "image") + " of " + std::to_string(crop.height) +
          "x" + std::to_string(crop.width) + " at once takes " + bytes_text(forecast.step_bytes),
      splitting + "a smaller ims_per_gpu (with gradient_accumulation_steps for the same batch) or cropsize" + anyway};
}

Problem reader_problem(const Forecast& forecast, const std::string& needs, const std::string& anyway,
                       const Config& config) {
  return Problem{
      "num_workers",
      needs + counted(forecast.num_readers, "worker") + " with images of " +
          size_text(forecast.largest_image.width, forecast.largest_image.height) + " to be read take " +
          bytes_text(forecast.reader_bytes),
      std::string(forecast.num_readers > 1 ? "a smaller num_workers, " : "") + "images cut into tiles" +
          (config.loader.cache == "off" ? "" : ", or cache=off, with which only what a crop needs is decoded") +
          anyway};
}

Problem evaluation_problem(const Forecast& forecast, const std::string& needs, const std::string& anyway,
                           const Config& config) {
  const std::int64_t images = config.evaluation.eval_ims_per_gpu;
  return Problem{"eval_ims_per_gpu",
                 needs + "an evaluation of " + counted(images, "image") + " at once takes " +
                     bytes_text(forecast.evaluation_bytes),
                 std::string(images > 1 ? "a smaller eval_ims_per_gpu, " : "") +
                     (forecast.num_readers > 1 ? "a smaller num_workers, " : "") +
                     smaller_views_remedy(main_protocol(config.evaluation.eval_protocols)) + ", " +
                     (forecast.is_half_precision ? "" : "precision=bf16, ") + memory_remedy(config.memory) +
                     ", or smaller validation images" + anyway};
}

// The part that needs most, and what makes it smaller; `anyway` is what may be done otherwise. What no smaller batch
// and no fewer workers can mend comes first: whoever mends another part would be told of it next.
Problem memory_problem(const Forecast& forecast, std::int64_t usable_memory, const std::string& anyway,
                       const Config& config) {
  const std::string needs = "the run is forecast to need about " + bytes_text(forecast.memory_bytes()) +
                            " of memory, but " + budget_text(config.memory, usable_memory) + ": ";
  if (is_far_beyond(forecast.least_bytes(), usable_memory, config))
    return hopeless_problem(forecast, needs, anyway, usable_memory, config);
  // Of what is beside single images in steps; of all otherwise.
  const bool is_beside =
      is_far_beyond(forecast.bytes_in_steps() - forecast.step_bytes + forecast.image_bytes, usable_memory, config);
  const std::int64_t rest = is_beside ? 0 : std::max(forecast.step_bytes, forecast.evaluation_bytes);
  if (forecast.reader_bytes > std::max(rest, forecast.loader_bytes))
    return reader_problem(forecast, needs, anyway, config);
  if (forecast.loader_bytes > rest) {
    const bool can_be_shorter = config.loader.prefetch_factor != 1 && config.loader.num_workers != 0;
    return Problem{can_be_shorter ? "prefetch_factor" : "ims_per_gpu",
                   needs + "batches that wait take " + bytes_text(forecast.loader_bytes),
                   (can_be_shorter ? "a smaller prefetch_factor, ims_per_gpu" : "a smaller ims_per_gpu") +
                       std::string(" or cropsize") + anyway};
  }
  if (forecast.step_bytes < forecast.evaluation_bytes) return evaluation_problem(forecast, needs, anyway, config);
  return forecast.step_images == 1 ? single_image_problem(forecast, needs, anyway, config)
                                   : step_problem(forecast, needs, anyway, config);
}

}  // namespace

bool is_clearly_too_much(std::int64_t needed, std::int64_t usable_memory, const Config& config) {
  return config.run.sanity_check && is_far_beyond(needed, usable_memory, config);
}

void check_memory(const Forecast& forecast, std::int64_t usable_memory, const Config& config, Log& log) {
  if (forecast.memory_bytes() <= usable_memory) return;
  const bool is_refused = is_clearly_too_much(forecast.memory_bytes(), usable_memory, config);
  Problem problem =
      memory_problem(forecast, usable_memory, is_refused ? "; sanity_check=false goes on anyway" : "", config);
  if (!is_refused) return log.warning(problem.what + ". Try: " + problem.remedy);
  if (is_far_beyond(forecast.least_bytes(), usable_memory, config)) throw OutOfMemory(std::move(problem));
  throw UserError(std::move(problem));
}

}  // namespace seg
