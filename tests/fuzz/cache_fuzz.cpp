// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "loader/cache_index.h"
#include "loader/packed_sample.h"
#include "tests/fuzz/target.h"

namespace seg::testing {
namespace {

std::string packed(PixelType type) {
  const ImageLayout layout{.height = 70, .width = 9, .channels = 2, .type = type};
  Bytes bytes;
  pack_sample(Image(layout), LabelMap(layout.height, layout.width), bytes);
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
  LabelMap memory;
  if (!sample->labels_are_whole(memory)) return;
  const LabelView label =
      sample->label({layout.height / 3, layout.width / 3, (layout.height + 2) / 3, (layout.width + 2) / 3}, memory);
  for (std::int64_t y = 0; y < label.height(); ++y) read_all(std::as_bytes(label.row(y)));
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {packed(PixelType::u8), packed(PixelType::u16),
          cache_head(7) + cache_record({.high = 1, .low = 2}, {.offset = 64, .size = 64, .checksum = 3})};
}

// Both files of a cache: the index, and what it would name as a packed sample.
void fuzz(std::string_view input) {
  (void)number_of_cache_head(input);
  const std::span<const std::byte> bytes = as_bytes(input);
  for (const auto& [key, entry] : read_cache_index(input, input.size()))
    read_sample(bytes.subspan(entry.offset, entry.size));
  read_sample(bytes);
}

}  // namespace seg::testing
