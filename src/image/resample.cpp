// SPDX-License-Identifier: Apache-2.0
#include "image/resample.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>

namespace seg {
namespace {

struct Tap {
  std::int64_t low = 0;  // and low + 1, if the weight is not 0
  std::int16_t weight = 0;
};

// (i + 1/2) m / n - 1/2 = ((2i + 1) m - n) / 2n, as a whole part and a rounded weight.
Tap linear_tap(std::int64_t position, std::int64_t source_size, std::int64_t scaled_size) noexcept {
  const std::int64_t numerator = (2 * position + 1) * source_size - scaled_size;
  const std::int64_t denominator = 2 * scaled_size;
  if (numerator <= 0) return {};  // before the centre of the first pixel
  std::int64_t low = numerator / denominator;
  std::int64_t weight = (((numerator % denominator) << kWeightBits) + scaled_size) / denominator;
  if (weight == 1 << kWeightBits) {
    ++low;
    weight = 0;
  }
  if (low >= source_size - 1) return {.low = source_size - 1};
  return {.low = low, .weight = static_cast<std::int16_t>(weight)};
}

// With OpenCV's roundings: where i m / n is a whole number, its quotient of quotients may fall just below.
std::int64_t nearest_tap(std::int64_t position, std::int64_t source_size, std::int64_t scaled_size) noexcept {
  const double scale = static_cast<double>(scaled_size) / static_cast<double>(source_size);
  const double step = 1.0 / scale;
  return std::min(static_cast<std::int64_t>(static_cast<double>(position) * step), source_size - 1);
}

struct Range {
  std::int64_t first = 0, count = 0;
};

// The positions 0 … size-1 of a crop that begins at `offset` which lie in a scaled side.
Range inner_range(std::int64_t offset, std::int64_t size, std::int64_t scaled_size, bool reversed) noexcept {
  const std::int64_t first = std::max<std::int64_t>(0, -offset);
  const std::int64_t last = std::min(size, scaled_size - offset);
  if (last <= first) return {};
  return {.first = reversed ? size - last : first, .count = last - first};
}

// What a run of scaled positions reads; both rules are monotonic, so its ends tell.
Range source_range(std::int64_t offset, std::int64_t size, std::int64_t source_size,
                   std::int64_t scaled_size) noexcept {
  const Range inner = inner_range(offset, size, scaled_size, false);
  if (inner.count == 0) return {};
  const std::int64_t begin = offset + inner.first;
  const std::int64_t end = begin + inner.count - 1;
  const Tap last = linear_tap(end, source_size, scaled_size);
  const std::int64_t low = std::min(linear_tap(begin, source_size, scaled_size).low,  //
                                    nearest_tap(begin, source_size, scaled_size));
  const std::int64_t high = std::max(last.weight == 0 ? last.low : last.low + 1,  //
                                     nearest_tap(end, source_size, scaled_size));
  return {.first = low, .count = high - low + 1};
}

// For 16-bit values; image/row_mix.h has the same for 8 bits.
std::int32_t mix(std::int32_t low, std::int32_t high, std::int16_t weight) noexcept {
  constexpr std::int64_t kHalf = 1 << (kWeightBits - 1);
  return low + static_cast<std::int32_t>((std::int64_t{high - low} * weight + kHalf) >> kWeightBits);
}

}  // namespace

Window inner_window(const CropGeometry& g) noexcept {
  const Range rows = inner_range(g.top, g.height, g.scaled_height, g.flip_vertical);
  const Range columns = inner_range(g.left, g.width, g.scaled_width, g.flip);
  if (rows.count == 0 || columns.count == 0) return {};
  return {.top = rows.first, .left = columns.first, .height = rows.count, .width = columns.count};
}

Window source_window(const CropGeometry& g) noexcept {
  const Range rows = source_range(g.top, g.height, g.source_height, g.scaled_height);
  const Range columns = source_range(g.left, g.width, g.source_width, g.scaled_width);
  if (rows.count == 0 || columns.count == 0) return {};
  return {.top = rows.first, .left = columns.first, .height = rows.count, .width = columns.count};
}

void Resampler::Axis::reserve(std::int64_t size) {
  low.reserve(static_cast<std::size_t>(size));
  weight.reserve(static_cast<std::size_t>(size));
  nearest.reserve(static_cast<std::size_t>(size));
}

void Resampler::Axis::prepare(std::int64_t source_size, std::int64_t scaled_size, std::int64_t first,
                              std::int64_t count, std::int64_t source_first, bool reversed) {
  const auto size = static_cast<std::size_t>(count);
  low.resize(size);
  weight.resize(size);
  nearest.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::int64_t position = first + static_cast<std::int64_t>(reversed ? size - 1 - i : i);
    const Tap tap = linear_tap(position, source_size, scaled_size);
    low[i] = static_cast<std::int32_t>(tap.low - source_first);
    weight[i] = tap.weight;
    nearest[i] = static_cast<std::int32_t>(nearest_tap(position, source_size, scaled_size) - source_first);
  }
}

void Resampler::reserve(std::int64_t height, std::int64_t width, const ImageLayout& window) {
  rows_.reserve(height);
  columns_.reserve(width);
  const auto channels = static_cast<std::size_t>(window.channels);
  const auto row = static_cast<std::size_t>(window.width) * channels;
  if (window.type == PixelType::u8) {
    mixed_.reserve(row + ColumnMix::slack(channels));
    column_mix_.reserve(static_cast<std::size_t>(width), channels);
  } else {
    mixed_wide_.reserve(row + channels);
  }
  nearest_row_.reserve(static_cast<std::size_t>(width));
}

