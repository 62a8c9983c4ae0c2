// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/loss_tile.h"

#include <algorithm>

// Seen by all instruction sets.
#ifndef SEG_LOSS_TILE_COMMON
#define SEG_LOSS_TILE_COMMON
namespace seg::kernels {

// Vectors of pixels that are gathered before their gradient is taken, class by class: as many as the first cache holds,
// and a slot's rows more.
inline constexpr std::int64_t kLossBatch = 64;

}  // namespace seg::kernels
#endif

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/loss_tile.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "engine/kernels/loss_lanes.h"

HWY_BEFORE_NAMESPACE();
namespace seg::kernels {
namespace HWY_NAMESPACE {
namespace {

using namespace loss_lanes;  // NOLINT: they are this source's own words

// Logits of one slot: at the upper row, and from there to the lower one, [classes][lanes] each.
struct SlotLogits {
  float *upper, *step;
  Vector spread_upper = hn::Zero(Lanes()), spread_step = hn::Zero(Lanes());  // sums weighted by class
};

HWY_INLINE void enlarge(const LossTile& tile, const LossForward& forward, std::int64_t place, Vector t,
                        SlotLogits& slot) {
  const Lanes d;
  const auto width = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t k = 0; k < tile.num_classes; ++k) {
    const std::int64_t at = k * tile.class_stride + place;
    const auto upper = between(t, tile.upper + at);
    const auto step = hn::Sub(between(t, tile.lower + at), upper);
    hn::StoreU(upper, d, slot.upper + k * width);
    hn::StoreU(step, d, slot.step + k * width);
    if (forward.class_weights == nullptr) continue;
    const auto weight = set(forward.class_weights[k]);
    slot.spread_upper = hn::MulAdd(weight, upper, slot.spread_upper);
    slot.spread_step = hn::MulAdd(weight, step, slot.spread_step);
  }
}

struct PixelLosses {
  Vector largest, picked, sum;  // sum: of exp(logit - largest)
};

HWY_INLINE PixelLosses softmax_of(const SlotLogits& slot, std::int64_t num_classes, Vector t, Vector label) {
  const Lanes d;
  const auto width = static_cast<std::int64_t>(hn::Lanes(d));
  const auto logit = [&](std::int64_t k) {
    return hn::MulAdd(t, hn::LoadU(d, slot.step + k * width), hn::LoadU(d, slot.upper + k * width));
  };
  PixelLosses pixels{logit(0), hn::NaN(d), hn::Zero(d)};
  auto number = hn::Zero(d);
  for (std::int64_t k = 0; k < num_classes; ++k, number = hn::Add(number, set(1.0F))) {
    const auto z = logit(k);
    pixels.largest = hn::Max(z, pixels.largest);
    pixels.picked = hn::IfThenElse(hn::Eq(label, number), z, pixels.picked);
  }
  for (std::int64_t k = 0; k < num_classes; ++k)
    pixels.sum = hn::Add(pixels.sum, exp_of(hn::Sub(logit(k), pixels.largest)));
  return pixels;
}

// 1 - p of a pixel with this loss >= 0, as exact where p is nearly 1; at least 2^-24.
HWY_INLINE Vector doubt_of(Vector loss, Vector p) {
  auto series = hn::MulAdd(loss, set(-1.0F / 24.0F), set(1.0F / 6.0F));
  series = hn::MulAdd(loss, series, set(-0.5F));
  series = hn::MulAdd(loss, series, set(1.0F));
  const auto doubt = hn::IfThenElse(hn::Lt(loss, set(0.0625F)), hn::Mul(loss, series), hn::Sub(set(1.0F), p));
  return at_least(5.9604645e-8F, doubt);
}

HWY_INLINE Vector likelihood_of(Vector loss) { return exp_of(hn::Neg(loss)); }

void forward_lanes(const LossTile& tile, const LossForward& forward, std::int64_t place, float* scratch,
                   LossStatistics& statistics) {
  const Lanes d;
  const auto width = static_cast<std::int64_t>(hn::Lanes(d));
  const auto ignore = set(static_cast<float>(forward.ignore_label)), threshold = set(forward.threshold);
  const auto share = set(1.0F / static_cast<float>(tile.num_classes));
  float total_weight = 0.0F;
  for (std::int64_t k = 0; forward.class_weights != nullptr && k < tile.num_classes; ++k)
    total_weight += forward.class_weights[k];
  for (std::int64_t slot = 0; slot < tile.num_slots; ++slot) {
    SlotLogits logits{scratch, scratch + tile.num_classes * width};
    enlarge(tile, forward, place, hn::LoadU(d, tile.slot_t + slot * kLossCells + place), logits);
    auto hard_sum = hn::Zero(d);
    for (std::int64_t row = 0; row < tile.num_rows; ++row) {
      const std::int64_t at = row * tile.pixel_stride + slot * kLossCells + place;
      const auto label = numbers(tile.labels + at), t = set(tile.row_t[row]);
      const PixelLosses pixels = softmax_of(logits, tile.num_classes, t, label);
      const auto log_sum = hn::Mul(set(kLn2), log2_of(pixels.sum));
      // In this order: where the network is sure, the loss is smaller than the rounding error of largest + log_sum.
      const auto value = hn::Add(log_sum, hn::Sub(pixels.largest, pixels.picked));
      const auto loss = hn::IfThenElse(hn::Lt(value, hn::Zero(d)), hn::Zero(d), value);  // rounding only; NaN stays
      const auto is_valid = hn::Ne(label, ignore);
      const auto is_hard = hn::AndNot(hn::Le(loss, threshold), is_valid);  // a NaN, too
      hn::StoreU(hn::IfThenElse(is_valid, loss, set(-1.0F)), d, tile.losses + at);
      hn::StoreU(pixels.largest, d, tile.largest + at);
      hn::StoreU(hn::Div(set(1.0F), pixels.sum), d, tile.scales + at);
      statistics.valid += static_cast<std::int64_t>(hn::CountTrue(d, is_valid));
      statistics.hard += static_cast<std::int64_t>(hn::CountTrue(d, is_hard));
      auto counted = loss;
      if (forward.focus != nullptr) {
        const auto doubt = doubt_of(loss, likelihood_of(loss));
        const auto focus = hn::IfThenElseZero(is_valid, exp2_of(hn::Mul(set(forward.gamma), log2_of(doubt))));
        hn::StoreU(focus, d, forward.focus + at);
        counted = hn::Mul(loss, focus);
      }
      hard_sum = hn::Add(hard_sum, hn::IfThenElseZero(is_hard, counted));
      if (forward.spread == nullptr) continue;
      const auto spread = hn::MulAdd(t, logits.spread_step, logits.spread_upper);
      const auto log_of_sum = hn::Add(pixels.largest, log_sum);
      hn::StoreU(hn::Mul(share, hn::MulSub(set(total_weight), log_of_sum, spread)), d, forward.spread + at);
    }
    statistics.hard_sum += sum_of(hard_sum);
  }
}

void forward_tile(const LossTile& tile, const LossForward& forward, float* scratch, LossStatistics& statistics) {
  const auto width = static_cast<std::int64_t>(hn::Lanes(Lanes()));
  for (std::int64_t place = 0; place < kLossCells; place += width)
    forward_lanes(tile, forward, place, scratch, statistics);
}

// Pixels that count, gathered: vectors behind one another, those of a slot in a row.
class CountedPixels {
 public:
  struct Slot {
    const float* t;
    std::int64_t begin, end;
    Vector uniform_all, uniform_below;  // sums over the slot of the share, and of the share times the row's t
  };

