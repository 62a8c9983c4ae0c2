// SPDX-License-Identifier: Apache-2.0
#include "loader/crop_distances.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

namespace seg {
namespace {

constexpr std::uint8_t kFarthest = 255;

// Distances of an image by those of it scaled.
std::array<std::uint8_t, 256> scaled_distances(double scale, std::int64_t radius) {
  const std::uint8_t most = DistanceMap::most_eighths(radius);
  std::array<std::uint8_t, 256> table{};
  for (std::size_t eighths = 0; eighths < kFarthest; ++eighths)
    table[eighths] =
        static_cast<std::uint8_t>(std::min<double>(most, std::floor(static_cast<double>(eighths) * scale + 0.5)));
  table[kFarthest] = most;
  return table;
}

}  // namespace

void CropDistances::reserve(const AugmentationOptions& augmentation, const ImageLayout& image, SampleReader& reader) {
  if (!options_.of_whole_labels) return;
  reader.reserve_label(image.height, image.width);
  whole_.resize(image.height, image.width);
  ImageLayout largest = image;
  largest.channels = 1;
  largest.type = PixelType::u8;
  resampler_.reserve(augmentation.crop_height, augmentation.crop_width, largest);
  if (augmentation.rot90 == 0) return;
  turned_.resize(image.height, image.width);
  std::swap(largest.height, largest.width);
  resampler_.reserve(augmentation.crop_height, augmentation.crop_width, largest);
}

// Of the plan's window, upright.
LabelView CropDistances::of_image(SampleReader& reader, const ImageLayout& image, const CropPlan& plan) {
  std::optional<LabelView> map = reader.distances(plan.source);
  if (!map) {
    whole_.resize(image.height, image.width);
    map_.eighths(reader.label(whole(image)), {.ignored = ignored_}, whole_.values());
    map = LabelView(whole_).part(plan.source);
  }
  if (plan.orientation.is_upright()) return *map;
  turn_upright(plan.orientation, *map, turned_);
  return turned_;
}

void CropDistances::scale(const CropPlan& plan, const LabelView& map, std::span<std::uint8_t> out) {
  resampler_.prepare(plan.geometry, 1);
  if (plan.scale <= 1 || map.height() == 0 || map.width() == 0) {
    (void)resampler_.label(map, out, kFarthest, kFarthest);
  } else {
    const ImageLayout layout{.height = map.height(), .width = map.width(), .channels = 1, .type = PixelType::u8};
    const std::int64_t stride = map.height() > 1 ? map.row(1).data() - map.row(0).data() : map.width();
    const ImageView image(reinterpret_cast<const std::byte*>(map.row(0).data()), stride, layout);
    resampler_.image_rows(image, 0, plan.geometry.height, out, kFarthest);
  }
  const std::array<std::uint8_t, 256> table = scaled_distances(plan.scale, options_.radius);
  for (std::uint8_t& distance : out) distance = table[distance];
}

void CropDistances::find(SampleReader& reader, const ImageLayout& image, const CropPlan& plan, const LabelView& labels,
                         std::span<std::uint8_t> out) {
  if (options_.of_whole_labels)
    scale(plan, of_image(reader, image, plan), out);
  else
    map_.eighths(labels, {.ignored = ignored_}, out, options_.radius);
}

std::int64_t distance_bytes(const DistanceOptions& options, const AugmentationOptions& augmentation,
                            const ImageLayout& largest) {
  if (!options.of_whole_labels)
    return DistanceMap::bytes_for_eighths(augmentation.crop_height, augmentation.crop_width);
  const std::int64_t map = largest.height * largest.width;  // the whole one, those labels, and a turned one
  return DistanceMap::bytes_for_eighths(largest.height, largest.width) + (augmentation.rot90 > 0 ? 3 : 2) * map;
}

}  // namespace seg
