// SPDX-License-Identifier: Apache-2.0
#include "loader/point_choice.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "base/distance_falloff.h"

namespace seg {
namespace {

// So many places across a pixel, in the middles of its parts: rounding moves none of them to the next pixel.
constexpr std::uint64_t kPlaces = 1024;

// Numbers of samples that no run has, nor does augmentation.cpp use those.
constexpr std::uint64_t kOfPoints = std::uint64_t{1} << 63;

// Below 1 also as a float.
float uniform(Random& random) {
  constexpr int kBits = 24;
  return static_cast<float>(random.bits() >> (32 - kBits)) / static_cast<float>(1U << kBits);
}

float place_within(std::int64_t pixel, std::int64_t size, Random& random) {
  const double place = (static_cast<double>(random.below(kPlaces)) + 0.5) / static_cast<double>(kPlaces);
  return static_cast<float>((static_cast<double>(pixel) + place) / static_cast<double>(size));
}

std::array<std::int64_t, 256> count_valid(const PointChoice::Crop& crop) {
  std::array<std::int64_t, 256> pixels{};
  const std::uint8_t* distance = crop.distances.data();
  for (std::int64_t y = 0; y < crop.labels.height(); ++y)
    for (const std::uint8_t label : crop.labels.row(y)) {
      pixels[*distance] += label != crop.ignored ? 1 : 0;
      ++distance;
    }
  return pixels;
}

}  // namespace

PointChoice::PointChoice(const PointChoiceOptions& options)
    : options_(options), falloff_(distance_falloff(options.sigma)) {
  const double near = options.boundary_share * static_cast<double>(options.count);
  picks_.resize(static_cast<std::size_t>(near));
}

// First a distance, by how many pixels have it, then one of these. Returns how many were picked: all or none.
std::size_t PointChoice::pick(Random& random, const Crop& crop) {
  if (picks_.empty()) return 0;
  const std::array<std::int64_t, 256> pixels = count_valid(crop);
  std::array<double, 256> sums{};  // weights of pixels up to a distance
  double sum = 0;
  for (std::size_t d = 0; d < sums.size(); ++d) sums[d] = sum += static_cast<double>(pixels[d]) * falloff_[d];
  if (sum == 0) return 0;
  for (Pick& pick : picks_) {
    // The first sum above it: one that grew, so that there are pixels.
    const auto* const found = std::upper_bound(sums.begin(), sums.end(), random.uniform() * sum);
    const auto distance = static_cast<std::size_t>(found - sums.begin());
    pick.distance = static_cast<std::uint8_t>(distance);
    pick.number = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(pixels[distance])));
  }
  std::ranges::sort(picks_);
  return picks_.size();
}

// Walks over the pixels once and counts, for each distance, down to the next one that was picked.
void PointChoice::place(Random& random, const Crop& crop, std::span<float> points) const {
  std::array<std::int64_t, 256> left{};
  std::array<std::size_t, 256> next{};  // in the picks
  left.fill(std::numeric_limits<std::int64_t>::max());
  for (std::size_t i = picks_.size(); i-- > 0;) {
    left[picks_[i].distance] = picks_[i].number;
    next[picks_[i].distance] = i;
  }
  std::size_t written = 0;
  const std::uint8_t* distances = crop.distances.data();
  const std::int64_t height = crop.labels.height(), width = crop.labels.width();
  for (std::int64_t y = 0; written < points.size(); ++y) {
    assert(y < height);
    const std::span<const std::uint8_t> labels = crop.labels.row(y);
    for (std::int64_t x = 0; x < width; ++x, ++distances) {
      if (labels[static_cast<std::size_t>(x)] == crop.ignored || left[*distances]-- != 0) continue;
      std::size_t& i = next[*distances];
      const Pick pick = picks_[i];
      for (; i < picks_.size() && picks_[i] == pick; ++i) {
        points[written++] = place_within(x, width, random);
        points[written++] = place_within(y, height, random);
      }
      if (i < picks_.size() && picks_[i].distance == pick.distance)
        left[*distances] = picks_[i].number - pick.number - 1;
    }
  }
}

void PointChoice::draw(const Key& key, const Crop& crop, std::span<float> points) {
  assert(points.size() == static_cast<std::size_t>(2 * options_.count));
  assert(crop.distances.size() == static_cast<std::size_t>(crop.labels.height() * crop.labels.width()));
  Random random(key.seed, RandomStream::augmentation, key.sample | kOfPoints);
  const std::size_t near = 2 * pick(random, crop);
  place(random, crop, points.first(near));
  for (float& coordinate : points.subspan(near)) coordinate = uniform(random);
}

}  // namespace seg
