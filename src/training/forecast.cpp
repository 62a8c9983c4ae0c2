// SPDX-License-Identifier: Apache-2.0
#include "training/forecast.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "base/counted.h"
#include "base/error.h"
#include "base/rounding.h"
#include "base/text.h"
#include "evaluation/view_memory.h"
#include "graph/memory_plan.h"
#include "graph/shapes.h"
#include "graph/workspace.h"
#include "loader/reader_memory.h"
#include "training/point_settings.h"
#include "training/protocol_memory.h"
#include "training/protocols.h"
#include "training/step_settings.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBytesOfNumber = 4;
constexpr std::int64_t kFinalFiles = 3;            // of weights: one of each kind and one being written
constexpr std::int64_t kPictureBytes = 2'000'000;  // of one picture
constexpr std::int64_t kKeptPictures = 3;
constexpr std::int64_t kEventPictures = 2;        // of an evaluation, in TensorBoard's events
constexpr std::int64_t kReportBytes = 8'000'000;  // at most
constexpr std::int64_t kLogBytes = 1'000'000;     // config, metrics
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
    const c10::Device device = settings_.device.device;
    const LookingNetwork network{.graph = graph_, .plan = plan_, .threads = settings_.shares.threads, .bytes = bytes_};
    const PixelExtent image{image_.height, image_.width};
    std::int64_t most = 0;
    for (const std::string& name : config_.evaluation.eval_protocols)
      most = std::max(most, is_of_views(name, config_.evaluation)
                                ? memory_of_views(view_options(name, config_, settings_.card, device),
                                                  sums_windows(name, config_.evaluation), network, image)
                                : memory_of_whole_images(settings_.card, device, network, image, count));
    return most;
  }

 private:
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
      kPictureBytes * (kKeptPictures + (config.watching.tensorboard ? kEventPictures * num_evaluations(settings) : 0)) +
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

std::string forecast_text(const Forecast& forecast, const std::optional<DiskSpace>& space, std::int64_t usable_memory) {
  return "forecast: about " + bytes_text(forecast.memory_bytes()) + " of memory (" +
         (usable_memory > 0 ? bytes_text(usable_memory) + " may be used" : std::string("none may be used")) +
         (forecast.cache_bytes > 0 ? "; the cache takes up to " + bytes_text(forecast.cache_bytes) + " of it"
                                   : std::string()) +
         ")" +
         (forecast.gpu_bytes > 0 ? ", more than " + bytes_text(forecast.gpu_bytes) + " of the GPU's" : std::string()) +
         " and " + bytes_text(forecast.disk_bytes()) + " of disk" +
         (space ? " (" + bytes_text(space->free_bytes) + " are free)" : std::string());
}

}  // namespace seg
