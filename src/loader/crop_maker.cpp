// SPDX-License-Identifier: Apache-2.0
#include "loader/crop_maker.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "base/clock.h"

namespace seg {
namespace {

constexpr std::int64_t kBandBytes = 32 * 1024;  // rows that are resampled, then jittered while they are in the L1 cache

// Adds the time since the last call to a stage.
class StageClock {
 public:
  explicit StageClock(MadeCrop& made) : made_(made), last_(seconds_now()) {}
  void finish(LoaderStage stage) {
    const double now = seconds_now();
    made_.add(stage, last_, now);
    last_ = now;
  }

 private:
  MadeCrop& made_;
  double last_;
};

// Adds the time since the last call to one of two stages that take turns.
class TurnsClock {
 public:
  explicit TurnsClock(MadeCrop& made) : made_(made), begin_(seconds_now()), last_(begin_) {}
  ~TurnsClock() {
    const double middle = last_ - jittering_;
    made_.add(LoaderStage::resample, begin_, middle);
    if (jittering_ > 0) made_.add(LoaderStage::jitter, middle, last_);
  }
  TurnsClock(const TurnsClock&) = delete;
  TurnsClock& operator=(const TurnsClock&) = delete;

  void finish(LoaderStage stage) {
    const double now = seconds_now();
    if (stage == LoaderStage::jitter) jittering_ += now - last_;
    last_ = now;
  }

