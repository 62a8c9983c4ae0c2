// SPDX-License-Identifier: Apache-2.0
// What a run will take of memory and disk, told before step 1, and whether the disk has as much (of memory:
// memory_check.h).
//
// Memory is that of the plan: it counts the network's values, what kernels take beside them, its parameters, the
// libraries, the batches that wait, what workers hold and the cache. Sizes of images are judged by some of them. Plain
// data and pure functions, but that forecast() reads the heads of files.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/disk.h"
#include "config/config.h"
#include "dataset/dataset.h"
#include "graph/cost.h"
#include "graph/plan.h"
#include "image/image.h"
#include "training/run_folder.h"
#include "training/settings.h"

namespace seg {

struct Forecast {
  std::int64_t step_bytes = 0;          // of one micro-batch at the peak of a step
  std::int64_t step_images = 1;         // of that micro-batch
  std::int64_t image_bytes = 0;         // the same of a single image, the least that a step can be made of
  std::int64_t evaluation_bytes = 0;    // of a batch of the largest validation images, and of images that wait
  std::int64_t parameter_bytes = 0;     // with buffers, gradients, the optimizer's memory and the average
  std::int64_t gpu_bytes = 0;           // of the four above where a GPU computes, and they are 0; its kernels take more
  std::int64_t loader_bytes = 0;        // batches that wait
  std::int64_t least_loader_bytes = 0;  // of batches of a single image
  std::int64_t reader_bytes = 0;        // what the loader's workers hold of files and images
  std::int64_t library_bytes = 0;  // code and tables of the libraries that compute, which come with their first use
  std::int64_t cache_bytes = 0;    // decoded samples in memory; 0 until the cache is chosen, from what is left

  ImageLayout largest_image{.height = 0, .width = 0};  // of those for training
  int num_readers = 1;
  bool is_half_precision = false;  // of the values in steps and evaluations

  std::int64_t weights_bytes = 0;     // of a file of weights
  std::int64_t checkpoint_bytes = 0;  // of one checkpoint
  std::int64_t num_checkpoints = 0;   // at most at one time: those kept, the best, and the one being written
  std::int64_t picture_bytes = 0;     // pictures and TensorBoard's events, roughly

  // Steps and evaluations take turns. A rehearsal of steps ends before the run's own network is made.
  std::int64_t bytes_in_steps() const noexcept;
  std::int64_t bytes_in_evaluations() const noexcept;
  std::int64_t memory_bytes() const noexcept;  // the larger of the two
  // Of steps of single images with one reader and no cache: less is no run of this network on such images.
  std::int64_t least_bytes() const noexcept;
  std::int64_t bytes_a_reader() const noexcept;
  bool is_step_the_most() const noexcept;  // of the parts that a smaller batch, fewer workers or the like make smaller
  std::int64_t disk_bytes() const noexcept;
};

// What a training step takes, for any number of images at once.
class StepForecast {
 public:
  StepForecast(const Config& config, const RunSettings& settings);
  std::int64_t bytes(std::int64_t images) const;

 private:
  Graph graph_;
  Plan plan_;
  NumberBytes bytes_;
  PixelSize crop_;
  std::int64_t drawn_points_;
  std::int64_t threads_;
};

// What resident memory grows by from before a network in training is made to after some of its steps.
std::int64_t training_bytes(const Config& config, const RunSettings& settings);

Forecast forecast(const Config& config, const RunSettings& settings, const Dataset& train, const Dataset& validation);
// Of a run that evaluates nothing.
Forecast forecast_of_steps(const Config& config, const RunSettings& settings, const Dataset& train);

// Bytes of a folder's checkpoints and final weights: a run that goes on has written a part already.
std::int64_t bytes_already_there(const RunFolder& folder);

// UserError if the disk has no room for what is still to be written; an unknown disk has.
void check_disk(const Forecast& forecast, const std::optional<DiskSpace>& space, std::int64_t already_there,
                const Config& config);

// A line for people.
std::string forecast_text(const Forecast& forecast, const std::optional<DiskSpace>& space, std::int64_t usable_memory);

}  // namespace seg
