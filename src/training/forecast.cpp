// SPDX-License-Identifier: Apache-2.0
#include "training/forecast.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/counted.h"
#include "base/error.h"
#include "base/out_of_memory.h"
#include "base/rounding.h"
#include "base/text.h"
#include "evaluation/image_memory.h"
#include "graph/memory_plan.h"
#include "graph/shapes.h"
#include "graph/workspace.h"
#include "loader/reader_memory.h"
#include "training/memory_bound.h"
#include "training/point_settings.h"
#include "training/protocols.h"
#include "training/step_settings.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBytesOfNumber = 4;
constexpr std::int64_t kFinalFiles = 3;            // of weights: one of each kind and one being written
constexpr std::int64_t kPictureBytes = 2'000'000;  // of one picture or evaluation
constexpr std::int64_t kKeptPictures = 3;
constexpr std::int64_t kReportBytes = 8'000'000;  // at most
constexpr std::int64_t kLogBytes = 1'000'000;     // config, metrics
constexpr double kClearly = 1.1;
// As measured with both networks, in fp32 and bf16 (bench/reports).
constexpr std::int64_t kLibraryBytes = 45'000'000;

NumberBytes number_bytes(const RunSettings& settings) {
  return {.full = kBytesOfNumber,
          .compute = settings.precision.compute == c10::kFloat ? kBytesOfNumber : kBytesOfNumber / 2};
}

// Numbers of the parameters and buffers of a graph.
std::int64_t count_numbers(const Graph& graph) {
  std::int64_t numbers = 0;
  for (const Node* node : parameters(graph)) numbers += element_count(options_of<ParameterOptions>(*node).shape);
  return numbers;
}

// Numbers of what is trained and what stands beside it.
struct ParameterCounts {
  std::int64_t trainable = 0, all = 0, optimizer = 0;
  std::int64_t bytes = 0;  // of all: with gradients and the average
};

ParameterCounts parameter_counts(const Config& config, const RunSettings& settings) {
  const Graph graph = training_graph(config, settings);
  ParameterCounts counts{.trainable = count_parameters(graph), .all = count_numbers(graph)};
  counts.optimizer = states_a_parameter(optimizer_options(config.step).kind) * counts.trainable;
  const std::int64_t average = config.step.ema_decay > 0 ? counts.all : 0;
  counts.bytes = (counts.all + counts.trainable + counts.optimizer + average) * kBytesOfNumber;
  return counts;
}

// What evaluations take, one protocol after the other.
class EvaluationForecast {
 public:
  EvaluationForecast(const Config& config, const RunSettings& settings, const ImageLayout& image)
      : config_(config),
        settings_(settings),
        image_(image),
        bytes_(number_bytes(settings)),
        graph_(evaluation_graph(settings.card, settings.passes, bytes_.compute != bytes_.full)),
        plan_(forward_plan(graph_)) {}

  // Of the protocol that takes most, with `count` images at once where it looks at several; 0 if there is no image.
  std::int64_t bytes(std::int64_t count) const {
    if (image_.height == 0) return 0;
    std::int64_t most = 0;
    for (const std::string& name : config_.evaluation.eval_protocols)
      most = std::max(most, is_of_views(name, config_.evaluation) ? of_views(name) : of_single_scale(count));
    return most;
  }

 private:
  std::int64_t of_single_scale(std::int64_t count) const {
    const std::int64_t divisor = find_model(settings_.card.model).size_divisor;
    return look({.size = {.images = count,
                          .height = rounded_up(image_.height, divisor),
                          .width = rounded_up(image_.width, divisor)},
                 .bytes = bytes_,
                 .threads = settings_.shares.threads,
                 .as_logits = settings_.card.resizes || !settings_.device.device.is_cpu(),
                 .resizes = settings_.card.resizes});
  }

