// SPDX-License-Identifier: Apache-2.0
#include "loader/packed_sample.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/crc32c.h"
#include "base/rounding.h"

namespace seg {
namespace {

constexpr std::size_t kHeadBytes = 64, kMapAlignment = 8;
constexpr std::uint32_t kMark = 0x53474553;  // "SEGS"

struct Head {
  std::uint32_t mark = kMark, height = 0, width = 0, channels = 0, bits = 0, band_rows = kBandRows;
  std::uint32_t distances = 0, ignored = 0, labels_checksum = 0;
};

// Where the labels' part begins.
std::size_t map_offset(const ImageLayout& layout) noexcept {
  return rounded_up(kHeadBytes + static_cast<std::size_t>(layout.size_bytes()), kMapAlignment);
}

std::span<const std::byte> bytes_of_row(const ImageView& image, std::int64_t y) {
  return image.layout().type == PixelType::u8 ? std::as_bytes(image.row<std::uint8_t>(y))
                                              : std::as_bytes(image.row<std::uint16_t>(y));
}

// A layout that some memory could hold: then nothing below overflows.
std::optional<ImageLayout> layout_of(const Head& head, std::size_t size) noexcept {
  if (head.mark != kMark || (head.bits != 8 && head.bits != 16) || head.distances > 1) return std::nullopt;
  constexpr std::uint32_t kLargest = 1U << 30;
  if (head.height == 0 || head.width == 0 || head.channels == 0 || head.band_rows == 0) return std::nullopt;
  if (head.height > kLargest || head.width > kLargest || head.channels > kLargest || head.band_rows > kLargest)
    return std::nullopt;
  const std::uint64_t pixels = static_cast<std::uint64_t>(head.height) * head.width;
  const std::uint64_t bytes_of_pixel = static_cast<std::uint64_t>(head.channels) * (head.bits / 8);
  if (pixels > size / bytes_of_pixel) return std::nullopt;
  return ImageLayout{.height = head.height,
                     .width = head.width,
                     .channels = head.channels,
                     .type = head.bits == 8 ? PixelType::u8 : PixelType::u16};
}

}  // namespace

std::int64_t largest_packed_size(const ImageLayout& layout, bool has_distances) noexcept {
  return static_cast<std::int64_t>(map_offset(layout)) +
         (has_distances ? 2 : 1) * largest_packed_map(layout.height, layout.width);
}

void SamplePacker::take(const ImageView& image, const LabelView& label, const std::optional<KeptDistances>& distances) {
  const ImageLayout& layout = image.layout();
  assert(label.height() == layout.height && label.width() == layout.width);
  image_ = image;
  labels_.take(label);
  has_distances_ = distances.has_value();
  Head head{.height = static_cast<std::uint32_t>(layout.height),
            .width = static_cast<std::uint32_t>(layout.width),
            .channels = static_cast<std::uint32_t>(layout.channels),
            .bits = static_cast<std::uint32_t>(8 * bytes_of(layout.type))};
  if (distances) {
    assert(distances->map.height() == layout.height && distances->map.width() == layout.width);
    distances_.take(distances->map);
    head.distances = 1;
    head.ignored = distances->ignored;
    head.labels_checksum = labels_.checksum();
  }
  head_.assign(kHeadBytes, std::byte{0});
  std::memcpy(head_.data(), &head, sizeof head);
  padding_.assign(map_offset(layout) - kHeadBytes - static_cast<std::size_t>(layout.size_bytes()), std::byte{0});
  size_ = map_offset(layout) + labels_.size() + (has_distances_ ? distances_.size() : 0);
}

void SamplePacker::for_each_piece(const std::function<void(std::span<const std::byte>)>& use) const {
  use(head_);
  if (image_.stride() == image_.layout().row_bytes()) {
    use({bytes_of_row(image_, 0).data(), static_cast<std::size_t>(image_.layout().size_bytes())});
  } else {
    for (std::int64_t y = 0; y < image_.height(); ++y) use(bytes_of_row(image_, y));
  }
  use(padding_);
  use(labels_.ends());
  use(labels_.bands());
  if (!has_distances_) return;
  use(distances_.ends());
  use(distances_.bands());
}

void SamplePacker::write(std::span<std::byte> to) const {
  assert(to.size() == size_);
  auto place = to.begin();
  for_each_piece([&](std::span<const std::byte> piece) { place = std::ranges::copy(piece, place).out; });
}

void pack_sample(const ImageView& image, const LabelView& label, Bytes& bytes,
                 const std::optional<KeptDistances>& distances) {
  SamplePacker packer;
  packer.take(image, label, distances);
  bytes.resize(packer.size());
  packer.write(bytes);
}

std::optional<PackedSample> PackedSample::read(std::span<const std::byte> bytes) noexcept {
  Head head;
  if (bytes.size() < kHeadBytes) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  const std::optional<ImageLayout> layout = layout_of(head, bytes.size());
  if (!layout || map_offset(*layout) > bytes.size()) return std::nullopt;

  PackedSample sample;
  sample.layout_ = *layout;
  sample.pixels_ = bytes.data() + kHeadBytes;
  const PackedMap::Size size{.height = layout->height, .width = layout->width, .band_rows = head.band_rows};
  std::span<const std::byte> rest = bytes.subspan(map_offset(*layout));
  const std::optional<PackedMap> labels = PackedMap::read(rest, size);
  if (!labels) return std::nullopt;
  sample.labels_ = *labels;
  rest = rest.subspan(labels->size());
  if (head.distances == 1) {
    sample.distances_ = PackedMap::read(rest, size);
    if (!sample.distances_) return std::nullopt;
    rest = rest.subspan(sample.distances_->size());
    sample.ignored_ = head.ignored;
    sample.labels_checksum_ = head.labels_checksum;
  }
  return rest.empty() ? std::optional(sample) : std::nullopt;
}

bool PackedSample::maps_are_whole() const {
  const std::optional<std::uint32_t> checksum = labels_.checksum();
  if (!checksum) return false;
  return !distances_ || (*checksum == labels_checksum_ && distances_->checksum());
}

bool is_whole_sample(std::span<const std::byte> bytes, std::uint32_t checksum) {
  if (crc32c({reinterpret_cast<const char*>(bytes.data()), bytes.size()}) != checksum) return false;
  const auto sample = PackedSample::read(bytes);
  return sample && sample->maps_are_whole();
}

}  // namespace seg
