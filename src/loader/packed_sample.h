// SPDX-License-Identifier: Apache-2.0
// A decoded sample as a cache keeps it, in memory or in a file: one piece of bytes.
//
//     64 bytes   "SEGS", then as uint32: height, width, channels, bits of a value, rows of a band; the rest is 0
//     pixels     of the image, dense rows [H,W,C] of uint8 or uint16
//     0 to 7     bytes of 0, up to a multiple of 8
//     ends       a uint64 for each band: where its bytes end, from where those of the first begin
//     labels     of one band of rows after the other, each compressed by LZ4; a band that would not shrink is as it is
//
// Numbers are little-endian. Pixels stay as they are because photographs hardly shrink; labels shrink to a fortieth,
// and a window of them costs only the bands that it touches.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/file.h"
#include "image/image.h"
#include "image/view.h"

namespace seg {

inline constexpr std::size_t kPackedAlignment = 64;  // of where a packed sample begins, for its pixels' sake

// At most; the labels usually take much less than their part of it.
std::int64_t largest_packed_size(const ImageLayout& layout) noexcept;

// Packs samples one after the other, without a copy of their pixels. Keeps its buffers; not thread-safe.
class SamplePacker {
 public:
  // Compresses the label. Image and label have the same size; the image's memory must stay as long as it is written.
  void take(const ImageView& image, const LabelView& label);

  std::size_t size() const noexcept { return size_; }  // packed
  void write(std::span<std::byte> to) const;           // size() bytes

  // The same bytes in pieces, in their order, for who sends them elsewhere.
  void for_each_piece(const std::function<void(std::span<const std::byte>)>& use) const;

 private:
  std::size_t pack_band(const LabelView& label, std::int64_t first, std::int64_t rows, std::size_t filled);

  ImageView image_;
  Bytes head_, table_, labels_;  // what stands before the pixels, between them and the labels, and the packed labels
  Bytes band_;                   // one of the label, dense
  std::size_t size_ = 0;
};

// Replaces the content of `bytes`, keeping its capacity.
void pack_sample(const ImageView& image, const LabelView& label, Bytes& bytes);

// Points into the bytes that it was read from.
class PackedSample {
 public:
  // Nothing if that is no packed sample, or a damaged one. Every byte that image() and label() will read lies in
  // `bytes`; whether the labels can be unpacked is asked of labels_are_whole().
  static std::optional<PackedSample> read(std::span<const std::byte> bytes) noexcept;

  const ImageLayout& layout() const noexcept { return layout_; }
  ImageView image() const noexcept { return {pixels_, layout_.row_bytes(), layout_}; }

  // Unpacks the bands that the window touches into `memory`, which allocates nothing once it has held a whole map.
  // Nothing if they are damaged.
  std::optional<LabelView> label(const Window& window, LabelMap& memory) const;

  bool labels_are_whole() const;  // needs the memory of one band

 private:
  std::int64_t num_bands() const noexcept;
  bool unpack_band(std::int64_t band, std::uint8_t* to) const noexcept;

  ImageLayout layout_;
  std::int64_t band_rows_ = 0;
  const std::byte* pixels_ = nullptr;
  const std::byte* ends_ = nullptr;
  const std::byte* labels_ = nullptr;
  std::size_t label_bytes_ = 0;
};

// Whether that is a packed sample of which CRC-32C is the checksum, labels included.
bool is_whole_sample(std::span<const std::byte> bytes, std::uint32_t checksum);

}  // namespace seg