  // The largest view with its mirror image, the scaled image, and where windows are summed the maps of all classes.
  std::int64_t of_views(const std::string& name) const {
    const ViewOptions options = view_options(name, config_, settings_.card, settings_.device.device);
    const PixelExtent size{image_.height, image_.width}, view = largest_view(options, size);
    const bool is_summed = sums_windows(name, config_.evaluation);
    std::int64_t network =
        look({.size = {.images = options.flips && !is_summed ? 2 : 1, .height = view.height, .width = view.width},
              .bytes = bytes_,
              .threads = settings_.shares.threads,
              .as_logits = is_summed});
    if (!is_summed && options.memory_bytes) network = std::min(network, *options.memory_bytes);
    const PixelExtent scaled =
        scaled_extent(start_extent(options.start, size), *std::ranges::max_element(options.scales));
    const std::int64_t pixels = scaled.height * scaled.width, classes = settings_.card.num_classes;
    const std::int64_t maps = is_summed ? classes * (pixels + 2 * size.height * size.width) : 0;
    return network + (pixels * settings_.card.in_channels + maps) * kBytesOfNumber;
  }

  std::int64_t look(const LookedAt& looked_at) const { return image_memory(graph_, plan_, looked_at); }

  const Config& config_;
  const RunSettings& settings_;
  ImageLayout image_;
  NumberBytes bytes_;
  Graph graph_;
  Plan plan_;
};

struct SplitSizes {
  SampleSizes train, validation;
};

// The loader's workers keep their buffers while those of an evaluation are at work.
void add_readers(const Config& config, const LoaderOptions& loader, const SplitSizes& sizes, Forecast& forecast) {
  const ReaderCounts counts{.num_workers = loader.num_workers,
                            .fills_cache = config.loader.cache != "off",
                            .num_images = config.evaluation.eval_ims_per_gpu};
  forecast.reader_bytes = training_reader_bytes(sizes.train, loader, counts);
  forecast.evaluation_bytes += evaluation_reader_bytes(sizes.validation, counts);
  forecast.largest_image = sizes.train.largest;
  forecast.num_readers = std::max(loader.num_workers, 1);
}

// Of nothing but steps, and without what readers hold.
Forecast forecast_of_network(const Config& config, const RunSettings& settings) {
  const ParameterCounts counts = parameter_counts(config, settings);
  Forecast result;
  const StepForecast step(config, settings);
  result.step_images = settings.samples_per_step / settings.micro_batches;
  result.step_bytes = step.bytes(result.step_images);
  result.image_bytes = step.bytes(1);
  result.is_half_precision = settings.precision.compute != c10::kFloat;
  result.library_bytes = kLibraryBytes;
  result.parameter_bytes = counts.bytes;
  result.weights_bytes = counts.all * kBytesOfNumber;
  result.checkpoint_bytes =
      (counts.all + counts.optimizer + (config.step.ema_decay > 0 ? counts.trainable : 0)) * kBytesOfNumber;
  result.num_checkpoints = config.keeping.keep_checkpoints + (config.keeping.save_best ? 1 : 0) + 1;
  result.picture_bytes =
      kPictureBytes * (kKeptPictures + (config.watching.tensorboard ? num_evaluations(settings) : 0)) +
      (config.watching.report ? kReportBytes : 0);
  return result;
}

void move_to_gpu(Forecast& forecast) {
  forecast.gpu_bytes = std::max(forecast.step_bytes, forecast.evaluation_bytes) + forecast.parameter_bytes;
  forecast.step_bytes = forecast.image_bytes = forecast.evaluation_bytes = forecast.parameter_bytes = 0;
}

void add_batches(const Config& config, RunSettings settings, const Dataset& train, Forecast& forecast) {
  forecast.loader_bytes = Loader::memory_bytes(loader_options(config, train, settings), train.traits());
  settings.samples_per_step = 1;
  forecast.least_loader_bytes = Loader::memory_bytes(loader_options(config, train, settings), train.traits());
}

bool is_far_beyond(std::int64_t needed, std::int64_t usable_memory, const Config& config) {
  const double share = config.memory.memory_limit ? 1.0 : kClearly;
  return static_cast<double>(needed) > share * std::max(static_cast<double>(usable_memory), 1.0);
}

