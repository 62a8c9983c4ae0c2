// SPDX-License-Identifier: Apache-2.0
#include "loader/packed_sample.h"

#include <lz4.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <stdexcept>
#include <vector>

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

std::uint64_t number_at(const std::byte* place) noexcept {
  std::uint64_t number = 0;
  std::memcpy(&number, place, sizeof number);
  return number;
}

// What the labels' part begins after.
std::size_t table_offset(const ImageLayout& layout) noexcept {
  return rounded_up(kHeadBytes + static_cast<std::size_t>(layout.size_bytes()), kNumberBytes);
}

template <class T>
std::byte* copy_rows(const ImageView& image, std::byte* to) {
  for (std::int64_t y = 0; y < image.height(); ++y) {
    const std::span<const std::byte> row = std::as_bytes(image.row<T>(y));
    to = std::ranges::copy(row, to).out;
  }
  return to;
}

// Returns the number of bytes written.
std::size_t pack_band(const LabelView& label, std::int64_t first, std::int64_t rows, std::span<char> to) {
  static thread_local std::vector<char> dense;  // for its memory
  const auto width = static_cast<std::size_t>(label.width()), size = width * static_cast<std::size_t>(rows);
  if (dense.size() < size) dense.resize(size);
  for (std::int64_t y = 0; y < rows; ++y)
    std::memcpy(dense.data() + static_cast<std::size_t>(y) * width, label.row(first + y).data(), width);
  // One byte less than the band has: a band that does not shrink is kept as it is.
  const int packed = LZ4_compress_default(dense.data(), to.data(), static_cast<int>(size), static_cast<int>(size) - 1);
  if (packed > 0) return static_cast<std::size_t>(packed);
  std::memcpy(to.data(), dense.data(), size);
  return size;
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

void pack_sample(const ImageView& image, const LabelView& label, Bytes& bytes) {
  const ImageLayout& layout = image.layout();
  assert(label.height() == layout.height && label.width() == layout.width);
  bytes.resize(static_cast<std::size_t>(largest_packed_size(layout)));
  const Head head{.height = static_cast<std::uint32_t>(layout.height),
                  .width = static_cast<std::uint32_t>(layout.width),
                  .channels = static_cast<std::uint32_t>(layout.channels),
                  .bits = static_cast<std::uint32_t>(8 * bytes_of(layout.type))};
  std::fill_n(bytes.begin(), kHeadBytes, std::byte{0});
  std::memcpy(bytes.data(), &head, sizeof head);
  std::byte* end = layout.type == PixelType::u8 ? copy_rows<std::uint8_t>(image, bytes.data() + kHeadBytes)
                                                : copy_rows<std::uint16_t>(image, bytes.data() + kHeadBytes);
  std::byte* const table = bytes.data() + table_offset(layout);
  std::fill(end, table, std::byte{0});

  const std::int64_t num_bands = bands_of(layout.height, kBandRows);
  char* const labels = reinterpret_cast<char*>(table) + static_cast<std::size_t>(num_bands) * kNumberBytes;
  std::uint64_t filled = 0;
  for (std::int64_t band = 0; band < num_bands; ++band) {
    const std::int64_t first = band * kBandRows, rows = std::min(kBandRows, layout.height - first);
    filled += pack_band(label, first, rows, {labels + filled, static_cast<std::size_t>(rows * layout.width)});
    std::memcpy(table + static_cast<std::size_t>(band) * kNumberBytes, &filled, sizeof filled);
  }
  bytes.resize(static_cast<std::size_t>(reinterpret_cast<std::byte*>(labels) - bytes.data()) + filled);
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
  std::uint64_t last = 0;
  for (std::size_t band = 0; band < num_bands; ++band) {
    const std::uint64_t end = number_at(sample.ends_ + band * kNumberBytes);
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
  const std::uint64_t begin = band == 0 ? 0 : number_at(ends_ + (number - 1) * kNumberBytes);
  const std::uint64_t size = number_at(ends_ + number * kNumberBytes) - begin;
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

LabelView PackedSample::label(const Window& window, LabelMap& memory) const {
  assert(window.within(layout_.height, layout_.width));
  memory.resize(layout_.height, layout_.width);
  if (window.height == 0 || window.width == 0) return LabelView(memory).part(window);
  const std::int64_t first = window.top / band_rows_, last = (window.top + window.height - 1) / band_rows_;
  for (std::int64_t band = first; band <= last; ++band)
    if (!unpack_band(band, memory.row(band * band_rows_).data()))
      throw std::logic_error("labels of a packed sample are damaged: check them before use");
  return LabelView(memory).part(window);
}

bool PackedSample::labels_are_whole(LabelMap& memory) const {
  memory.resize(layout_.height, layout_.width);
  for (std::int64_t band = 0; band < num_bands(); ++band)
    if (!unpack_band(band, memory.row(band * band_rows_).data())) return false;
  return true;
}

}  // namespace seg
