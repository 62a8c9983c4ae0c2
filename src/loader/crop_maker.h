// SPDX-License-Identifier: Apache-2.0
// One sample, from its files to its place in a batch.
//
// A CropMaker is a worker's own: it keeps the buffers that samples pass through, so that after the largest image has
// been seen nothing is allocated. Not thread-safe; the data set that it reads from is.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "image/resample.h"
#include "loader/augmentation.h"
#include "loader/crop_distances.h"
#include "loader/crop_place.h"
#include "loader/pixel_changes.h"
#include "loader/point_choice.h"
#include "loader/reader_source.h"

namespace seg {

// label: decode and resample; jitter: all that changes the values of pixels
enum class LoaderStage { read, decode, label, resample, jitter, distance_map, points };
inline constexpr std::array<std::string_view, 7> kLoaderStageNames = {"read",   "decode",       "label", "resample",
                                                                      "jitter", "distance_map", "points"};

// Seconds by stage.
using StageSeconds = std::array<double, kLoaderStageNames.size()>;

struct CropOptions {
  std::uint64_t seed = 0;
  AugmentationOptions augmentation;
  std::uint8_t pad_label = 255;
  Rounding jitter_rounding = Rounding::nearest;
  std::vector<double> jitter_pivots;  // one a channel, of 255 grey levels; empty: the data set's mean
  bool jitter_padding = false;        // padding is black before the colours are changed, not after
  DistanceOptions distances;
  PointChoiceOptions points;

  bool needs_distances() const noexcept { return distances.in_batch || points.count > 0; }
};

// When a stage was at work, by seconds_now(). Bands of rows are resampled and changed by turns: there the one stage is
// told before the other, each with all of its time.
struct StageSpan {
  LoaderStage stage = LoaderStage::read;
  double begin = 0, end = 0;
};

struct MadeCrop {
  static constexpr std::size_t kMostSpans = 16;

  std::uint32_t valid_pixels = 0;  // whose label is not ignored
  std::int64_t bytes_read = 0;
  StageSeconds seconds{};
  std::array<StageSpan, kMostSpans> spans{};  // one after the other
  std::size_t num_spans = 0;

  void add(LoaderStage stage, double begin, double end) noexcept;
};

// Where a finished crop goes: image [H,W,C], label [H,W], and if the options ask for them distances [H,W] and points
// [P,2].
struct CropMemory {
  std::span<std::byte> image;
  std::span<std::uint8_t> label;
  std::span<std::uint8_t> distances{};
  std::span<float> points{};
};

// What a crop reads of one side of the image, at most.
std::int64_t largest_source_side(std::int64_t image, std::int64_t crop, double smallest_scale) noexcept;

class CropMaker {
 public:
  // The data set must outlive the maker.
  CropMaker(const ReaderSource& source, CropOptions options);

  void announce(std::size_t index) { reader_->announce(index); }  // that it will be made soon, by this maker or another

  // Makes sample `sample` of the run from image `index` of the data set.
  MadeCrop make(std::uint64_t sample, std::size_t index, const CropMemory& to);

 private:
  void reserve(const ImageLayout& layout);
  LabelView read_labels(Orientation orientation, const Window& stored);
  CropPlan placed(const CropPlan& plan, const LabelView& labels, std::span<std::uint8_t> scratch);
  template <class T>
  void write_image(const CropPlan& plan, const ImageView& source, std::span<T> out, MadeCrop& made);
  void add_distances(std::uint64_t sample, const ImageLayout& layout, const CropPlan& plan, const CropMemory& to,
                     MadeCrop& made);

  const DatasetTraits& traits_;
  const CropOptions options_;
  const bool places_by_labels_;
  CropPlace place_;
  PixelChanges changes_;
  const std::unique_ptr<SampleReader> reader_;
  Image turned_image_;
  LabelMap turned_label_;
  Resampler resampler_;
  CropDistances distances_;
  PointChoice point_choice_;
  std::vector<std::uint8_t> own_distances_;  // of a crop whose distances only its points need
};

}  // namespace seg