  CountedPixels(const LossTile& tile, const LossBackward& backward, std::int64_t place, float* scratch)
      : tile_(tile), backward_(backward), place_(place), largest_(scratch) {
    const std::int64_t size = (kLossBatch + tile.num_rows) * kLossCells;
    softmax_ = largest_ + size;
    picked_ = softmax_ + size;
    label_ = picked_ + size;
    t_ = label_ + size;
  }

  bool is_full() const { return count_ >= kLossBatch; }
  bool is_empty() const { return count_ == 0; }
  void clear() { count_ = num_slots_ = 0; }

  HWY_INLINE void add(std::int64_t slot) {
    const Lanes d;
    const auto threshold = set(backward_.threshold), above = set(backward_.scale),
               at_threshold = set(backward_.scale * backward_.share_at);
    Slot entry{tile_.slot_t + slot * kLossCells + place_, count_, count_, hn::Zero(d), hn::Zero(d)};
    for (std::int64_t row = 0; row < tile_.num_rows; ++row) {
      const std::int64_t at = row * tile_.pixel_stride + slot * kLossCells + place_;
      const auto loss = hn::LoadU(d, tile_.losses + at);
      auto share =
          hn::IfThenElse(hn::Le(loss, threshold), hn::IfThenElseZero(hn::Eq(loss, threshold), at_threshold), above);
      if (backward_.pixel_weights != nullptr) share = hn::Mul(share, hn::LoadU(d, backward_.pixel_weights + at));
      if (backward_.focus != nullptr) share = hn::Mul(share, hn::LoadU(d, backward_.focus + at));
      if (hn::AllTrue(d, hn::Eq(share, hn::Zero(d)))) continue;
      keep(at, tile_.row_t[row], share);
      entry.uniform_all = hn::Add(entry.uniform_all, share);
      entry.uniform_below = hn::MulAdd(set(tile_.row_t[row]), share, entry.uniform_below);
    }
    entry.end = count_;
    if (entry.end != entry.begin) slots_[num_slots_++] = entry;
  }

