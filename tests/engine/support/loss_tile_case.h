// SPDX-License-Identifier: Apache-2.0
// A tile of random logits, with what each pixel should give by the formulas, in double.
#pragma once
#include <cmath>
#include <random>
#include <vector>

#include "engine/kernels/loss_tile.h"

namespace seg::testing {

struct LossTileCase {
  static constexpr std::int64_t kRows = 3, kSlots = 2, kStride = 40, kPixelStride = kSlots * kernels::kLossCells + 5;

  std::int64_t classes;
  std::vector<float> upper, lower, slot_t, row_t = {0.0F, 0.375F, 1.0F};
  std::vector<std::uint8_t> labels;
  std::vector<float> losses, largest, scales, scratch;

  LossTileCase(std::int64_t num_classes, double spread)
      : classes(num_classes),
        upper(size(classes * kStride)),
        lower(upper.size()),
        slot_t(size(kSlots * kernels::kLossCells)),
        labels(size(kRows * kPixelStride)),
        losses(labels.size()),
        largest(labels.size()),
        scales(labels.size()),
        scratch(size(kernels::loss_scratch_size(classes, kRows))) {
    std::mt19937 random(3);
    std::normal_distribution<double> draw(0, spread);
    for (auto* logits : {&upper, &lower})
      for (float& logit : *logits) logit = static_cast<float>(draw(random));
    for (std::size_t i = 0; i < slot_t.size(); ++i) slot_t[i] = static_cast<float>(i % 5) / 4;
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::uint8_t>(i * 7 % size(classes));
    labels[5] = 255;
  }

  static std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

  kernels::LossTile tile() {
    return {.num_classes = classes,
            .upper = upper.data(),
            .lower = lower.data(),
            .class_stride = kStride,
            .num_slots = kSlots,
            .slot_t = slot_t.data(),
            .num_rows = kRows,
            .row_t = row_t.data(),
            .pixel_stride = kPixelStride,
            .labels = labels.data(),
            .losses = losses.data(),
            .largest = largest.data(),
            .scales = scales.data()};
  }

  double logit(std::int64_t k, std::int64_t row, std::int64_t slot, std::int64_t lane) const {
    const std::size_t at = size(k * kStride + lane);
    const auto between = [](double a, double b, double t) { return a + t * (b - a); };
    const double t = slot_t[size(slot * kernels::kLossCells + lane)];
    return between(between(upper[at], upper[at + 1], t), between(lower[at], lower[at + 1], t), row_t[size(row)]);
  }
  double log_sum(std::int64_t row, std::int64_t slot, std::int64_t lane) const {
    double most = -INFINITY, sum = 0;
    for (std::int64_t k = 0; k < classes; ++k) most = std::max(most, logit(k, row, slot, lane));
    for (std::int64_t k = 0; k < classes; ++k) sum += std::exp(logit(k, row, slot, lane) - most);
    return most + std::log(sum);
  }
  double probability(std::int64_t k, std::int64_t row, std::int64_t slot, std::int64_t lane) const {
    return std::exp(logit(k, row, slot, lane) - log_sum(row, slot, lane));
  }

  // f(row, slot, lane, place among the pixels)
  template <class F>
  static void for_each_pixel(const F& f) {
    for (std::int64_t row = 0; row < kRows; ++row)
      for (std::int64_t slot = 0; slot < kSlots; ++slot)
        for (std::int64_t lane = 0; lane < kernels::kLossCells; ++lane)
          f(row, slot, lane, size(row * kPixelStride + slot * kernels::kLossCells + lane));
  }
};

// Gradients of pixels, sent to the cells of the two rows as enlarging took from them.
struct CellSums {
  explicit CellSums(const LossTileCase& c, double start) : upper(c.upper.size(), start), lower(upper) {}
  void add(const LossTileCase& c, std::int64_t k, std::int64_t row, std::int64_t slot, std::int64_t lane, double g) {
    const double tx = c.slot_t[LossTileCase::size(slot * kernels::kLossCells + lane)];
    const double ty = c.row_t[LossTileCase::size(row)];
    const std::size_t at = LossTileCase::size(k * LossTileCase::kStride + lane);
    upper[at] += g * (1 - tx) * (1 - ty);
    upper[at + 1] += g * tx * (1 - ty);
    lower[at] += g * (1 - tx) * ty;
    lower[at + 1] += g * tx * ty;
  }
  std::vector<double> upper, lower;
};

}  // namespace seg::testing