// Nothing is left to be divided: what is there whatever the batch is named, too.
Problem single_image_problem(const Forecast& forecast, const std::string& needs, const std::string& anyway,
                             const Config& config, bool is_too_much) {
  const PixelSize& crop = config.augmentation.cropsize;
  const std::int64_t always = forecast.parameter_bytes + forecast.library_bytes, reader = forecast.bytes_a_reader();
  std::string remedy = always > forecast.image_bytes ? "" : "a smaller cropsize, ";
  if (reader > forecast.image_bytes) remedy += "images cut into tiles, ";
  if (!forecast.is_half_precision) remedy += "precision=bf16, ";
  return Problem{always > forecast.image_bytes ? "memory_limit" : "cropsize",
                 needs + (is_too_much ? "not even a training step on 1 image of " : "a training step on 1 image of ") +
                     std::to_string(crop.height) + "x" + std::to_string(crop.width) +
                     (is_too_much ? " fits: it takes " : " takes ") + bytes_text(forecast.image_bytes) +
                     ", the network's parameters with gradients and all that trains them " +
                     bytes_text(forecast.parameter_bytes) + ", the libraries " + bytes_text(forecast.library_bytes) +
                     ", batches and images in preparation " + bytes_text(forecast.loader_bytes + forecast.reader_bytes),
                 remedy + memory_remedy(config.memory) + anyway};
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
                     "a smaller num_workers or smaller validation images" + anyway};
}

// The part that needs most, and what makes it smaller; `anyway` is what may be done otherwise. What no smaller batch
// and no fewer workers can mend comes first: whoever mends another part would be told of it next.
Problem memory_problem(const Forecast& forecast, std::int64_t usable_memory, const std::string& anyway,
                       const Config& config) {
  const std::string needs = "the run is forecast to need about " + bytes_text(forecast.memory_bytes()) +
                            " of memory, but only " + bytes_text(usable_memory) + " may be used: ";
  if (is_far_beyond(forecast.least_bytes(), usable_memory, config))
    return single_image_problem(forecast, needs, anyway, config, true);
  // Of what is beside single images in steps; of all otherwise.
  const bool is_beside =
      is_far_beyond(forecast.bytes_in_steps() - forecast.step_bytes + forecast.image_bytes, usable_memory, config);
  const std::int64_t rest = is_beside ? 0 : std::max(forecast.step_bytes, forecast.evaluation_bytes);
  if (forecast.reader_bytes > std::max(rest, forecast.loader_bytes))
    return reader_problem(forecast, needs, anyway, config);
  if (forecast.loader_bytes > rest)
    return Problem{"prefetch_factor", needs + "batches that wait take " + bytes_text(forecast.loader_bytes),
                   "a smaller prefetch_factor, ims_per_gpu or cropsize" + anyway};
  if (forecast.step_bytes < forecast.evaluation_bytes) return evaluation_problem(forecast, needs, anyway, config);
  return forecast.step_images == 1 ? single_image_problem(forecast, needs, anyway, config, false)
                                   : step_problem(forecast, needs, anyway, config);
}

}  // namespace

std::int64_t Forecast::bytes_in_steps() const noexcept {
  return step_bytes + parameter_bytes + loader_bytes + reader_bytes + library_bytes + cache_bytes;
}

std::int64_t Forecast::bytes_in_evaluations() const noexcept {
  return bytes_in_steps() - step_bytes + evaluation_bytes;
}

std::int64_t Forecast::memory_bytes() const noexcept { return std::max(bytes_in_steps(), bytes_in_evaluations()); }

std::int64_t Forecast::bytes_a_reader() const noexcept { return reader_bytes / std::max(num_readers, 1); }

std::int64_t Forecast::least_bytes() const noexcept {
  return image_bytes + parameter_bytes + least_loader_bytes + bytes_a_reader() + library_bytes;
}

bool Forecast::is_step_the_most() const noexcept {
  return step_bytes >= std::max({evaluation_bytes, loader_bytes, reader_bytes});
}

std::int64_t Forecast::disk_bytes() const noexcept {
  return num_checkpoints * checkpoint_bytes + kFinalFiles * weights_bytes + picture_bytes + kLogBytes;
}