  // Adds class k's gradient over the gathered pixels to its two rows.
  HWY_INLINE void add_gradient(std::int64_t k, float* upper, float* lower) const {
    const Lanes d;
    const std::int64_t at = k * tile_.class_stride + place_;
    const auto number = set(static_cast<float>(k));
    const auto uniform =
        set(backward_.class_weights != nullptr ? backward_.uniform * backward_.class_weights[k] : 0.0F);
    const auto a0 = hn::LoadU(d, tile_.upper + at), b0 = hn::Sub(hn::LoadU(d, tile_.upper + at + 1), a0);
    const auto a1 = hn::LoadU(d, tile_.lower + at), b1 = hn::Sub(hn::LoadU(d, tile_.lower + at + 1), a1);
    auto upper_all = hn::Zero(d), upper_next = upper_all, lower_all = upper_all, lower_next = upper_all;
    for (std::int64_t s = 0; s < num_slots_; ++s) {
      const Slot& slot = slots_[s];
      const auto slot_t = hn::LoadU(d, slot.t);
      const auto first = hn::MulAdd(slot_t, b0, a0), step = hn::Sub(hn::MulAdd(slot_t, b1, a1), first);
      auto all = hn::NegMulAdd(uniform, slot.uniform_all, hn::Zero(d));
      auto below = hn::NegMulAdd(uniform, slot.uniform_below, hn::Zero(d));
      for (std::int64_t i = slot.begin; i < slot.end; ++i) {
        const auto t = set(t_[i]);
        const auto z = hn::MulAdd(t, step, first);
        const auto power = exp_of(hn::Sub(z, hn::LoadU(d, largest_ + i * kLossCells)));
        auto g = hn::Mul(hn::LoadU(d, softmax_ + i * kLossCells), power);
        g = hn::IfThenElse(hn::Eq(hn::LoadU(d, label_ + i * kLossCells), number),
                           hn::Sub(g, hn::LoadU(d, picked_ + i * kLossCells)), g);
        all = hn::Add(all, g);
        below = hn::MulAdd(t, g, below);
      }
      const auto above = hn::Sub(all, below);
      upper_all = hn::Add(upper_all, above);
      upper_next = hn::MulAdd(slot_t, above, upper_next);
      lower_all = hn::Add(lower_all, below);
      lower_next = hn::MulAdd(slot_t, below, lower_next);
    }
    increase(upper + at, upper_all, upper_next, before_);
    increase(lower + at, lower_all, lower_next, before_);
  }

