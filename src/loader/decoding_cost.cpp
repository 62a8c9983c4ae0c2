// SPDX-License-Identifier: Apache-2.0
#include "loader/decoding_cost.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "dataset/sample_reader.h"
#include "image/distance_map.h"
#include "loader/packed_sample.h"

namespace seg {
namespace {

constexpr std::size_t kLookedAt = 8;  // images of each data set

}  // namespace

DecodingCost measure_decoding(std::span<const Dataset* const> datasets, bool with_distances) {
  DecodingCost cost;
  double seconds = 0, num_measured = 0;
  Bytes packed;
  DistanceMap distance_map;
  LabelMap distances;
  for (const Dataset* dataset : datasets) {
    const std::unique_ptr<SampleReader> reader = dataset->reader();
    const std::size_t size = dataset->size(), looked_at = std::min(size, kLookedAt);
    double bytes = 0, num_read = 0;
    for (std::size_t i = 0; i < looked_at; ++i) {
      try {
        const double start = seconds_now();
        const ImageLayout layout = reader->open(i * size / looked_at);
        reader->reserve(layout.height, layout.width);
        const ImageView image = reader->image(whole(layout));
        const LabelView label = reader->label(whole(layout));
        seconds += seconds_now() - start;
        std::optional<KeptDistances> kept;
        if (with_distances && dataset == datasets.front()) {
          distances.resize(layout.height, layout.width);
          distance_map.eighths(label, {.ignored = dataset->traits().ignore_label}, distances.values());
          kept = {.map = distances, .ignored = dataset->traits().ignore_label};
        }
        pack_sample(image, label, packed, kept);
        bytes += static_cast<double>(packed.size());
        ++num_read;
      } catch (const UserError&) {
      }
    }
    cost.images += static_cast<std::int64_t>(size);
    if (num_read > 0) cost.bytes += static_cast<std::int64_t>(bytes / num_read * static_cast<double>(size));
    num_measured += num_read;
  }
  if (num_measured > 0) cost.milliseconds_per_image = 1000 * seconds / num_measured;
  return cost;
}

}  // namespace seg
