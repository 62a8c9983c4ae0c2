// SPDX-License-Identifier: Apache-2.0
#include "image/resample.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>

namespace seg {
namespace {

constexpr int kWeightBits = 14;
constexpr int kFractionBits = 7;  // what is kept of a value between the two mixes: 8 + 7 bits fit into int16

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

std::int64_t nearest_tap(std::int64_t position, std::int64_t source_size, std::int64_t scaled_size) noexcept {
  return position * source_size / scaled_size;
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

template <class T>
struct Arithmetic;
template <>
struct Arithmetic<std::uint8_t> {
  using Mixed = std::int16_t;
  using Product = std::int32_t;
};
template <>
struct Arithmetic<std::uint16_t> {
  using Mixed = std::int32_t;
  using Product = std::int64_t;
};

// low + (high - low) weight, rounded to the precision of its operands.
template <class T>
typename Arithmetic<T>::Mixed mix(typename Arithmetic<T>::Mixed low, typename Arithmetic<T>::Mixed high,
                                  std::int16_t weight) noexcept {
  using Mixed = typename Arithmetic<T>::Mixed;
  using Product = typename Arithmetic<T>::Product;
  constexpr Product kHalf = Product{1} << (kWeightBits - 1);
  const auto difference = static_cast<Mixed>(high - low);
  return static_cast<Mixed>(low + ((static_cast<Product>(difference) * weight + kHalf) >> kWeightBits));
}

template <class T>
typename Arithmetic<T>::Mixed widened(T value) noexcept {
  return static_cast<typename Arithmetic<T>::Mixed>(value << kFractionBits);
}

template <class T>
T narrowed(typename Arithmetic<T>::Mixed value) noexcept {
  return static_cast<T>((value + (1 << (kFractionBits - 1))) >> kFractionBits);
}

template <class T>
void mix_rows(std::span<const T> low, std::span<const T> high, std::int16_t weight,
              typename Arithmetic<T>::Mixed* __restrict out) noexcept {
  const T* __restrict a = low.data();
  const T* __restrict b = high.data();
  for (std::size_t i = 0; i < low.size(); ++i) out[i] = mix<T>(widened(a[i]), widened(b[i]), weight);
}

// Channels is the number of channels, or 0 for any.
template <int Channels, class T>
void mix_columns(const typename Arithmetic<T>::Mixed* __restrict row, std::span<const std::int32_t> low,
                 std::span<const std::int16_t> weights, std::size_t any_channels, T* __restrict out) noexcept {
  const std::size_t channels = Channels > 0 ? Channels : any_channels;
  for (std::size_t i = 0; i < low.size(); ++i) {
    const typename Arithmetic<T>::Mixed* pixel = row + static_cast<std::size_t>(low[i]) * channels;
    for (std::size_t c = 0; c < channels; ++c) {
      out[i * channels + c] = narrowed<T>(mix<T>(pixel[c], pixel[channels + c], weights[i]));
    }
  }
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

template <>
std::vector<std::int16_t>& Resampler::mixed<std::int16_t>() noexcept {
  return mixed_;
}
template <>
std::vector<std::int32_t>& Resampler::mixed<std::int32_t>() noexcept {
  return mixed_wide_;
}

void Resampler::reserve(std::int64_t height, std::int64_t width, const ImageLayout& window) {
  rows_.reserve(height);
  columns_.reserve(width);
  const auto values = static_cast<std::size_t>((window.width + 1) * window.channels);
  if (window.type == PixelType::u8) {
    mixed_.reserve(values);
  } else {
    mixed_wide_.reserve(values);
  }
}

void Resampler::prepare(const CropGeometry& g) {
  source_ = source_window(g);
  inner_ = inner_window(g);
  width_ = g.width;
  rows_.prepare(g.source_height, g.scaled_height, std::max<std::int64_t>(g.top, 0), inner_.height, source_.top,
                g.flip_vertical);
  columns_.prepare(g.source_width, g.scaled_width, std::max<std::int64_t>(g.left, 0), inner_.width, source_.left,
                   g.flip);
}

template <class T>
void Resampler::resample_rows(const Image& image, std::int64_t first, std::int64_t count, std::span<T> out, T pad) {
  using Mixed = typename Arithmetic<T>::Mixed;
  const auto channels = static_cast<std::size_t>(image.channels());
  const std::size_t row_size = static_cast<std::size_t>(width_) * channels;
  const std::size_t inner_begin = static_cast<std::size_t>(inner_.left) * channels;
  const std::size_t inner_end = inner_begin + static_cast<std::size_t>(inner_.width) * channels;
  assert(image.height() == source_.height && image.width() == source_.width);
  assert(out.size() == static_cast<std::size_t>(count) * row_size);

  // One pixel more than the window: the second neighbour of the last pixel, whose weight is 0.
  std::vector<Mixed>& scratch = mixed<Mixed>();
  scratch.resize((static_cast<std::size_t>(source_.width) + 1) * channels);
  std::fill(scratch.end() - image.channels(), scratch.end(), Mixed{0});
  const auto columns = channels == 1   ? mix_columns<1, T>
                       : channels == 3 ? mix_columns<3, T>
                       : channels == 4 ? mix_columns<4, T>
                                       : mix_columns<0, T>;

  for (std::int64_t y = first; y < first + count; ++y) {
    const std::span<T> to = out.subspan(static_cast<std::size_t>(y - first) * row_size, row_size);
    if (y < inner_.top || y >= inner_.top + inner_.height) {
      std::fill(to.begin(), to.end(), pad);
      continue;
    }
    const auto i = static_cast<std::size_t>(y - inner_.top);
    const std::int64_t low = rows_.low[i];
    const std::int64_t high = std::min(low + 1, source_.height - 1);
    mix_rows<T>(image.row<T>(low), image.row<T>(high), rows_.weight[i], scratch.data());
    std::fill_n(to.data(), inner_begin, pad);
    columns(scratch.data(), columns_.low, columns_.weight, channels, to.data() + inner_begin);
    std::fill(to.data() + inner_end, to.data() + row_size, pad);
  }
}

void Resampler::image_rows(const Image& image, std::int64_t first, std::int64_t count, std::span<std::uint8_t> out,
                           std::uint8_t pad) {
  resample_rows<std::uint8_t>(image, first, count, out, pad);
}

void Resampler::image_rows(const Image& image, std::int64_t first, std::int64_t count, std::span<std::uint16_t> out,
                           std::uint16_t pad) {
  resample_rows<std::uint16_t>(image, first, count, out, pad);
}

void Resampler::label(const LabelMap& map, std::span<std::uint8_t> out, std::uint8_t pad) const {
  const auto width = static_cast<std::size_t>(width_);
  const auto left = static_cast<std::size_t>(inner_.left);
  const auto count = static_cast<std::size_t>(inner_.width);
  std::uint8_t* to = out.data();
  to = std::fill_n(to, static_cast<std::size_t>(inner_.top) * width, pad);
  for (std::size_t y = 0; y < rows_.nearest.size(); ++y, to += width) {
    if (y > 0 && rows_.nearest[y] == rows_.nearest[y - 1]) {
      std::memcpy(to, to - width, width);
      continue;
    }
    const std::uint8_t* from = map.row(rows_.nearest[y]).data();
    std::fill_n(to, left, pad);
    for (std::size_t x = 0; x < count; ++x) to[left + x] = from[columns_.nearest[x]];
    std::fill(to + left + count, to + width, pad);
  }
  std::fill(to, out.data() + out.size(), pad);
}

}  // namespace seg
