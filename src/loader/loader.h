// SPDX-License-Identifier: Apache-2.0
// Training batches, made by worker threads ahead of the trainer.
//
// A batch is a pure function of (options that say what is made, step): the same bytes come out for any number of
// workers and slots, and after any start. A ring of slots bounds the memory; each holds the local samples of one
// optimizer step, and workers take sample by sample and write the finished crop straight into its place. next()
// delivers steps in order. An error of a sample (a UserError that names its file) is thrown by next() at the step that
// the sample belongs to; after that, only start() makes the loader usable again. start() and next() belong to one
// thread; statistics() may be called from any. Leases may be returned from any thread.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/buffer_source.h"
#include "base/log.h"
#include "dataset/dataset.h"
#include "loader/augmentation.h"
#include "loader/host_batch.h"
#include "loader/sampler.h"

namespace seg {

enum class LoaderStage { read, decode, label, resample, jitter };
inline constexpr std::array<std::string_view, 5> kLoaderStageNames = {"read", "decode", "label", "resample", "jitter"};

// Sums since the loader was made.
struct LoaderStatistics {
  std::int64_t samples = 0;
  std::int64_t bad_samples = 0;                            // replaced by substitutes
  std::int64_t bytes_read = 0;                             // of files
  std::array<double, kLoaderStageNames.size()> seconds{};  // of all workers together, by stage
  std::vector<double> busy_seconds;                        // of each worker; one entry if there are none

  double milliseconds_per_image(LoaderStage stage) const noexcept;  // on one core
};

enum class OnBadSample { fail, skip };

struct LoaderOptions {
  // What is made.
  std::uint64_t seed = 0;
  SampleShare share;
  AugmentationOptions augmentation;
  std::uint8_t pad_label = 255;
  bool jitter_padding = false;  // the reference jitters its black padding, too
  Rounding jitter_rounding = Rounding::nearest;
  std::vector<double> jitter_pivots;  // grey levels, one a channel; empty: the data set's mean
  OnBadSample on_bad_sample = OnBadSample::fail;
  std::int64_t max_bad_samples = 100;  // in the life of the loader

  // How it is made.
  int num_workers = 1;  // 0: in the thread that calls next()
  int slots = 3;        // prefetch_factor + 1
};

class Loader {
 public:
  // The data set and the log must outlive the loader. Reads nothing yet.
  Loader(const Dataset& dataset, LoaderOptions options, BufferSource& memory, Log& log);
  ~Loader();  // waits for the samples that workers are at
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  static std::int64_t memory_bytes(const LoaderOptions& options, std::int64_t channels,
                                   PixelType type);  // of the slots
  std::int64_t memory_bytes() const;

  // The step that next() gives next. May be called at any time; leases that are out stay valid.
  void start(std::int64_t step);

  // Blocks until the step is ready. At least one slot must not be on lease.
  HostBatch next();

  LoaderStatistics statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace seg