void Resampler::prepare(const CropGeometry& g, std::int64_t channels) {
  if (g == geometry_ && channels == channels_) return;
  geometry_ = g;
  channels_ = channels;
  source_ = source_window(g);
  inner_ = inner_window(g);
  rows_.prepare(g.source_height, g.scaled_height, std::max<std::int64_t>(g.top, 0), inner_.height, source_.top,
                g.flip_vertical);
  columns_.prepare(g.source_width, g.scaled_width, std::max<std::int64_t>(g.left, 0), inner_.width, source_.left,
                   g.flip);
  column_mix_.prepare(columns_.low, columns_.weight, static_cast<std::size_t>(channels));
  nearest_row_.prepare(columns_.nearest, static_cast<std::size_t>(source_.width));
}

// Row y of those that are not padding, without the columns that are.
void Resampler::resample_row(const ImageView& image, std::size_t y, std::span<std::uint8_t> out) {
  const std::int64_t low = rows_.low[y];
  const std::int64_t high = std::min(low + 1, source_.height - 1);
  const auto channels = static_cast<std::size_t>(channels_);
  // Behind the window there is the second neighbour of its last pixel, whose weight is 0.
  mixed_.resize(static_cast<std::size_t>(source_.width) * channels + ColumnMix::slack(channels));
  mix_rows(image.row<std::uint8_t>(low), image.row<std::uint8_t>(high), rows_.weight[y], mixed_.data());
  column_mix_.mix(mixed_.data(), out);
}

void Resampler::resample_row(const ImageView& image, std::size_t y, std::span<std::uint16_t> out) {
  const std::int64_t low = rows_.low[y];
  const std::int64_t high = std::min(low + 1, source_.height - 1);
  const auto channels = static_cast<std::size_t>(channels_);
  const std::span<const std::uint16_t> a = image.row<std::uint16_t>(low), b = image.row<std::uint16_t>(high);
  mixed_wide_.resize(a.size() + channels);
  for (std::size_t i = 0; i < a.size(); ++i) {
    mixed_wide_[i] = mix(a[i] << kFractionBits, b[i] << kFractionBits, rows_.weight[y]);
  }
  std::size_t to = 0;
  for (std::size_t x = 0; x < columns_.low.size(); ++x) {
    const std::int32_t* pixel = mixed_wide_.data() + static_cast<std::size_t>(columns_.low[x]) * channels;
    for (std::size_t c = 0; c < channels; ++c, ++to) {
      const std::int32_t value = mix(pixel[c], pixel[channels + c], columns_.weight[x]);
      out[to] = static_cast<std::uint16_t>((value + (1 << (kFractionBits - 1))) >> kFractionBits);
    }
  }
}

template <class T>
void Resampler::resample_rows(const ImageView& image, std::int64_t first, std::int64_t count, std::span<T> out, T pad) {
  assert(image.height() == source_.height && image.width() == source_.width && image.channels() == channels_);
  const auto row_size = static_cast<std::size_t>(geometry_.width * channels_);
  const auto inner_begin = static_cast<std::size_t>(inner_.left * channels_);
  const auto inner_size = static_cast<std::size_t>(inner_.width * channels_);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::span<T> row = out.subspan(static_cast<std::size_t>(i) * row_size, row_size);
    const std::int64_t y = first + i - inner_.top;
    if (y < 0 || y >= inner_.height) {
      std::fill(row.begin(), row.end(), pad);
      continue;
    }
    std::fill_n(row.data(), inner_begin, pad);
    resample_row(image, static_cast<std::size_t>(y), row.subspan(inner_begin, inner_size));
    std::fill(row.data() + inner_begin + inner_size, row.data() + row_size, pad);
  }
}

void Resampler::image_rows(const ImageView& image, std::int64_t first, std::int64_t count, std::span<std::uint8_t> out,
                           std::uint8_t pad) {
  resample_rows<std::uint8_t>(image, first, count, out, pad);
}

void Resampler::image_rows(const ImageView& image, std::int64_t first, std::int64_t count, std::span<std::uint16_t> out,
                           std::uint16_t pad) {
  resample_rows<std::uint16_t>(image, first, count, out, pad);
}

std::int64_t Resampler::label(const LabelView& map, std::span<std::uint8_t> out, std::uint8_t pad,
                              std::uint8_t ignored) const {
  const auto width = static_cast<std::size_t>(geometry_.width);
  const auto left = static_cast<std::size_t>(inner_.left);
  const auto count = static_cast<std::size_t>(inner_.width);
  const std::size_t padding = pad == ignored ? width - count : 0;  // that is ignored, of an inner row
  std::size_t num_ignored = pad == ignored ? (out.size() / width - rows_.nearest.size()) * width : 0, in_row = 0;
  std::uint8_t* to = out.data();
  to = std::fill_n(to, static_cast<std::size_t>(inner_.top) * width, pad);
  for (std::size_t y = 0; y < rows_.nearest.size(); ++y, to += width) {
    if (y > 0 && rows_.nearest[y] == rows_.nearest[y - 1]) {
      std::memcpy(to, to - width, width);
    } else {
      const std::span<std::uint8_t> inner(to + left, count);
      std::fill_n(to, left, pad);
      nearest_row_.take(map.row(rows_.nearest[y]), inner);
      std::fill(to + left + count, to + width, pad);
      in_row = padding + count_of(ignored, inner);
    }
    num_ignored += in_row;
  }
  std::fill(to, out.data() + out.size(), pad);
  return static_cast<std::int64_t>(out.size() - num_ignored);
}

}  // namespace seg
