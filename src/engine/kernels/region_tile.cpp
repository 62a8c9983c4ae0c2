// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/region_tile.h"

#include <algorithm>

#include "engine/kernels/region_weights.h"

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/region_tile.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "engine/kernels/loss_lanes.h"

HWY_BEFORE_NAMESPACE();
namespace seg::kernels {
namespace HWY_NAMESPACE {
namespace {

using namespace loss_lanes;  // NOLINT: they are this source's own words

using Mask = hn::Mask<Lanes>;
using Whole = hn::RebindToSigned<Lanes>;

// A vector of pixels, of one class.
struct ClassPixels {
  std::int64_t row, at;  // in the tile
  Vector p;
  Mask is_valid, is_class;
};

// Logits of one class in the cells of one slot: at the upper row, and from there to the lower one.
struct ClassCells {
  HWY_INLINE ClassCells(const LossTile& tile, std::int64_t k, std::int64_t place) {
    const Lanes d;
    const std::int64_t at = k * tile.class_stride + place;
    a0 = hn::LoadU(d, tile.upper + at);
    a1 = hn::LoadU(d, tile.lower + at);
    b0 = hn::Sub(hn::LoadU(d, tile.upper + at + 1), a0);
    b1 = hn::Sub(hn::LoadU(d, tile.lower + at + 1), a1);
  }
  Vector a0, a1, b0, b1;
};

// Calls f(pixels) for the rows of one slot.
template <class F>
HWY_INLINE void for_rows(const LossTile& tile, const ClassCells& cells, std::int64_t k, std::int64_t place,
                         std::int64_t slot, const F& f) {
  const Lanes d;
  const auto number = set(static_cast<float>(k));
  const auto slot_t = hn::LoadU(d, tile.slot_t + slot * kLossCells + place);
  const auto first = hn::MulAdd(slot_t, cells.b0, cells.a0);
  const auto step = hn::Sub(hn::MulAdd(slot_t, cells.b1, cells.a1), first);
  for (std::int64_t row = 0; row < tile.num_rows; ++row) {
    const std::int64_t at = row * tile.pixel_stride + slot * kLossCells + place;
    const auto z = hn::MulAdd(set(tile.row_t[row]), step, first);
    const auto power = exp_of(hn::Sub(z, hn::LoadU(d, tile.largest + at)));
    f(ClassPixels{.row = row,
                  .at = at,
                  .p = hn::Mul(power, hn::LoadU(d, tile.scales + at)),
                  .is_valid = hn::Ge(hn::LoadU(d, tile.losses + at), hn::Zero(d)),
                  .is_class = hn::Eq(numbers(tile.labels + at), number)});
  }
}

template <class F>
HWY_INLINE void for_pixels(const LossTile& tile, std::int64_t k, const F& f) {
  const auto width = static_cast<std::int64_t>(hn::Lanes(Lanes()));
  for (std::int64_t place = 0; place < kLossCells; place += width) {
    const ClassCells cells(tile, k, place);
    for (std::int64_t slot = 0; slot < tile.num_slots; ++slot) for_rows(tile, cells, k, place, slot, f);
  }
}

void add_class(const LossTile& tile, std::int64_t k, ClassSums& sums) {
  const Lanes d;
  auto all = hn::Zero(d), of_class = hn::Zero(d);
  for_pixels(tile, k, [&](const ClassPixels& pixels) {
    const auto p = hn::IfThenElseZero(pixels.is_valid, pixels.p);
    all = hn::Add(all, p);
    of_class = hn::Add(of_class, hn::IfThenElseZero(pixels.is_class, p));
  });
  sums.all += sum_of(all);
  sums.of_class += sum_of(of_class);
}

// Where the pixels are counted, those that are not valid left aside.
HWY_INLINE hn::Vec<Whole> bins_of(const ClassPixels& pixels) {
  const Whole whole;
  const auto error = hn::IfThenElse(pixels.is_class, hn::Sub(set(1.0F), pixels.p), pixels.p);
  const auto bin = hn::ConvertTo(whole, hn::Mul(error, set(static_cast<float>(kErrorBins))));
  const auto last = hn::Set(whole, static_cast<std::int32_t>(kErrorBins) - 1);
  const auto inside = hn::Min(hn::Max(bin, hn::Zero(whole)), last);
  const auto of_class = hn::Set(whole, static_cast<std::int32_t>(kErrorBins));
  return hn::Add(inside, hn::IfThenElseZero(hn::RebindMask(whole, pixels.is_class), of_class));
}

void count_class(const LossTile& tile, std::int64_t k, std::int32_t* counts) {
  const Whole whole;
  const auto aside = hn::Set(whole, 2 * static_cast<std::int32_t>(kErrorBins));
  HWY_ALIGN std::int32_t bins[kLossCells];
  for_pixels(tile, k, [&](const ClassPixels& pixels) {
    hn::Store(hn::IfThenElse(hn::RebindMask(whole, pixels.is_valid), bins_of(pixels), aside), whole, bins);
    for (std::size_t i = 0; i < hn::Lanes(whole); ++i) ++counts[bins[i]];
  });
}

// d loss / d p, times p.
HWY_INLINE Vector pull_of(const ClassPixels& pixels, const ClassSlope& slope) {
  const auto value = slope.by_error != nullptr
                         ? hn::GatherIndex(Lanes(), slope.by_error, bins_of(pixels))
                         : hn::IfThenElse(pixels.is_class, set(slope.of_class), set(slope.of_others));
  return hn::Mul(pixels.p, value);
}

bool is_flat(const ClassSlope& slope) {
  return slope.by_error == nullptr && slope.of_others == 0.0F && slope.of_class == 0.0F;
}

// The softmax's derivative: p_k times (slope_k less the sum of all classes' slopes times their p).
void backward_class(const LossTile& tile, std::int64_t k, const ClassSlope& slope, const float* pulls, float* upper,
                    float* lower) {
  const Lanes d;
  const auto width = static_cast<std::int64_t>(hn::Lanes(d));
  const auto before = lanes_before();
  for (std::int64_t place = 0; place < kLossCells; place += width) {
    const ClassCells cells(tile, k, place);
    auto upper_all = hn::Zero(d), upper_next = upper_all, lower_all = upper_all, lower_next = upper_all;
    for (std::int64_t slot = 0; slot < tile.num_slots; ++slot) {
      auto all = hn::Zero(d), below = hn::Zero(d);
      for_rows(tile, cells, k, place, slot, [&](const ClassPixels& pixels) {
        const auto sum = hn::LoadU(d, pulls + (slot * tile.num_rows + pixels.row) * kLossCells + place);
        auto g = hn::NegMulAdd(pixels.p, sum, hn::Zero(d));
        if (!is_flat(slope)) g = hn::Add(g, pull_of(pixels, slope));
        g = hn::IfThenElseZero(pixels.is_valid, g);
        all = hn::Add(all, g);
        below = hn::MulAdd(set(tile.row_t[pixels.row]), g, below);
      });
      const auto slot_t = hn::LoadU(d, tile.slot_t + slot * kLossCells + place);
      const auto above = hn::Sub(all, below);
      upper_all = hn::Add(upper_all, above);
      upper_next = hn::MulAdd(slot_t, above, upper_next);
      lower_all = hn::Add(lower_all, below);
      lower_next = hn::MulAdd(slot_t, below, lower_next);
    }
    const std::int64_t at = k * tile.class_stride + place;
    increase(upper + at, upper_all, upper_next, before);
    increase(lower + at, lower_all, lower_next, before);
  }
}

void backward_regions(const LossTile& tile, const ClassSlope* slopes, float* pulls, float* upper, float* lower) {
  const Lanes d;
  const auto width = static_cast<std::int64_t>(hn::Lanes(d));
  std::fill_n(pulls, tile.num_slots * tile.num_rows * kLossCells, 0.0F);
  for (std::int64_t k = 0; k < tile.num_classes; ++k) {
    if (is_flat(slopes[k])) continue;
    for (std::int64_t place = 0; place < kLossCells; place += width) {
      const ClassCells cells(tile, k, place);
      for (std::int64_t slot = 0; slot < tile.num_slots; ++slot)
        for_rows(tile, cells, k, place, slot, [&](const ClassPixels& pixels) {
          float* const sum = pulls + (slot * tile.num_rows + pixels.row) * kLossCells + place;
          hn::StoreU(hn::Add(hn::LoadU(d, sum), pull_of(pixels, slopes[k])), d, sum);
        });
    }
  }
  for (std::int64_t k = 0; k < tile.num_classes; ++k) backward_class(tile, k, slopes[k], pulls, upper, lower);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg::kernels {
namespace {

HWY_EXPORT(add_class);
HWY_EXPORT(count_class);
HWY_EXPORT(backward_regions);

}  // namespace

void add_probabilities(const LossTile& tile, std::int64_t k, ClassSums& sums) {
  HWY_DYNAMIC_DISPATCH(add_class)(tile, k, sums);
}

void count_errors(const LossTile& tile, std::int64_t k, std::int32_t* counts) {
  HWY_DYNAMIC_DISPATCH(count_class)(tile, k, counts);
}

void region_backward(const LossTile& tile, const ClassSlope* slopes, float* scratch, float* upper, float* lower) {
  HWY_DYNAMIC_DISPATCH(backward_regions)(tile, slopes, scratch, upper, lower);
}

std::int64_t region_scratch_size(std::int64_t num_rows, std::int64_t num_slots) {
  return num_rows * num_slots * kLossCells;
}

}  // namespace seg::kernels
#endif