 private:
  HWY_INLINE void keep(std::int64_t at, float row_t, Vector share) {
    const Lanes d;
    const std::uint8_t* const labels = tile_.labels + at;
    auto of_softmax = share, of_label = share;
    if (backward_.of_softmax != nullptr) {
      const auto index =
          hn::PromoteTo(hn::RebindToSigned<Lanes>(), hn::LoadU(hn::Rebind<std::uint8_t, Lanes>(), labels));
      of_softmax = hn::Mul(share, hn::GatherIndex(d, backward_.of_softmax, index));
      of_label = hn::Mul(share, hn::GatherIndex(d, backward_.of_label, index));
    }
    if (backward_.focus != nullptr) {
      const auto change = change_of_focus(at, share, of_label);
      of_softmax = hn::Add(of_softmax, change);
      of_label = hn::Add(of_label, change);
    }
    hn::StoreU(hn::LoadU(d, tile_.largest + at), d, largest_ + count_ * kLossCells);
    hn::StoreU(hn::Mul(of_softmax, hn::LoadU(d, tile_.scales + at)), d, softmax_ + count_ * kLossCells);
    hn::StoreU(of_label, d, picked_ + count_ * kLossCells);
    hn::StoreU(numbers(labels), d, label_ + count_ * kLossCells);
    t_[count_++] = row_t;
  }

  // How much the pixel counts changes with its probability, too.
  HWY_INLINE Vector change_of_focus(std::int64_t at, Vector share, Vector of_label) const {
    const Lanes d;
    const auto loss = hn::LoadU(d, tile_.losses + at), p = likelihood_of(loss);
    auto whole = hn::Mul(of_label, loss);
    if (backward_.spread != nullptr)
      whole = hn::MulAdd(hn::Mul(share, set(backward_.smoothing)), hn::LoadU(d, backward_.spread + at), whole);
    return hn::Mul(hn::Mul(set(backward_.gamma), whole), hn::Div(p, doubt_of(loss, p)));
  }

  const LossTile& tile_;
  const LossBackward& backward_;
  std::int64_t place_, count_ = 0, num_slots_ = 0;
  float *largest_, *softmax_, *picked_, *label_, *t_;
  const decltype(lanes_before()) before_ = lanes_before();
  Slot slots_[kLossBatch];
};

void backward_tile(const LossTile& tile, const LossBackward& backward, float* scratch, float* upper, float* lower) {
  const auto width = static_cast<std::int64_t>(hn::Lanes(Lanes()));
  for (std::int64_t place = 0; place < kLossCells; place += width) {
    CountedPixels pixels(tile, backward, place, scratch);
    for (std::int64_t slot = 0; slot < tile.num_slots; ++slot) {
      pixels.add(slot);
      if (!pixels.is_full() && slot + 1 < tile.num_slots) continue;
      if (pixels.is_empty()) continue;
      for (std::int64_t k = 0; k < tile.num_classes; ++k) pixels.add_gradient(k, upper, lower);
      pixels.clear();
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg::kernels {
namespace {

HWY_EXPORT(forward_tile);
HWY_EXPORT(backward_tile);

}  // namespace

void loss_forward(const LossTile& tile, const LossForward& forward, float* scratch, LossStatistics& statistics) {
  HWY_DYNAMIC_DISPATCH(forward_tile)(tile, forward, scratch, statistics);
}

void loss_backward(const LossTile& tile, const LossBackward& backward, float* scratch, float* upper, float* lower) {
  HWY_DYNAMIC_DISPATCH(backward_tile)(tile, backward, scratch, upper, lower);
}

std::int64_t loss_scratch_size(std::int64_t num_classes, std::int64_t num_rows) {
  const std::int64_t pixels = (kLossBatch + num_rows) * (4 * kLossCells + 1);
  return std::max(2 * num_classes * kLossCells, pixels);
}

}  // namespace seg::kernels
#endif
