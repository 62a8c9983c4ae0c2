// SPDX-License-Identifier: Apache-2.0
#include "loader/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/rounding.h"
#include "loader/ring.h"

namespace seg {
namespace {

constexpr std::size_t kAlignment = 64;

// Of the stages, by LoaderStage.
constexpr std::array<const char*, kLoaderStageNames.size()> kTraceNames = {
    "open and read", "decode image", "label", "resample image", "change pixels", "distance map", "points"};

// So many samples before its turn a sample's files are announced: enough for a disk to be busy while others are
// decoded, and few enough that what was read ahead is still in memory.
constexpr std::int64_t kReadAhead = 16;

ImageLayout crop_layout(const LoaderOptions& options, const DatasetTraits& traits) {
  return {.height = options.augmentation.crop_height,
          .width = options.augmentation.crop_width,
          .channels = traits.channels,
          .type = traits.type};
}

// Where things lie in the memory of one slot: those of one kind, of all samples, behind those of another.
class SlotLayout {
 public:
  SlotLayout(const LoaderOptions& options, const ImageLayout& crop)
      : samples_(static_cast<std::size_t>(options.share.count)),
        images_(take(crop.size_bytes())),
        labels_(take(crop.height * crop.width)),
        distances_(take(options.distances.in_batch ? crop.height * crop.width : 0)),
        points_(take(2 * options.points.count * static_cast<std::int64_t>(sizeof(float)))) {}

  std::size_t total_bytes() const { return total_; }

  // Images, labels and so on of all samples.
  CropMemory of_all(std::span<std::byte> slot) const {
    const auto bytes = [&](const Part& part) { return slot.subspan(part.offset, part.bytes); };
    return {.image = bytes(images_),
            .label = as<std::uint8_t>(bytes(labels_)),
            .distances = as<std::uint8_t>(bytes(distances_)),
            .points = as<float>(bytes(points_))};
  }

  CropMemory of_sample(std::span<std::byte> slot, std::size_t i) const {
    const CropMemory all = of_all(slot);
    const auto own = [&](auto part) { return part.subspan(i * (part.size() / samples_), part.size() / samples_); };
    return {
        .image = own(all.image), .label = own(all.label), .distances = own(all.distances), .points = own(all.points)};
  }

 private:
  struct Part {
    std::size_t offset, bytes;  // of all samples
  };

  Part take(std::int64_t bytes_of_sample) {
    const Part part{total_, samples_ * static_cast<std::size_t>(bytes_of_sample)};
    total_ += rounded_up(part.bytes, kAlignment);
    return part;
  }
  template <class T>
  static std::span<T> as(std::span<std::byte> bytes) {
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

  std::size_t samples_, total_ = 0;
  Part images_, labels_, distances_, points_;
};

struct Slot {
  Buffer buffer;
  // One entry a sample.
  std::vector<std::uint32_t> valid_pixels;
  std::vector<std::uint64_t> sample_numbers;
  std::vector<std::uint32_t> dataset_indices;
  std::vector<std::vector<std::string>> skipped;  // what was wrong with files that were replaced
};

// What leases keep alive.
struct SlotMemory {
  std::vector<Slot> slots;
};

std::shared_ptr<SlotMemory> make_slots(const LoaderOptions& options, const SlotLayout& layout, BufferSource& memory) {
  auto made = std::make_shared<SlotMemory>();
  made->slots.resize(static_cast<std::size_t>(options.slots));
  const auto count = static_cast<std::size_t>(options.share.count);
  for (Slot& slot : made->slots) {
    slot.buffer = memory.allocate(layout.total_bytes());
    slot.valid_pixels.resize(count);
    slot.sample_numbers.resize(count);
    slot.dataset_indices.resize(count);
    slot.skipped.resize(count);
  }
  return made;
}

// A worker's own things; the mutex guards the sums, which statistics() reads.
struct Worker {
  CropMaker maker;
  std::mutex mutex;
  std::int64_t samples = 0, bytes_read = 0;
  StageSeconds seconds{};
  double last_end = 0;  // of what it was at before, for a trace

