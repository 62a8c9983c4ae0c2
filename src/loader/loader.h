// SPDX-License-Identifier: Apache-2.0
// Training batches, made by worker threads ahead of the trainer.
//
// A batch is a pure function of (CropOptions, share, data set, step): the same bytes come out for any number of workers
// and slots, and after any start. A ring of slots bounds the memory; each holds the local samples of one optimizer
// step, and workers take sample by sample and write the finished crop straight into its place. After the first batches
// the loader itself allocates nothing; decoders may. Files are announced to their disk some samples before they are
// read.
// next() delivers steps in order. A bad sample (a UserError that names its file) is thrown by next() at the step that
// it belongs to, or, if asked for, replaced by a substitute drawn from (seed, sample, attempt). After an exception only
// start() makes the loader usable again.
// start(), next() and the destructor belong to one thread; statistics() may be called from any. Leases may end in any
// thread, also after the loader's destruction.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/buffer_source.h"
#include "base/log.h"
#include "loader/crop_maker.h"
#include "loader/host_batch.h"
#include "loader/reader_source.h"
#include "loader/sampler.h"
#include "telemetry/trace.h"

namespace seg {

// Sums over the workers, since the loader was made.
struct LoaderStatistics {
  std::int64_t samples = 0;      // made, delivered or not
  std::int64_t bad_samples = 0;  // bad files in the batches that were delivered
  std::int64_t bytes_read = 0;   // of files
  StageSeconds seconds{};
  std::vector<double> worker_seconds;  // that each worker was busy; without workers, the calling thread
  std::int64_t asked_steps = 0;        // calls of next(), and the steps that were ready then, all of them together
  std::int64_t ready_steps = 0;

  double milliseconds_per_image(LoaderStage stage) const noexcept;  // on one core
};

enum class OnBadSample { fail, skip };

struct LoaderOptions : CropOptions {
  SampleShare share;
  OnBadSample on_bad_sample = OnBadSample::fail;
  std::int64_t max_bad_samples = 100;  // files that may be skipped in the life of the loader

  int num_workers = 1;  // 0: in the thread that calls next()
  int slots = 3;        // prefetch_factor + 1

  TraceRecorder* trace = nullptr;  // is told of each sample and its stages; must outlive the loader
};

class Loader {
 public:
  // The data set and the log must outlive the loader. Takes its memory; reads nothing yet.
  Loader(const ReaderSource& source, LoaderOptions options, BufferSource& memory, Log& log);
  ~Loader();  // waits for the samples that workers are at
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // Of the slots; what workers need for an image or two comes on top.
  static std::int64_t memory_bytes(const LoaderOptions& options, const DatasetTraits& traits);
  std::int64_t memory_bytes() const noexcept;

  // The step that next() gives next, from 1. May be called at any time; leases that are out stay valid.
  void start(std::int64_t step);

  // Waits until the step is ready. Throws std::logic_error if every slot is on lease.
  HostBatch next();

  LoaderStatistics statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace seg
