// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "base/crc32c.h"
#include "base/file.h"
#include "base/little_endian.h"
#include "loader/cache_index.h"
#include "loader/packed_sample.h"
#include "tests/fuzz/target.h"

namespace seg::testing {
namespace {

std::string packed(PixelType type, bool has_distances = false) {
  const ImageLayout layout{.height = 70, .width = 9, .channels = 2, .type = type};
  Bytes bytes;
  const LabelMap map(layout.height, layout.width);
  pack_sample(Image(layout), map, bytes, has_distances ? std::optional(KeptDistances{.map = map}) : std::nullopt);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void read_sample(std::span<const std::byte> bytes) {
  const auto sample = PackedSample::read(bytes);
  if (!sample) return;
  const ImageLayout& layout = sample->layout();
  for (std::int64_t y = 0; y < layout.height; ++y) {
    if (layout.type == PixelType::u8)
      read_all(std::as_bytes(sample->image().row<std::uint8_t>(y)));
    else
      read_all(std::as_bytes(sample->image().row<std::uint16_t>(y)));
  }
  if (!sample->maps_are_whole()) return;
  LabelMap memory;
  const auto label =
      sample->label({layout.height / 3, layout.width / 3, (layout.height + 2) / 3, (layout.width + 2) / 3}, memory);
  if (!label) std::abort();
  for (std::int64_t y = 0; y < label->height(); ++y) read_all(std::as_bytes(label->row(y)));
  if (sample->has_distances(255) && !sample->distances(whole(layout), memory)) std::abort();
}

// Head and records with the checksums that they would have.
std::string sealed_anew(std::string_view input) {
  constexpr std::size_t kChecksumAt = kCacheRecordBytes - sizeof(std::uint32_t);
  std::string file(input);
  for (std::size_t at = 0; at + kCacheRecordBytes <= file.size(); at += kCacheRecordBytes) {
    std::string checksum;
    append_number(checksum, crc32c(std::string_view(file).substr(at, kChecksumAt)));
    file.replace(at + kChecksumAt, checksum.size(), checksum);
  }
  return file;
}

// The file is the pixels, too, so that a record can name any part of it.
void read_index(std::string_view file) {
  (void)number_of_cache_head(file);
  const CacheIndex index = read_cache_index(file, file.size());
  if (compacted_end(index) < kCacheRecordBytes + index.size()) std::abort();
  for (const auto& [sample, version] : index)
    read_sample(as_bytes(file).subspan(version.entry.offset, version.entry.size));
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {packed(PixelType::u8), packed(PixelType::u16), packed(PixelType::u8, true),
          cache_head(7) + cache_record({.high = 1, .low = 2, .sample = 3}, {.offset = 64, .size = 64, .checksum = 3}) +
              cache_record({.high = 4, .low = 5, .sample = 6}, {.offset = 64, .size = 70, .checksum = 3}) +
              cache_record({.high = 1, .low = 2, .sample = 3}, {})};
}

// Both files of a cache: the index, and what it would name as a packed sample. Every input is tried as it is and with
// right checksums, behind which nothing would be reached.
void fuzz(std::string_view input) {
  read_index(input);
  read_index(sealed_anew(input));
  read_sample(as_bytes(input));
}

}  // namespace seg::testing
