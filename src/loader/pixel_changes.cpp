// SPDX-License-Identifier: Apache-2.0
#include "loader/pixel_changes.h"

#include <algorithm>
#include <utility>

namespace seg {

PixelChanges::PixelChanges(std::vector<std::int32_t> pivots, Rounding rounding, bool changes_padding)
    : channels_(pivots.size()), changes_padding_(changes_padding), jitter_(std::move(pivots), rounding) {}

void PixelChanges::reserve(std::int64_t crop_width) {
  blur_.reserve(static_cast<std::size_t>(crop_width) * channels_, channels_);
}

void PixelChanges::prepare(const CropPlan& plan) {
  plan_ = plan;
  inner_ = inner_window(plan.geometry);
  jitter_.prepare(plan.jitter);
  gamma_.prepare(plan.gamma);
}

template <class T>
void PixelChanges::change_band(std::int64_t first, std::int64_t count, std::span<T> band) const {
  if (changes_padding_) return change_values(band);
  const std::int64_t begin = std::max(inner_.top, first) - first;
  const std::int64_t end = std::min(inner_.top + inner_.height, first + count) - first;
  const std::size_t row_size = band.size() / static_cast<std::size_t>(count);
  const std::size_t left = static_cast<std::size_t>(inner_.left) * channels_;
  const std::size_t size = static_cast<std::size_t>(inner_.width) * channels_;
  for (std::int64_t y = begin; y < end; ++y) {
    change_values(band.subspan(static_cast<std::size_t>(y) * row_size + left, size));
  }
}

template <class T>
void PixelChanges::change_crop(std::span<T> crop) {
  const std::size_t row_size = static_cast<std::size_t>(plan_.geometry.width) * channels_;
  const auto height = static_cast<std::size_t>(inner_.height), width = static_cast<std::size_t>(inner_.width);
  const std::size_t first =
      static_cast<std::size_t>(inner_.top) * row_size + static_cast<std::size_t>(inner_.left) * channels_;
  blur_.apply(PixelArea<T>{crop.data() + first, height, width, channels_, row_size}, plan_.blur);
  for (std::size_t y = 0; y < height; ++y) {
    const std::size_t begin = first + y * row_size;
    add_noise(plan_.noise, static_cast<std::uint32_t>(begin), crop.subspan(begin, width * channels_));
  }
}

template void PixelChanges::change_band(std::int64_t, std::int64_t, std::span<std::uint8_t>) const;
template void PixelChanges::change_band(std::int64_t, std::int64_t, std::span<std::uint16_t>) const;
template void PixelChanges::change_crop(std::span<std::uint8_t>);
template void PixelChanges::change_crop(std::span<std::uint16_t>);

}  // namespace seg
