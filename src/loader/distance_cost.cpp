// SPDX-License-Identifier: Apache-2.0
#include "loader/distance_cost.h"

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace seg {
namespace {

constexpr std::uint64_t kCrops = 48;
constexpr std::uint64_t kWarmUp = 4;  // that do not count: they take memory

double milliseconds_of(const MadeCrop& made) {
  return 1000 * made.seconds[static_cast<std::size_t>(LoaderStage::distance_map)];
}

}  // namespace

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
  DistanceCost cost;
  for (std::uint64_t sample = 0; sample < kWarmUp + kCrops && source.size() > 0; ++sample) {
    const std::size_t index = sample * source.size() / (kWarmUp + kCrops);
    try {
      const double found = milliseconds_of(online_maker.make(sample, index, to));
      const double cut = milliseconds_of(kept_maker.make(sample, index, to));
      if (sample < kWarmUp) continue;
      cost.online_milliseconds += found;
      cost.kept_milliseconds += cut;
      ++cost.crops;
    } catch (const UserError&) {
    }
  }
  const auto crops = static_cast<double>(std::max<std::int64_t>(cost.crops, 1));
  cost.online_milliseconds /= crops;
  cost.kept_milliseconds /= crops;
  return cost;
}

}  // namespace seg
