// SPDX-License-Identifier: Apache-2.0
#include "loader/reader_memory.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "image/decode.h"
#include "image/jpeg_index.h"
#include "loader/crop_place.h"

namespace seg {
namespace {

constexpr std::size_t kLookedAt = 64;

std::int64_t bytes_of_files(const SampleFiles& files) {
  std::int64_t bytes = 0;
  const auto add = [&](const std::string& path) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (!error) bytes += static_cast<std::int64_t>(size);
  };
  if (!files.part.empty()) return 0;  // of files that hold many, nobody reads all
  for (const std::string& image : files.images) add(image);
  if (!files.label.empty()) add(files.label);
  return bytes;
}

// What one of `size` samples says about those of its kind.
void add_decoders(const EncodedSample& encoded, std::size_t size, SampleSizes& sizes) {
  ImageLayout label = encoded.layout;
  label.channels = 1;
  std::int64_t bytes = decoder_bytes(format_of(encoded.label), label);
  std::size_t jpegs = 0;
  for (const Bytes& image : encoded.images) {
    const ImageFormat format = format_of(image);
    bytes = std::max(bytes, decoder_bytes(format, encoded.layout));
    if (format == ImageFormat::jpeg) ++jpegs;
  }
  sizes.decoder_bytes = std::max(sizes.decoder_bytes, bytes);
  const std::size_t index = std::min(size * jpegs * JpegIndex::kFileBytes, JpegIndex::kLargestBytes);
  sizes.index_bytes = std::max(sizes.index_bytes, static_cast<std::int64_t>(index));
}

std::int64_t label_bytes(const ImageLayout& layout) noexcept { return layout.height * layout.width; }
std::int64_t sample_bytes(const ImageLayout& layout) noexcept { return layout.size_bytes() + label_bytes(layout); }

// Of a map that only points need there is no room in the batch.
std::int64_t bytes_of_distances(const CropOptions& options, const ImageLayout& largest) {
  if (!options.needs_distances()) return 0;
  const std::int64_t crop = options.augmentation.crop_height * options.augmentation.crop_width;
  return distance_bytes(options.distances, options.augmentation, largest) + (options.distances.in_batch ? 0 : crop);
}

}  // namespace

SampleSizes sizes_of(const Dataset& dataset) {
  SampleSizes sizes;
  EncodedSample encoded;
  const std::size_t size = dataset.size(), looked_at = std::min(size, kLookedAt);
  for (std::size_t i = 0; i < looked_at; ++i) {
    const std::size_t index = i * size / looked_at;
    try {
      dataset.fetch_label(index, encoded);
    } catch (const UserError&) {
      continue;
    }
    if (encoded.layout.size_bytes() > sizes.largest.size_bytes()) sizes.largest = encoded.layout;
    sizes.file_bytes = std::max(sizes.file_bytes, bytes_of_files(dataset.files(index)));
    add_decoders(encoded, size, sizes);
  }
  return sizes;
}

std::int64_t training_reader_bytes(const SampleSizes& sizes, const CropOptions& options, const ReaderCounts& counts) {
  const AugmentationOptions& augmentation = options.augmentation;
  ImageLayout window = sizes.largest;
  window.height = largest_source_side(window.height, augmentation.crop_height, augmentation.scale_low);
  window.width = largest_source_side(window.width, augmentation.crop_width, augmentation.scale_low);
  const std::int64_t label = label_bytes(places_by_labels(augmentation) ? sizes.largest : window);
  std::int64_t bytes = sizes.file_bytes + sizes.decoder_bytes;
  bytes += counts.fills_cache ? sample_bytes(sizes.largest) : window.size_bytes() + label;
  if (augmentation.rot90 > 0) bytes += window.size_bytes() + label;
  bytes += bytes_of_distances(options, sizes.largest);
  return std::max(counts.num_workers, 1) * bytes + sizes.index_bytes;
}

std::int64_t evaluation_reader_bytes(const SampleSizes& sizes, const ReaderCounts& counts) {
  const std::int64_t workers = std::max(counts.num_workers, 1), sample = sample_bytes(sizes.largest);
  const std::int64_t slots = counts.num_images + counts.num_workers;
  return (slots + counts.num_images) * sample +
         workers * (sizes.file_bytes + sizes.decoder_bytes + (counts.fills_cache ? sample : 0));
}

}  // namespace seg
