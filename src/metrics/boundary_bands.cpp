// SPDX-License-Identifier: Apache-2.0
#include "metrics/boundary_bands.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace seg {
namespace {

constexpr std::int64_t kStrip = 256;  // columns that are reduced together, so that they stay in the cache

struct Smaller {
  std::uint8_t operator()(std::uint8_t a, std::uint8_t b) const noexcept { return std::min(a, b); }
};
struct Larger {
  std::uint8_t operator()(std::uint8_t a, std::uint8_t b) const noexcept { return std::max(a, b); }
};

template <class Choose>
void choose(const std::uint8_t* a, const std::uint8_t* b, std::size_t count, std::uint8_t* __restrict result) {
  for (std::size_t i = 0; i < count; ++i) result[i] = Choose()(a[i], b[i]);
}

// Groups of `step` values: group i becomes the choice of groups i to i + window - 1, for all that have so many behind
// them. Windows are doubled until two of them, overlapping, make the whole.
template <class Choose>
void reduce_windows(std::vector<std::uint8_t>& values, std::vector<std::uint8_t>& scratch, std::size_t step,
                    std::size_t window) {
  std::size_t count = values.size(), length = 1;
  scratch.resize(count);
  const auto widen_by = [&](std::size_t more) {
    count -= more * step;
    choose<Choose>(values.data(), values.data() + more * step, count, scratch.data());
    std::swap(values, scratch);
    length += more;
  };
  while (2 * length <= window) widen_by(length);
  if (length < window) widen_by(window - length);
}

void find_others(const std::uint8_t* lowest, const std::uint8_t* highest, const std::uint8_t* low,
                 const std::uint8_t* high, std::int64_t count, std::uint8_t* __restrict is_in_band) {
  for (std::int64_t x = 0; x < count; ++x)
    is_in_band[x] = static_cast<std::uint8_t>((lowest[x] < high[x]) | (highest[x] > low[x]));
}

}  // namespace

std::int64_t band_width(double share_of_diagonal, std::int64_t height, std::int64_t width) {
  const auto square = [](std::int64_t side) { return static_cast<double>(side) * static_cast<double>(side); };
  const double pixels = std::nearbyint(share_of_diagonal * std::sqrt(square(height) + square(width)));
  return std::max<std::int64_t>(static_cast<std::int64_t>(pixels), 1);
}

void BandFinder::reduce_rows(const CountedClasses& classes, std::int64_t reach) {
  const std::int64_t width = classes.width();
  const auto padded = static_cast<std::size_t>(width + 2 * reach), window = static_cast<std::size_t>(2 * reach + 1);
  for (std::int64_t y = 0; y < classes.height(); ++y) {
    low_scratch_.assign(padded, kNoLow);
    high_scratch_.assign(padded, kNoHigh);
    std::copy_n(classes.low(y), width, low_scratch_.begin() + reach);
    std::copy_n(classes.high(y), width, high_scratch_.begin() + reach);
    reduce_windows<Smaller>(low_scratch_, other_scratch_, 1, window);
    reduce_windows<Larger>(high_scratch_, other_scratch_, 1, window);
    std::copy_n(low_scratch_.begin(), width, lowest_.begin() + y * width);
    std::copy_n(high_scratch_.begin(), width, highest_.begin() + y * width);
  }
}

void BandFinder::reduce_columns(const CountedClasses& classes, std::int64_t reach) {
  const std::int64_t height = classes.height(), width = classes.width();
  const auto window = static_cast<std::size_t>(2 * reach + 1);
  for (std::int64_t left = 0; left < width; left += kStrip) {
    const std::int64_t columns = std::min(kStrip, width - left);
    const auto padded = static_cast<std::size_t>((height + 2 * reach) * columns);
    low_scratch_.assign(padded, kNoLow);
    high_scratch_.assign(padded, kNoHigh);
    for (std::int64_t y = 0; y < height; ++y) {
      std::copy_n(lowest_.begin() + y * width + left, columns, low_scratch_.begin() + (y + reach) * columns);
      std::copy_n(highest_.begin() + y * width + left, columns, high_scratch_.begin() + (y + reach) * columns);
    }
    reduce_windows<Smaller>(low_scratch_, other_scratch_, static_cast<std::size_t>(columns), window);
    reduce_windows<Larger>(high_scratch_, other_scratch_, static_cast<std::size_t>(columns), window);
    for (std::int64_t y = 0; y < height; ++y)
      find_others(low_scratch_.data() + y * columns, high_scratch_.data() + y * columns, classes.low(y) + left,
                  classes.high(y) + left, columns, is_in_band_.data() + y * width + left);
  }
}

void BandFinder::add_frame(const CountedClasses& classes, std::int64_t width) {
  for (std::int64_t y = 0; y < classes.height(); ++y) {
    std::uint8_t* const row = is_in_band_.data() + y * classes.width();
    const auto add = [&](std::int64_t first, std::int64_t end) {
      for (std::int64_t x = first; x < end; ++x) row[x] = static_cast<std::uint8_t>(classes.counts(y, x));
    };
    if (y < width || y >= classes.height() - width || 2 * width >= classes.width()) {
      add(0, classes.width());
      continue;
    }
    add(0, width);
    add(classes.width() - width, classes.width());
  }
}

std::span<const std::uint8_t> BandFinder::find(const CountedClasses& classes, std::int64_t width) {
  const auto pixels = static_cast<std::size_t>(classes.height() * classes.width());
  lowest_.resize(pixels);
  highest_.resize(pixels);
  is_in_band_.resize(pixels);
  reduce_rows(classes, std::min(width, classes.width()));
  reduce_columns(classes, std::min(width, classes.height()));
  add_frame(classes, width);
  return is_in_band_;
}

std::vector<ClassCounts> BoundaryIou::count(const CountedClasses& labels, const CountedClasses& predictions) {
  const std::int64_t width = band_width(share_of_diagonal_, labels.height(), labels.width());
  const std::span<const std::uint8_t> in_label = of_labels_.find(labels, width);
  const std::span<const std::uint8_t> in_prediction = of_predictions_.find(predictions, width);
  std::array<ClassCounts, 256> counts{};
  std::size_t pixel = 0;
  for (std::int64_t y = 0; y < labels.height(); ++y) {
    const std::uint8_t* const label = labels.low(y);
    const std::uint8_t* const prediction = predictions.low(y);
    for (std::int64_t x = 0; x < labels.width(); ++x, ++pixel) {
      if ((in_label[pixel] | in_prediction[pixel]) == 0) continue;
      counts[label[x]].labelled += in_label[pixel];
      counts[prediction[x]].predicted += in_prediction[pixel];
      if (label[x] == prediction[x]) counts[label[x]].hit += in_label[pixel] & in_prediction[pixel];
    }
  }
  return {counts.begin(), counts.begin() + num_classes_};
}

}  // namespace seg
