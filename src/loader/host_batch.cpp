// SPDX-License-Identifier: Apache-2.0
#include "loader/host_batch.h"

#include <cassert>
#include <numeric>

namespace seg {

std::span<const std::byte> BatchView::image(std::int64_t i) const noexcept {
  const auto size = static_cast<std::size_t>(layout().size_bytes());
  return images().subspan(static_cast<std::size_t>(i) * size, size);
}

std::span<const std::uint8_t> BatchView::label(std::int64_t i) const noexcept {
  const auto size = static_cast<std::size_t>(layout().height * layout().width);
  return labels().subspan(static_cast<std::size_t>(i) * size, size);
}

std::int64_t BatchView::points_per_sample() const noexcept {
  return points().empty() ? 0 : static_cast<std::int64_t>(points().size()) / (2 * count());
}

std::int64_t BatchView::total_valid_pixels() const noexcept {
  return std::accumulate(valid_pixels().begin(), valid_pixels().end(), std::int64_t{0});
}

BatchView BatchView::view(std::int64_t first, std::int64_t count) const noexcept {
  assert(first >= 0 && count >= 0 && first + count <= this->count());
  const auto begin = static_cast<std::size_t>(first);
  const auto size = static_cast<std::size_t>(count);
  const auto image_size = static_cast<std::size_t>(layout().size_bytes());
  const auto label_size = static_cast<std::size_t>(layout().height * layout().width);
  const auto cut = [&](const auto& whole, std::size_t entry) {
    return whole.empty() ? whole : whole.subspan(begin * entry, size * entry);
  };
  return BatchView({.step = step(),
                    .layout = layout(),
                    .images = images().subspan(begin * image_size, size * image_size),
                    .labels = labels().subspan(begin * label_size, size * label_size),
                    .distances = cut(distances(), label_size),
                    .points = cut(points(), static_cast<std::size_t>(2 * points_per_sample())),
                    .valid_pixels = valid_pixels().subspan(begin, size),
                    .sample_numbers = sample_numbers().subspan(begin, size),
                    .dataset_indices = dataset_indices().subspan(begin, size)});
}

}  // namespace seg
