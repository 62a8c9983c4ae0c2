// SPDX-License-Identifier: Apache-2.0
#include "loader/distance_cost.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"

namespace seg {
namespace {

constexpr std::uint64_t kCrops = 48;
constexpr std::uint64_t kWarmUp = 4;  // that do not count: they take memory

double milliseconds_of(const MadeCrop& made) {
  return 1000 * made.seconds[static_cast<std::size_t>(LoaderStage::distance_map)];
}

constexpr double kNoise = 0.1;                 // of the longer one
constexpr double kLeastMilliseconds = 0.0005;  // a difference that the text would not show

// One interruption by other programs would be most of a mean.
double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

std::string_view quicker_distances(const DistanceCost& cost) noexcept {
  const double online = cost.online_milliseconds, kept = cost.kept_milliseconds;
  if (std::abs(online - kept) <= std::max(kLeastMilliseconds, kNoise * std::max(online, kept))) return "either";
  return online < kept ? "online" : "cache";
}

DistanceCost measure_distances(const ReaderSource& source, const CropOptions& options) {
  CropOptions online = options, kept = options;
  online.distances.in_batch = kept.distances.in_batch = true;
  online.points.count = kept.points.count = 0;
  online.distances.of_whole_labels = false;
  kept.distances.of_whole_labels = true;
  CropMaker online_maker(source, online), kept_maker(source, kept);
  const auto pixels = static_cast<std::size_t>(options.augmentation.crop_height * options.augmentation.crop_width);
  const auto channels = static_cast<std::size_t>(source.traits().channels);
  std::vector<std::byte> image(pixels * channels * static_cast<std::size_t>(bytes_of(source.traits().type)));
  std::vector<std::uint8_t> label(pixels), distances(pixels);
  const CropMemory to{.image = image, .label = label, .distances = distances};
  std::vector<double> online_times, kept_times;
  for (std::uint64_t sample = 0; sample < kWarmUp + kCrops && source.size() > 0; ++sample) {
    const std::size_t index = sample * source.size() / (kWarmUp + kCrops);
    try {
      const double found = milliseconds_of(online_maker.make(sample, index, to));
      const double cut = milliseconds_of(kept_maker.make(sample, index, to));
      if (sample < kWarmUp) continue;
      online_times.push_back(found);
      kept_times.push_back(cut);
    } catch (const UserError&) {
    }
  }
  return {.crops = static_cast<std::int64_t>(kept_times.size()),
          .online_milliseconds = median(std::move(online_times)),
          .kept_milliseconds = median(std::move(kept_times))};
}

}  // namespace seg
