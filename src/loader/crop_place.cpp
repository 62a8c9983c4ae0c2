// SPDX-License-Identifier: Apache-2.0
#include "loader/crop_place.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>

#include "base/random.h"

namespace seg {
namespace {

// Where a crop begins so that its middle is near what lies at `position` of `source` pixels.
std::int64_t offset_near(std::int64_t position, std::int64_t source, std::int64_t scaled, std::int64_t crop,
                         Random& random) {
  const std::int64_t there = (2 * position + 1) * scaled / (2 * source);  // the middle of that pixel
  const std::int64_t reach = crop / 4;
  const auto away = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(2 * reach + 1))) - reach;
  const std::int64_t room = scaled - crop;
  return std::clamp(there - crop / 2 + away, std::min<std::int64_t>(room, 0), std::max<std::int64_t>(room, 0));
}

}  // namespace

double largest_share(const LabelHistogram& labels, std::uint8_t ignored) noexcept {
  std::int64_t sum = 0, largest = 0;
  for (std::size_t value = 0; value < labels.size(); ++value) {
    if (value == ignored) continue;
    sum += labels[value];
    largest = std::max(largest, labels[value]);
  }
  return sum == 0 ? 1 : static_cast<double>(largest) / static_cast<double>(sum);
}

void CropPlace::look_at(const LabelView& labels) {
  labels_ = labels;
  if (options_.foreground_crops > 0) histogram_ = histogram_of(labels);
}

// Weights are whole numbers, so that no rounding of sums depends on their order.
CropPlace::Pixel CropPlace::pixel_of_rare_class(Random& random) const {
  constexpr std::int64_t kUnit = std::int64_t{1} << 48;
  const auto weight = [&](std::size_t value) {
    return value == ignored_ || histogram_[value] == 0 ? 0 : std::max<std::int64_t>(1, kUnit / histogram_[value]);
  };
  std::int64_t sum = 0;
  for (std::size_t value = 0; value < histogram_.size(); ++value) sum += weight(value);
  auto left = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(sum)));
  std::size_t chosen = 0;
  for (; left >= weight(chosen); ++chosen) left -= weight(chosen);
  auto number = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(histogram_[chosen])));
  for (std::int64_t y = 0;; ++y) {
    const std::span<const std::uint8_t> row = labels_.row(y);
    const std::int64_t here = std::ranges::count(row, static_cast<std::uint8_t>(chosen));
    if (number >= here) {
      number -= here;
      continue;
    }
    for (std::int64_t x = 0;; ++x) {
      if (row[static_cast<std::size_t>(x)] == chosen && number-- == 0) return {y, x};
    }
  }
}

CropPlan CropPlace::at(const CropPlan& plan, int attempt) const {
  Random random(plan.place_key, RandomStream::augmentation, static_cast<std::uint64_t>(attempt));
  CropPlan moved = plan;
  CropGeometry& g = moved.geometry;
  const bool has_classes = std::reduce(histogram_.begin(), histogram_.end()) > histogram_[ignored_];
  if (random.uniform() < options_.foreground_crops && has_classes) {
    const Pixel pixel = pixel_of_rare_class(random);
    g.top = offset_near(pixel.y, g.source_height, g.scaled_height, g.height, random);
    g.left = offset_near(pixel.x, g.source_width, g.scaled_width, g.width, random);
  } else if (attempt > 0) {
    draw_place(options_, random, g);
  }
  moved.source = stored_source(moved);
  return moved;
}

}  // namespace seg