StepForecast::StepForecast(const Config& config, const RunSettings& settings)
    : graph_(training_graph(config, settings)),
      plan_(differentiate(graph_)),
      bytes_(number_bytes(settings)),
      crop_(config.augmentation.cropsize),
      drawn_points_(drawn_points(config).count),
      threads_(settings.shares.threads) {}

std::int64_t StepForecast::bytes(std::int64_t images) const {
  const InputSize size{.images = images, .height = crop_.height, .width = crop_.width, .points = drawn_points_};
  return plan_memory(graph_, plan_, size, bytes_, workspace_bytes(graph_, plan_, size, bytes_, threads_)).peak_bytes;
}

std::int64_t training_bytes(const Config& config, const RunSettings& settings) {
  return StepForecast(config, settings).bytes(settings.samples_per_step / settings.micro_batches) +
         parameter_counts(config, settings).bytes + kLibraryBytes;
}

Forecast forecast(const Config& config, const RunSettings& settings, const Dataset& train, const Dataset& validation) {
  Forecast result = forecast_of_network(config, settings);
  const SplitSizes sizes{.train = sizes_of(train), .validation = sizes_of(validation)};
  result.evaluation_bytes =
      EvaluationForecast(config, settings, sizes.validation.largest)
          .bytes(std::min(config.evaluation.eval_ims_per_gpu, static_cast<std::int64_t>(validation.size())));
  if (settings.device.device.is_cuda()) move_to_gpu(result);
  add_batches(config, settings, train, result);
  add_readers(config, loader_options(config, train, settings), sizes, result);
  return result;
}

Forecast forecast_of_steps(const Config& config, const RunSettings& settings, const Dataset& train) {
  Forecast result = forecast_of_network(config, settings);
  if (settings.device.device.is_cuda()) move_to_gpu(result);
  add_batches(config, settings, train, result);
  add_readers(config, loader_options(config, train, settings), {.train = sizes_of(train), .validation = {}}, result);
  result.evaluation_bytes = 0;
  return result;
}

std::int64_t bytes_already_there(const RunFolder& folder) {
  std::int64_t bytes = 0;
  const auto add = [&](const fs::path& path) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    if (!error) bytes += static_cast<std::int64_t>(size);
  };
  for (const fs::path& checkpoint : folder.checkpoints()) add(checkpoint);
  add(folder.final_weights());
  add(folder.final_torch_weights());
  return bytes;
}

void check_disk(const Forecast& forecast, const std::optional<DiskSpace>& space, std::int64_t already_there,
                const Config& config) {
  const std::int64_t needed = std::max<std::int64_t>(forecast.disk_bytes() - already_there, 0);
  if (!space || needed <= space->free_bytes) return;
  fail(config.run.respth,
       "the run will write about " + bytes_text(needed) + " there (" + counted(forecast.num_checkpoints, "checkpoint") +
           " of " + bytes_text(forecast.checkpoint_bytes) + ", the weights, pictures), but only " +
           bytes_text(space->free_bytes) + " are free",
       "free some space, respth=… on another disk, or fewer checkpoints (keep_checkpoints is " +
           std::to_string(config.keeping.keep_checkpoints) + ")");
}

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

std::string forecast_text(const Forecast& forecast, const std::optional<DiskSpace>& space, std::int64_t usable_memory) {
  return "forecast: about " + bytes_text(forecast.memory_bytes()) + " of memory (" + bytes_text(usable_memory) +
         " may be used" +
         (forecast.cache_bytes > 0 ? "; the cache takes up to " + bytes_text(forecast.cache_bytes) + " of it"
                                   : std::string()) +
         ")" +
         (forecast.gpu_bytes > 0 ? ", more than " + bytes_text(forecast.gpu_bytes) + " of the GPU's" : std::string()) +
         " and " + bytes_text(forecast.disk_bytes()) + " of disk" +
         (space ? " (" + bytes_text(space->free_bytes) + " are free)" : std::string());
}

}  // namespace seg
