// SPDX-License-Identifier: Apache-2.0
#include "image/rgb_jitter.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/rgb_jitter.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace seg {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::ScalableTag<std::int16_t>;
using Narrow = hn::Rebind<std::uint8_t, Wide>;
using Levels = hn::Vec<Wide>;  // grey levels of one channel

struct Rgb {
  Levels r, g, b;
};

// Sixteen bits hold all of it, since factors are below 2 and a product with one is taken of a difference.
template <bool Rounds>
class Changes {
 public:
  explicit Changes(const RgbJitter& j)
      : brightness_(hn::Set(Wide(), j.brightness)),
        contrast_(hn::Set(Wide(), j.contrast)),
        saturation_(hn::Set(Wide(), j.saturation)),
        pivots_{hn::Set(Wide(), j.pivots[0]), hn::Set(Wide(), j.pivots[1]), hn::Set(Wide(), j.pivots[2])} {}

  HWY_INLINE Rgb apply(const Rgb& v) const {
    const Levels r = contrasted(v.r, pivots_.r), g = contrasted(v.g, pivots_.g), b = contrasted(v.b, pivots_.b);
    // The third of 3 s v + (1 - s) S, with S = R + G + B, is that of S + s (3 v - S); half a level before it is cut off
    // is one and a half before the division, and one of them can be added at the end.
    const Levels sum = hn::Add(hn::Add(r, g), b);
    const Levels base = Rounds ? hn::Add(sum, hn::Set(Wide(), 1)) : sum;
    return {saturated(r, sum, base), saturated(g, sum, base), saturated(b, sum, base)};
  }

 private:
  // v factor, rounded: (2 v f + 2^14) / 2^15, or cut off: 4 v f / 2^16; both go down, for negative v, too.
  HWY_INLINE static Levels product(Levels v, Levels factor) {
    return Rounds ? hn::MulFixedPoint15(hn::Add(v, v), factor) : hn::MulHigh(hn::ShiftLeft<2>(v), factor);
  }

  HWY_INLINE Levels contrasted(Levels v, Levels pivot) const {
    const Levels most = hn::Set(Wide(), 255);
    const Levels bright = hn::Min(product(v, brightness_), most);
    return hn::Max(hn::Min(hn::Add(pivot, product(hn::Sub(bright, pivot), contrast_)), most), hn::Zero(Wide()));
  }

  HWY_INLINE Levels saturated(Levels v, Levels sum, Levels base) const {
    const Levels distance = hn::Sub(hn::Add(hn::Add(v, v), v), sum);
    const Levels three = hn::Max(hn::Add(base, product(distance, saturation_)), hn::Zero(Wide()));
    return hn::MulHigh(three, hn::Set(Wide(), 21846));  // x 21846 / 2^16 = x / 3, rounded down, up to x = 32767
  }

  const Levels brightness_, contrast_, saturation_;
  const Rgb pivots_;
};

template <bool Rounds>
void jitter_blocks(const RgbJitter& jitter, std::uint8_t* HWY_RESTRICT pixels, std::size_t blocks) {
  const Narrow narrow;
  const Wide wide;
  const Changes<Rounds> changes(jitter);
  for (std::size_t i = 0; i < blocks; ++i, pixels += 3 * hn::Lanes(narrow)) {
    hn::Vec<Narrow> r, g, b;
    hn::LoadInterleaved3(narrow, pixels, r, g, b);
    const Rgb changed = changes.apply({hn::PromoteTo(wide, r), hn::PromoteTo(wide, g), hn::PromoteTo(wide, b)});
    hn::StoreInterleaved3(hn::DemoteTo(narrow, changed.r), hn::DemoteTo(narrow, changed.g),
                          hn::DemoteTo(narrow, changed.b), narrow, pixels);  // clipped to 0 … 255
  }
}

void jitter_pixels(const RgbJitter& jitter, std::uint8_t* pixels, std::size_t size) {
  const auto run = jitter.rounds ? jitter_blocks<true> : jitter_blocks<false>;
  const std::size_t block = 3 * hn::Lanes(Narrow());
  run(jitter, pixels, size / block);
  const std::size_t rest = size % block;
  if (rest == 0) return;
  HWY_ALIGN std::uint8_t last[3 * HWY_MAX_BYTES] = {};
  std::copy_n(pixels + size - rest, rest, last);
  run(jitter, last, 1);
  std::copy_n(last, rest, pixels + size - rest);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg {
namespace {
HWY_EXPORT(jitter_pixels);
}  // namespace

void jitter_rgb(const RgbJitter& jitter, std::span<std::uint8_t> pixels) noexcept {
  assert(pixels.size() % 3 == 0);
  HWY_DYNAMIC_DISPATCH(jitter_pixels)(jitter, pixels.data(), pixels.size());
}

}  // namespace seg
#endif