  Worker(const ReaderSource& source, const CropOptions& options) : maker(source, options) {}

  void add(const MadeCrop& made) {
    const std::lock_guard lock(mutex);
    ++samples;
    bytes_read += made.bytes_read;
    for (std::size_t i = 0; i < seconds.size(); ++i) seconds[i] += made.seconds[i];
  }
};

}  // namespace

double LoaderStatistics::milliseconds_per_image(LoaderStage stage) const noexcept {
  return samples == 0 ? 0 : 1000 * seconds[static_cast<std::size_t>(stage)] / static_cast<double>(samples);
}

class Loader::Impl {
 public:
  Impl(const ReaderSource& source, LoaderOptions options, BufferSource& memory, Log& log)
      : options_(std::move(options)),
        log_(log),
        crop_(crop_layout(options_, source.traits())),
        layout_(options_, crop_),
        memory_(make_slots(options_, layout_, memory)),
        sampler_(options_.seed, source.size()),
        num_images_(static_cast<std::int64_t>(source.size())),
        ring_({.slots = options_.slots,
               .items_per_round = options_.share.count,
               .num_workers = options_.num_workers,
               .memory = memory_},
              [this](const RingItem& item) { make(item); }) {
    for (int i = 0; i < std::max(options_.num_workers, 1); ++i) {
      workers_.push_back(std::make_unique<Worker>(source, options_));
    }
  }

  void start(std::int64_t step) {
    if (step < 1) throw std::logic_error("steps count from 1");
    first_step_ = step;
    ring_.start(step);
  }

  HostBatch next() {
    std::optional<Ring::Round> round = ring_.next();
    if (!round) throw std::logic_error("next() of a loader that was not started");
    Slot& slot = memory_->slots[static_cast<std::size_t>(round->lease.slot())];
    count_skipped(slot);
    const CropMemory all = layout_.of_all(slot.buffer.bytes());
    return HostBatch(BatchView({.step = round->number,
                                .layout = crop_,
                                .images = all.image,
                                .labels = all.label,
                                .distances = all.distances,
                                .points = all.points,
                                .valid_pixels = slot.valid_pixels,
                                .sample_numbers = slot.sample_numbers,
                                .dataset_indices = slot.dataset_indices}),
                     std::move(round->lease));
  }

  std::int64_t memory_bytes() const noexcept {
    return static_cast<std::int64_t>(memory_->slots.size() * layout_.total_bytes());
  }

  LoaderStatistics statistics() const {
    LoaderStatistics sums;
    for (const auto& worker : workers_) {
      const std::lock_guard lock(worker->mutex);
      sums.samples += worker->samples;
      sums.bytes_read += worker->bytes_read;
      for (std::size_t i = 0; i < sums.seconds.size(); ++i) sums.seconds[i] += worker->seconds[i];
      sums.worker_seconds.push_back(std::accumulate(worker->seconds.begin(), worker->seconds.end(), 0.0));
    }
    sums.bad_samples = bad_samples_;
    const Ring::Fill fill = ring_.fill();
    sums.asked_steps = fill.calls;
    sums.ready_steps = fill.done_rounds;
    return sums;
  }

 private:
  void make(const RingItem& item) {
    Worker& worker = *workers_[static_cast<std::size_t>(item.worker)];
    Slot& slot = memory_->slots[static_cast<std::size_t>(item.slot)];
    const auto i = static_cast<std::size_t>(item.index);
    const CropMemory memory = layout_.of_sample(slot.buffer.bytes(), i);
    const std::uint64_t sample = options_.share.sample_number(item.round, item.index);
    std::uint32_t index = sampler_.image_of(sample);
    slot.skipped[i].clear();
    announce_ahead(item, worker.maker);
    for (std::uint32_t attempt = 1;; ++attempt) {
      try {
        const MadeCrop made = worker.maker.make(sample, index, memory);
        worker.add(made);
        if (options_.trace != nullptr) tell_trace(item, sample, index, made, worker);
        slot.valid_pixels[i] = made.valid_pixels;
        break;
      } catch (const UserError& error) {
        if (options_.on_bad_sample == OnBadSample::fail || attempt > options_.max_bad_samples) throw;
        slot.skipped[i].emplace_back(error.what());
      }
      index = sampler_.substitute_of(sample, attempt);
    }
    slot.sample_numbers[i] = sample;
    slot.dataset_indices[i] = index;
  }

