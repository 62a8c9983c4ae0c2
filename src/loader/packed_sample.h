// SPDX-License-Identifier: Apache-2.0
// A decoded sample as a cache keeps it, in memory or in a file: one piece of bytes.
//
//     64 bytes     "SEGS", then as uint32: height, width, channels, bits of a value, rows of a band; and of distances:
//                  1 if they are kept, the label they ignore, the CRC-32C of the labels they are of; the rest is 0
//     pixels       of the image, dense rows [H,W,C] of uint8 or uint16
//     0 to 7       bytes of 0, up to a multiple of 8
//     labels       packed_map.h
//     distances    of the labels' pixels to their boundaries (image/distance_map.h), in eighths of a pixel, likewise
//
// Numbers are little-endian. Pixels stay as they are because photographs hardly shrink; labels shrink to a fortieth,
// distances to a sixth.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/file.h"
#include "image/image.h"
#include "image/view.h"
#include "loader/packed_map.h"

namespace seg {

inline constexpr std::size_t kPackedAlignment = 64;  // of where a packed sample begins, for its pixels' sake

// At most; the labels usually take much less than their part of it.
std::int64_t largest_packed_size(const ImageLayout& layout, bool has_distances = false) noexcept;

// In eighths of a pixel, of labels of which one is ignored.
struct KeptDistances {
  LabelView map{};
  std::uint8_t ignored = 255;
};

// Packs samples one after the other, without a copy of their pixels. Keeps its buffers; not thread-safe.
class SamplePacker {
 public:
  // Compresses label and distances, if there are any. All have the same size; the image's memory must stay as long as
  // it is written.
  void take(const ImageView& image, const LabelView& label, const std::optional<KeptDistances>& distances = {});

  std::size_t size() const noexcept { return size_; }  // packed
  void write(std::span<std::byte> to) const;           // size() bytes

  // The same bytes in pieces, in their order, for who sends them elsewhere.
  void for_each_piece(const std::function<void(std::span<const std::byte>)>& use) const;

 private:
  ImageView image_;
  Bytes head_, padding_;
  MapPacker labels_, distances_;
  bool has_distances_ = false;
  std::size_t size_ = 0;
};

// Replaces the content of `bytes`, keeping its capacity.
void pack_sample(const ImageView& image, const LabelView& label, Bytes& bytes,
                 const std::optional<KeptDistances>& distances = {});

// Points into the bytes that it was read from.
class PackedSample {
 public:
  // Nothing if that is no packed sample, or a damaged one. Every byte that is read later lies in `bytes`; whether the
  // maps can be unpacked is asked of maps_are_whole().
  static std::optional<PackedSample> read(std::span<const std::byte> bytes) noexcept;

  const ImageLayout& layout() const noexcept { return layout_; }
  ImageView image() const noexcept { return {pixels_, layout_.row_bytes(), layout_}; }

  // As PackedMap::unpack(). Distances are kept only if they were, and of labels of which that one is ignored.
  std::optional<LabelView> label(const Window& window, LabelMap& memory) const {
    return labels_.unpack(window, memory);
  }
  bool has_distances(std::uint8_t ignored) const noexcept { return distances_ && ignored_ == ignored; }
  std::optional<LabelView> distances(const Window& window, LabelMap& memory) const {
    return distances_->unpack(window, memory);
  }

  // Whether they can be unpacked, and distances are those of these labels.
  bool maps_are_whole() const;

 private:
  ImageLayout layout_;
  const std::byte* pixels_ = nullptr;
  PackedMap labels_;
  std::optional<PackedMap> distances_;
  std::uint32_t ignored_ = 0, labels_checksum_ = 0;
};

// Whether that is a packed sample of which CRC-32C is the checksum, maps included.
bool is_whole_sample(std::span<const std::byte> bytes, std::uint32_t checksum);

}  // namespace seg
