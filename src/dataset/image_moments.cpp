// SPDX-License-Identifier: Apache-2.0
#include "dataset/image_moments.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/text.h"

namespace seg {
namespace {

constexpr double kSmallestStd = 1e-4;  // the config's bound: images of one value have none

template <class T>
ImageMoments moments_of_values(const Image& image) {
  const auto channels = static_cast<std::size_t>(image.channels());
  const double scale = static_cast<double>(largest_value(image.type()));
  const std::size_t counted = channels == 1 ? 3 : channels;
  ImageMoments moments{.pixels = static_cast<double>(image.height() * image.width()),
                       .sum = std::vector<double>(counted),
                       .squares = std::vector<double>(counted)};
  std::vector<std::uint64_t> sum(channels), squares(channels);
  for (std::int64_t y = 0; y < image.height(); ++y) {
    std::ranges::fill(sum, 0);
    std::ranges::fill(squares, 0);
    const auto row = image.row<T>(y);
    for (std::size_t i = 0; i < row.size(); i += channels)
      for (std::size_t c = 0; c < channels; ++c) {
        const std::uint64_t value = row[i + c];
        sum[c] += value;
        squares[c] += value * value;
      }
    for (std::size_t c = 0; c < counted; ++c) {
      const std::size_t from = channels == 1 ? 0 : c;
      moments.sum[c] += static_cast<double>(sum[from]) / scale;
      moments.squares[c] += static_cast<double>(squares[from]) / (scale * scale);
    }
  }
  return moments;
}

}  // namespace

ImageMoments moments_of(const Image& image) {
  return image.type() == PixelType::u8 ? moments_of_values<std::uint8_t>(image)
                                       : moments_of_values<std::uint16_t>(image);
}

ChannelStatistics statistics_of(std::span<const ImageMoments> images, std::int64_t channels) {
  const auto count = static_cast<std::size_t>(channels);
  ImageMoments total{.sum = std::vector<double>(count), .squares = std::vector<double>(count)};
  for (const ImageMoments& image : images) {
    total.pixels += image.pixels;
    for (std::size_t c = 0; c < count; ++c) {
      total.sum[c] += image.sum[c];
      total.squares[c] += image.squares[c];
    }
  }
  ChannelStatistics statistics;
  if (total.pixels == 0) return statistics;
  for (std::size_t c = 0; c < count; ++c) {
    const double mean = total.sum[c] / total.pixels, square = total.squares[c] / total.pixels;
    statistics.mean.push_back(mean);
    statistics.std.push_back(std::max(kSmallestStd, std::sqrt(std::max(0.0, square - mean * mean))));
  }
  return statistics;
}

ChannelStatistics rounded(ChannelStatistics statistics) {
  for (auto* const values : {&statistics.mean, &statistics.std})
    for (double& value : *values) value = std::round(value * 1e4) / 1e4;
  return statistics;
}

std::string list_text(std::span<const double> values) {
  std::vector<std::string> parts;
  for (const double value : values) parts.push_back(fixed(value, 4));
  return "[" + joined(parts, ", ") + "]";
}

}  // namespace seg
