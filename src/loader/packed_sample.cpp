// SPDX-License-Identifier: Apache-2.0
#include "loader/packed_sample.h"

#include <lz4.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <vector>

#include "base/crc32c.h"
#include "base/little_endian.h"

namespace seg {
namespace {

// Few enough that a crop unpacks little beside itself, many enough that LZ4 finds what repeats.
constexpr std::int64_t kBandRows = 64;
constexpr std::size_t kHeadBytes = 64, kNumberBytes = sizeof(std::uint64_t);
constexpr std::uint32_t kMark = 0x53474553;  // "SEGS"

struct Head {
  std::uint32_t mark = kMark, height = 0, width = 0, channels = 0, bits = 0, band_rows = kBandRows;
};

std::int64_t bands_of(std::int64_t height, std::int64_t band_rows) noexcept {
  return (height + band_rows - 1) / band_rows;
}

std::size_t rounded_up(std::size_t size, std::size_t multiple) noexcept {
  return (size + multiple - 1) / multiple * multiple;
}

std::uint64_t end_of_band(const std::byte* ends, std::size_t band) {
  return number_at<std::uint64_t>({reinterpret_cast<const char*>(ends), (band + 1) * kNumberBytes},
                                  band * kNumberBytes);
}

// What the labels' part begins after.
std::size_t table_offset(const ImageLayout& layout) noexcept {
  return rounded_up(kHeadBytes + static_cast<std::size_t>(layout.size_bytes()), kNumberBytes);
}

std::span<const std::byte> bytes_of_row(const ImageView& image, std::int64_t y) {
  return image.layout().type == PixelType::u8 ? std::as_bytes(image.row<std::uint8_t>(y))
                                              : std::as_bytes(image.row<std::uint16_t>(y));
}

// A layout that some memory could hold: then nothing below overflows.
std::optional<ImageLayout> layout_of(const Head& head, std::size_t size) noexcept {
  if (head.mark != kMark || (head.bits != 8 && head.bits != 16)) return std::nullopt;
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

std::int64_t largest_packed_size(const ImageLayout& layout) noexcept {
  return static_cast<std::int64_t>(table_offset(layout)) +
         bands_of(layout.height, kBandRows) * static_cast<std::int64_t>(kNumberBytes) + layout.height * layout.width;
}

// Behind the bands that fill `filled` bytes already; returns how many are filled then.
std::size_t SamplePacker::pack_band(const LabelView& label, std::int64_t first, std::int64_t rows, std::size_t filled) {
  const auto width = static_cast<std::size_t>(label.width()), size = width * static_cast<std::size_t>(rows);
  band_.resize(size);
  for (std::int64_t y = 0; y < rows; ++y)
    std::memcpy(band_.data() + static_cast<std::size_t>(y) * width, label.row(first + y).data(), width);
  labels_.resize(filled + size);
  // One byte less than the band has: a band that does not shrink is kept as it is.
  const int packed =
      LZ4_compress_default(reinterpret_cast<const char*>(band_.data()), reinterpret_cast<char*>(&labels_[filled]),
                           static_cast<int>(size), static_cast<int>(size) - 1);
  if (packed > 0) return filled + static_cast<std::size_t>(packed);
  std::memcpy(&labels_[filled], band_.data(), size);
  return filled + size;
}

void SamplePacker::take(const ImageView& image, const LabelView& label) {
  const ImageLayout& layout = image.layout();
  assert(label.height() == layout.height && label.width() == layout.width);
  image_ = image;
  const Head head{.height = static_cast<std::uint32_t>(layout.height),
                  .width = static_cast<std::uint32_t>(layout.width),
                  .channels = static_cast<std::uint32_t>(layout.channels),
                  .bits = static_cast<std::uint32_t>(8 * bytes_of(layout.type))};
  head_.assign(kHeadBytes, std::byte{0});
  std::memcpy(head_.data(), &head, sizeof head);

  const std::int64_t num_bands = bands_of(layout.height, kBandRows);
  const std::size_t padding = table_offset(layout) - kHeadBytes - static_cast<std::size_t>(layout.size_bytes());
  table_.assign(padding + static_cast<std::size_t>(num_bands) * kNumberBytes, std::byte{0});
  std::uint64_t filled = 0;
  for (std::int64_t band = 0; band < num_bands; ++band) {
    const std::int64_t first = band * kBandRows;
    filled = pack_band(label, first, std::min(kBandRows, layout.height - first), filled);
    std::memcpy(&table_[padding + static_cast<std::size_t>(band) * kNumberBytes], &filled, sizeof filled);
  }
  labels_.resize(filled);
  size_ = head_.size() + static_cast<std::size_t>(layout.size_bytes()) + table_.size() + labels_.size();
}

void SamplePacker::for_each_piece(const std::function<void(std::span<const std::byte>)>& use) const {
  use(head_);
  if (image_.stride() == image_.layout().row_bytes()) {
    use({bytes_of_row(image_, 0).data(), static_cast<std::size_t>(image_.layout().size_bytes())});
  } else {
    for (std::int64_t y = 0; y < image_.height(); ++y) use(bytes_of_row(image_, y));
  }
  use(table_);
  use(labels_);
}

void SamplePacker::write(std::span<std::byte> to) const {
  assert(to.size() == size_);
  auto place = to.begin();
  for_each_piece([&](std::span<const std::byte> piece) { place = std::ranges::copy(piece, place).out; });
}

void pack_sample(const ImageView& image, const LabelView& label, Bytes& bytes) {
  SamplePacker packer;
  packer.take(image, label);
  bytes.resize(packer.size());
  packer.write(bytes);
}

std::optional<PackedSample> PackedSample::read(std::span<const std::byte> bytes) noexcept {
  Head head;
  if (bytes.size() < kHeadBytes) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  const std::optional<ImageLayout> layout = layout_of(head, bytes.size());
  if (!layout) return std::nullopt;

  PackedSample sample;
  sample.layout_ = *layout;
  sample.band_rows_ = head.band_rows;
  const std::size_t table = table_offset(*layout);
  const auto num_bands = static_cast<std::size_t>(sample.num_bands());
  if (table > bytes.size() || num_bands > (bytes.size() - table) / kNumberBytes) return std::nullopt;
  sample.pixels_ = bytes.data() + kHeadBytes;
  sample.ends_ = bytes.data() + table;
  sample.labels_ = sample.ends_ + num_bands * kNumberBytes;
  const std::size_t size = bytes.size() - table - num_bands * kNumberBytes;
  sample.label_bytes_ = size;
  std::uint64_t last = 0;
  for (std::size_t band = 0; band < num_bands; ++band) {
    const std::uint64_t end = end_of_band(sample.ends_, band);
    if (end < last || end > size || end - last > LZ4_MAX_INPUT_SIZE) return std::nullopt;
    last = end;
  }
  // LZ4 counts with int.
  if (static_cast<std::uint64_t>(std::min(sample.band_rows_, layout->height) * layout->width) > LZ4_MAX_INPUT_SIZE)
    return std::nullopt;
  return last == size ? std::optional(sample) : std::nullopt;
}

std::int64_t PackedSample::num_bands() const noexcept { return bands_of(layout_.height, band_rows_); }

bool PackedSample::unpack_band(std::int64_t band, std::uint8_t* to) const noexcept {
  const auto number = static_cast<std::size_t>(band);
  const std::uint64_t begin = band == 0 ? 0 : end_of_band(ends_, number - 1);
  const std::uint64_t end = end_of_band(ends_, number);
  if (end < begin || end > label_bytes_) return false;  // a file may change after it was looked at
  const std::uint64_t size = end - begin;
  const std::int64_t rows = std::min(band_rows_, layout_.height - band * band_rows_);
  const auto unpacked = static_cast<std::uint64_t>(rows * layout_.width);
  if (size == unpacked) {
    std::memcpy(to, labels_ + begin, size);
    return true;
  }
  const char* from = reinterpret_cast<const char*>(labels_ + begin);
  const int made =
      LZ4_decompress_safe(from, reinterpret_cast<char*>(to), static_cast<int>(size), static_cast<int>(unpacked));
  return made >= 0 && static_cast<std::uint64_t>(made) == unpacked;
}

std::optional<LabelView> PackedSample::label(const Window& window, LabelMap& memory) const {
  assert(window.within(layout_.height, layout_.width));
  memory.resize(layout_.height, layout_.width);
  if (window.height == 0 || window.width == 0) return LabelView(memory).part(window);
  const std::int64_t first = window.top / band_rows_, last = (window.top + window.height - 1) / band_rows_;
  for (std::int64_t band = first; band <= last; ++band)
    if (!unpack_band(band, memory.row(band * band_rows_).data())) return std::nullopt;
  return LabelView(memory).part(window);
}

bool PackedSample::labels_are_whole() const {
  std::vector<std::uint8_t> memory(static_cast<std::size_t>(std::min(band_rows_, layout_.height) * layout_.width));
  for (std::int64_t band = 0; band < num_bands(); ++band)
    if (!unpack_band(band, memory.data())) return false;
  return true;
}

bool is_whole_sample(std::span<const std::byte> bytes, std::uint32_t checksum) {
  if (crc32c({reinterpret_cast<const char*>(bytes.data()), bytes.size()}) != checksum) return false;
  const auto sample = PackedSample::read(bytes);
  return sample && sample->labels_are_whole();
}

}  // namespace seg
