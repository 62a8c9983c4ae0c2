// SPDX-License-Identifier: Apache-2.0
#include "loader/decoding_cost.h"

#include <algorithm>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "dataset/sample_reader.h"
#include "image/distance_map.h"
#include "loader/packed_sample.h"

namespace seg {
namespace {

constexpr std::size_t kLookedAt = 8;
constexpr std::size_t kEnoughToCompare = 4;

}  // namespace

double unevenness_of(std::vector<double> seconds) {
  if (seconds.size() < kEnoughToCompare) return 1;
  std::ranges::sort(seconds);
  const double usual = seconds[(seconds.size() - 1) / 2];
  return usual > 0 ? seconds[seconds.size() - 2] / usual : 1;
}

DecodingCost measure_decoding(const Dataset& dataset, bool with_distances) {
  const std::size_t size = dataset.size(), looked_at = std::min(size, kLookedAt);
  DecodingCost cost{.images = static_cast<std::int64_t>(size)};
  std::vector<double> seconds;
  double bytes = 0;
  Bytes packed;
  DistanceMap distance_map;
  LabelMap distances;
  const std::unique_ptr<SampleReader> reader = dataset.reader();
  for (std::size_t i = 0; i < looked_at; ++i) {
    try {
      const double start = seconds_now();
      const ImageLayout layout = reader->open(i * size / looked_at);
      reader->reserve(layout.height, layout.width);
      const ImageView image = reader->image(whole(layout));
      const LabelView label = reader->label(whole(layout));
      const double end = seconds_now();
      std::optional<KeptDistances> kept;
      if (with_distances) {
        distances.resize(layout.height, layout.width);
        distance_map.eighths(label, {.ignored = dataset.traits().ignore_label}, distances.values());
        kept = {.map = distances, .ignored = dataset.traits().ignore_label};
      }
      pack_sample(image, label, packed, kept);
      bytes += static_cast<double>(packed.size());
      seconds.push_back(end - start);
    } catch (const UserError&) {
    } catch (const std::bad_alloc&) {  // training needs no more of it than a crop
    }
  }
  if (seconds.empty()) return cost;
  const auto num_read = static_cast<double>(seconds.size());
  cost.bytes = static_cast<std::int64_t>(bytes / num_read * static_cast<double>(size));
  cost.milliseconds_per_image = 1000 * std::accumulate(seconds.begin(), seconds.end(), 0.0) / num_read;
  cost.unevenness = unevenness_of(std::move(seconds));
  return cost;
}

DecodingCost together(const DecodingCost& one, const DecodingCost& other) {
  const auto milliseconds = [](const DecodingCost& cost) {
    return cost.milliseconds_per_image * static_cast<double>(cost.images);
  };
  const auto measured = [](const DecodingCost& cost) { return cost.milliseconds_per_image > 0 ? cost.images : 0; };
  const auto images = static_cast<double>(measured(one) + measured(other));
  return {.images = one.images + other.images,
          .bytes = one.bytes + other.bytes,
          .milliseconds_per_image = images > 0 ? (milliseconds(one) + milliseconds(other)) / images : 0,
          .unevenness = std::max(one.unevenness, other.unevenness)};
}

}  // namespace seg