 private:
  MadeCrop& made_;
  double begin_, last_, jittering_ = 0;
};

std::vector<std::int32_t> pivots_of(const CropOptions& options, const DatasetTraits& traits) {
  std::vector<double> levels = options.jitter_pivots;
  if (levels.empty()) {
    for (const double mean : traits.mean) levels.push_back(255 * mean);
  }
  assert(levels.size() == static_cast<std::size_t>(traits.channels));
  std::vector<std::int32_t> pivots;
  const double level_of_type = static_cast<double>(largest_value(traits.type)) / 255;
  for (const double level : levels) pivots.push_back(static_cast<std::int32_t>(std::lround(level * level_of_type)));
  return pivots;
}

}  // namespace

void MadeCrop::add(LoaderStage stage, double begin, double end) noexcept {
  seconds[static_cast<std::size_t>(stage)] += end - begin;
  if (num_spans > 0 && spans[num_spans - 1].stage == stage) {
    spans[num_spans - 1].end = end;
  } else if (num_spans < kMostSpans) {
    spans[num_spans++] = {.stage = stage, .begin = begin, .end = end};
  }
}

std::int64_t largest_source_side(std::int64_t image, std::int64_t crop, double smallest_scale) noexcept {
  return std::min(image, static_cast<std::int64_t>(std::ceil(static_cast<double>(crop) / smallest_scale)) + 3);
}

CropMaker::CropMaker(const ReaderSource& source, CropOptions options)
    : traits_(source.traits()),
      options_(std::move(options)),
      places_by_labels_(places_by_labels(options_.augmentation)),
      place_(options_.augmentation, traits_.ignore_label),
      changes_(pivots_of(options_, traits_), options_.jitter_rounding, options_.jitter_padding),
      reader_(source.reader()),
      distances_(options_.distances, traits_.ignore_label),
      point_choice_(options_.points) {
  if (options_.needs_distances() && !options_.distances.in_batch)
    own_distances_.resize(
        static_cast<std::size_t>(options_.augmentation.crop_height * options_.augmentation.crop_width));
}

// Windows differ from sample to sample; buffers for the largest that this image could need do not.
void CropMaker::reserve(const ImageLayout& layout) {
  const AugmentationOptions& augmentation = options_.augmentation;
  const auto largest_of = [&](std::int64_t height, std::int64_t width) {
    ImageLayout largest = layout;
    largest.height = largest_source_side(height, augmentation.crop_height, augmentation.scale_low);
    largest.width = largest_source_side(width, augmentation.crop_width, augmentation.scale_low);
    return largest;
  };
  const auto reserve_for = [&](const ImageLayout& largest) {
    reader_->reserve(largest.height, largest.width);
    resampler_.reserve(augmentation.crop_height, augmentation.crop_width, largest);
  };
  reserve_for(largest_of(layout.height, layout.width));
  if (augmentation.rot90 > 0) {
    const ImageLayout turned = largest_of(layout.width, layout.height);
    reserve_for(turned);
    turned_image_.resize(turned);
    turned_label_.resize(turned.height, turned.width);
  }
  if (places_by_labels_) {
    reader_->reserve_label(layout.height, layout.width);
    if (augmentation.rot90 > 0) turned_label_.resize(layout.height, layout.width);
  }
  if (options_.needs_distances()) distances_.reserve(augmentation, layout, *reader_);
  changes_.reserve(augmentation.crop_width);
}

// Those of a window of the stored image, upright; they stay until the next are read.
LabelView CropMaker::read_labels(Orientation orientation, const Window& stored) {
  const LabelView label = reader_->label(stored);
  if (orientation.is_upright()) return label;
  turn_upright(orientation, label, turned_label_);
  return turned_label_;
}

// The plan at the place that the labels of the whole image choose; the scratch memory holds those of a crop.
CropPlan CropMaker::placed(const CropPlan& plan, const LabelView& labels, std::span<std::uint8_t> scratch) {
  const double most = options_.augmentation.crop_max_class_share;
  const std::uint8_t ignored = traits_.ignore_label;
  const std::int64_t height = plan.geometry.height, width = plan.geometry.width;
  place_.look_at(labels);
  CropPlan best = place_.at(plan, 0);
  double least = 2;  // more than any share
  for (int attempt = 0; most < 1 && attempt <= kLaterAttempts && least > most; ++attempt) {
    const CropPlan candidate = place_.at(plan, attempt);
    resampler_.prepare(candidate.geometry, traits_.channels);
    resampler_.label(labels.part(resampler_.source()), scratch, options_.pad_label, ignored);
    const double share = largest_share(histogram_of({scratch.data(), width, height, width}), ignored);
    if (share >= least) continue;
    least = share;
    best = candidate;
  }
  return best;
}

template <class T>
void CropMaker::write_image(const CropPlan& plan, const ImageView& source, std::span<T> out, MadeCrop& made) {
  const std::int64_t height = plan.geometry.height;
  const std::int64_t row_size = plan.geometry.width * source.channels();
  const std::int64_t band_rows =
      std::max<std::int64_t>(1, kBandBytes / static_cast<std::int64_t>(sizeof(T)) / row_size);
  TurnsClock clock(made);
  for (std::int64_t first = 0; first < height; first += band_rows) {
    const std::int64_t count = std::min(band_rows, height - first);
    const std::span<T> band =
        out.subspan(static_cast<std::size_t>(first * row_size), static_cast<std::size_t>(count * row_size));
    resampler_.image_rows(source, first, count, band, T{0});
    clock.finish(LoaderStage::resample);
    if (!changes_.changes_bands()) continue;
    changes_.change_band(first, count, band);
    clock.finish(LoaderStage::jitter);
  }
  if (!changes_.changes_crop()) return;
  changes_.change_crop(out);
  clock.finish(LoaderStage::jitter);
}

// Behind the finished labels.
void CropMaker::add_distances(std::uint64_t sample, const ImageLayout& layout, const CropPlan& plan,
                              const CropMemory& to, MadeCrop& made) {
  if (!options_.needs_distances()) return;
  const std::span<std::uint8_t> map = options_.distances.in_batch ? to.distances : own_distances_;
  const std::int64_t height = options_.augmentation.crop_height, width = options_.augmentation.crop_width;
  const LabelView label(to.label.data(), width, height, width);
  StageClock clock(made);
  distances_.find(*reader_, layout, plan, label, map);
  clock.finish(LoaderStage::distance_map);
  if (options_.points.count == 0) return;
  point_choice_.draw({.seed = options_.seed, .sample = sample},
                     {.labels = label, .distances = map, .ignored = traits_.ignore_label}, to.points);
  clock.finish(LoaderStage::points);
}

MadeCrop CropMaker::make(std::uint64_t sample, std::size_t index, const CropMemory& to) {
  MadeCrop made;
  StageClock clock(made);
  const ImageLayout& layout = reader_->open(index);
  made.bytes_read = reader_->bytes_read();
  clock.finish(LoaderStage::read);

  CropPlan plan = draw_crop(options_.augmentation, options_.seed, sample, layout.height, layout.width);
  reserve(layout);
  LabelView source_label;
  if (places_by_labels_) {
    const LabelView all = read_labels(plan.orientation, whole(layout));
    plan = placed(plan, all, to.label);
    source_label = all.part(source_window(plan.geometry));
    clock.finish(LoaderStage::label);
  }
  ImageView source = reader_->image(plan.source);
  if (!plan.orientation.is_upright()) {
    turn_upright(plan.orientation, source, turned_image_);
    source = turned_image_;
  }
  clock.finish(LoaderStage::decode);
  if (!places_by_labels_) source_label = read_labels(plan.orientation, plan.source);
  clock.finish(LoaderStage::label);

  resampler_.prepare(plan.geometry, layout.channels);
  clock.finish(LoaderStage::resample);
  changes_.prepare(plan);
  clock.finish(LoaderStage::jitter);
  if (layout.type == PixelType::u8) {
    write_image(plan, source, std::span(reinterpret_cast<std::uint8_t*>(to.image.data()), to.image.size()), made);
  } else {
    write_image(plan, source, std::span(reinterpret_cast<std::uint16_t*>(to.image.data()), to.image.size() / 2), made);
  }
  StageClock label_clock(made);
  made.valid_pixels =
      static_cast<std::uint32_t>(resampler_.label(source_label, to.label, options_.pad_label, traits_.ignore_label));
  label_clock.finish(LoaderStage::label);
  add_distances(sample, layout, plan, to, made);
  return made;
}

}  // namespace seg