  // Workers are the threads behind the training thread, which loads by itself if there are none.
  void tell_trace(const RingItem& item, std::uint64_t sample, std::uint32_t index, const MadeCrop& made,
                  Worker& worker) {
    if (!options_.trace->wants(item.round) || made.num_spans == 0) return;
    const bool has_workers = options_.num_workers > 0;
    const int thread = has_workers ? item.worker + 1 : kTrainingThread;
    TraceEvent event{.name = "sample",
                     .thread = thread,
                     .begin = made.spans[0].begin,
                     .end = made.spans[made.num_spans - 1].end,
                     .step = item.round,
                     .sample = static_cast<std::int64_t>(sample),
                     .image = index};
    if (has_workers && worker.last_end > 0)
      options_.trace->add({.name = "wait", .thread = thread, .begin = worker.last_end, .end = event.begin});
    worker.last_end = event.end;
    options_.trace->add(event);
    event.sample = event.image = -1;
    for (std::size_t i = 0; i < made.num_spans; ++i) {
      event.name = kTraceNames[static_cast<std::size_t>(made.spans[i].stage)];
      event.begin = made.spans[i].begin;
      event.end = made.spans[i].end;
      options_.trace->add(event);
    }
  }

  // Each item announces one that comes later; the first announces those before that, too. Not more than there are
  // images: the files of a small set were read already.
  void announce_ahead(const RingItem& item, CropMaker& maker) {
    const std::int64_t ahead = std::min(kReadAhead, num_images_);
    const std::int64_t place = (item.round - 1) * options_.share.count + item.index;
    const bool is_first = item.round == first_step_ && item.index == 0;
    for (std::int64_t next = place + (is_first ? 1 : ahead); next <= place + ahead; ++next) {
      const std::int64_t round = next / options_.share.count + 1, index = next % options_.share.count;
      maker.announce(sampler_.image_of(options_.share.sample_number(round, index)));
    }
  }

  // Told and counted when their batch is delivered, so that neither depends on threads.
  void count_skipped(const Slot& slot) {
    for (const std::vector<std::string>& texts : slot.skipped) {
      for (const std::string& text : texts) {
        log_.warning_once("skipped: " + text);
        last_bad_sample_ = text;
        ++bad_samples_;
      }
    }
    if (bad_samples_ <= options_.max_bad_samples) return;
    fail("max_bad_samples",
         fmt::format("{} bad files were met, {} may be skipped; the last: {}", bad_samples_.load(),
                     options_.max_bad_samples, last_bad_sample_),
         "mend the files or take them out of the list, or raise max_bad_samples");
  }

  const LoaderOptions options_;
  Log& log_;
  const ImageLayout crop_;
  const SlotLayout layout_;
  const std::shared_ptr<SlotMemory> memory_;
  Sampler sampler_;
  const std::int64_t num_images_;
  std::atomic<std::int64_t> first_step_ = 1;  // of the last start()
  std::atomic<std::int64_t> bad_samples_ = 0;
  std::string last_bad_sample_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Ring ring_;  // last: its threads end before what they use
};

Loader::Loader(const ReaderSource& source, LoaderOptions options, BufferSource& memory, Log& log)
    : impl_(std::make_unique<Impl>(source, std::move(options), memory, log)) {}
Loader::~Loader() = default;

std::int64_t Loader::memory_bytes(const LoaderOptions& options, const DatasetTraits& traits) {
  const SlotLayout layout(options, crop_layout(options, traits));
  return options.slots * static_cast<std::int64_t>(layout.total_bytes());
}

std::int64_t Loader::memory_bytes() const noexcept { return impl_->memory_bytes(); }
void Loader::start(std::int64_t step) { impl_->start(step); }
HostBatch Loader::next() { return impl_->next(); }
LoaderStatistics Loader::statistics() const { return impl_->statistics(); }

}  // namespace seg
