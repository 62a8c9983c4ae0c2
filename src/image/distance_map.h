// SPDX-License-Identifier: Apache-2.0
// Exact Euclidean distances on label maps, in whole numbers: of each pixel to the nearest of the sources.
//
// Distances are between the centres of pixels and given as their squares, which are whole. A source has 0. What the
// sources are:
//   boundaries    pixels of a label of which one of the four neighbours has another label. Pixels to be ignored have no
//                 label: they are no sources and make none. The frame of the map makes none either.
//   label         the pixels of one label (of a mask: its marked pixels)
//   other_labels  the pixels of all labels but one; no pixels to be ignored
// Pixels to be ignored get a distance like all others; what it is used for must leave them out. Where a map has no
// source, all distances are the largest that can be given out.
//
// Output is dense, [H,W] of the labels. A map has memory of its own for the work, which it keeps: calls for labels no
// larger than before allocate nothing. Distinct objects may be used by distinct threads.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "base/buffer_source.h"
#include "image/view.h"

namespace seg {

struct DistanceSources {
  enum class Kind : std::uint8_t { boundaries, label, other_labels };

  Kind kind = Kind::boundaries;
  std::uint8_t label = 0;  // of the last two kinds
  std::uint8_t ignored = 255;
};

class DistanceMap {
 public:
  // Within these distances squares fit into 16 bits: just below 255 pixels, and with a sign 181.
  static constexpr std::uint16_t kLargestLimit = 255 * 255 - 1;
  static constexpr std::int16_t kLargestSignedLimit = std::numeric_limits<std::int16_t>::max();
  // Without a limit: what stands for no source, and the longest side of a map (programmer error beyond it).
  static constexpr std::int32_t kNowhere = std::numeric_limits<std::int32_t>::max();
  static constexpr std::int64_t kLongestSide = 32767;

  // Squared distances; the second, min(square, limit) for limits up to kLargestLimit, in a fraction of the time.
  void squares(const LabelView& labels, const DistanceSources& sources, std::span<std::int32_t> out);
  void squares(const LabelView& labels, const DistanceSources& sources, std::uint16_t limit,
               std::span<std::uint16_t> out);

  // Distances in eighths of a pixel, rounded to the nearest. From `radius` pixels on, 1 to kLargestRadius, all are
  // 8 * radius; 255 for 31.83 pixels and more. A smaller radius takes less time.
  static constexpr std::int64_t kLargestRadius = 32;
  static constexpr std::uint8_t most_eighths(std::int64_t radius) noexcept {
    return static_cast<std::uint8_t>(radius == kLargestRadius ? 255 : 8 * radius);
  }
  void eighths(const LabelView& labels, const DistanceSources& sources, std::span<std::uint8_t> out,
               std::int64_t radius = kLargestRadius);

  // What a map keeps of its own for eighths(), at most, once it has seen labels of this size.
  static std::int64_t bytes_for_eighths(std::int64_t height, std::int64_t width);

  // Squared distances with a sign, of one label. Outside of it: to its nearest pixel. Inside: minus that to the nearest
  // pixel of another label. So the distance to the boundary of Kervadec et al. ("Boundary loss for highly unbalanced
  // segmentation", MIDL 2019) is sqrt(v) outside and 1 - sqrt(-v) inside. Pixels to be ignored are outside. If there
  // is no such pixel, or none within the limit (up to kLargestSignedLimit): the limit or kNowhere, with the sign.
  void signed_squares(const LabelView& labels, std::uint8_t label, std::uint8_t ignored, std::span<std::int32_t> out);
  void signed_squares(const LabelView& labels, std::uint8_t label, std::uint8_t ignored, std::int16_t limit,
                      std::span<std::int16_t> out);

 private:
  template <class Square, class Take>
  void find(const LabelView& labels, const DistanceSources& sources, Square limit, const Take& take);
  template <class Square, class Signed>
  void find_signed(const LabelView& labels, const DistanceSources& inside, Square limit, std::span<Signed> out);

  std::byte* scratch(std::size_t size);

  Buffer scratch_;
};

}  // namespace seg
