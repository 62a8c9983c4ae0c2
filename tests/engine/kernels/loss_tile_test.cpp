// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/loss_tile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/engine/support/loss_tile_case.h"
#include "tests/support/instruction_levels.h"

namespace seg::kernels {
namespace {

using Case = testing::LossTileCase;
constexpr std::int64_t kStride = Case::kStride;

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

TEST(LossTile, LossesAreThoseOfTheFormula) {
  testing::at_every_instruction_level([] {
    for (const double spread : {0.1, 3.0, 60.0})
      for (const std::int64_t classes : {2, 6, 19, 171, 256}) {
        Case c(classes, spread);
        LossStatistics statistics;
        loss_forward(c.tile(), {.threshold = 0.5F}, c.scratch.data(), statistics);
        LossStatistics expected;
        Case::for_each_pixel([&](std::int64_t row, std::int64_t slot, std::int64_t lane, std::size_t i) {
          if (c.labels[i] == 255) {
            EXPECT_EQ(c.losses[i], -1.0F);
            return;
          }
          const double log_sum = c.log_sum(row, slot, lane);
          EXPECT_NEAR(c.largest[i] - std::log(c.scales[i]), log_sum, 1e-6 * (1 + spread));
          EXPECT_NEAR(c.losses[i], log_sum - c.logit(c.labels[i], row, slot, lane), 1e-6 * (1 + spread));
          ++expected.valid;
          expected.hard += c.losses[i] > 0.5F ? 1 : 0;
          expected.hard_sum += c.losses[i] > 0.5F ? static_cast<double>(c.losses[i]) : 0.0;
        });
        EXPECT_EQ(statistics.valid, expected.valid);
        EXPECT_EQ(statistics.hard, expected.hard);
        EXPECT_NEAR(statistics.hard_sum, expected.hard_sum, 1e-6 * (1 + expected.hard_sum));
      }
  });
}

TEST(LossTile, WhatIsNoNumberAndNoClassShows) {
  testing::at_every_instruction_level([] {
    Case c(6, 1.0);
    c.labels[9] = 6;
    c.upper[size(2 * kStride + 3)] = NAN;  // between cells 2 and 4
    LossStatistics statistics;
    loss_forward(c.tile(), {.threshold = 0.5F}, c.scratch.data(), statistics);
    EXPECT_TRUE(std::isnan(c.losses[9]));
    EXPECT_TRUE(std::isnan(c.losses[3]));
    EXPECT_TRUE(std::isnan(statistics.hard_sum));
    EXPECT_FALSE(std::isnan(c.losses[12]));
  });
}

// The gradients of all pixels, by the formula of the header, added to what was there.
TEST(LossTile, GradientsAreThoseOfTheFormula) {
  testing::at_every_instruction_level([] {
    for (const std::int64_t classes : {2, 19, 171}) {
      Case c(classes, 2.0);
      LossStatistics statistics;
      loss_forward(c.tile(), {.threshold = 0.0F}, c.scratch.data(), statistics);
      const float threshold = c.losses[7];  // so that one is exactly at it
      std::vector<float> pixel_weights(c.labels.size()), of_softmax(256), of_label(256), class_weights(size(classes));
      for (std::size_t i = 0; i < pixel_weights.size(); ++i) pixel_weights[i] = static_cast<float>(i % 4);
      pixel_weights[7] = 1;
      for (std::size_t i = 0; i < 256; ++i) {
        of_softmax[i] = 0.5F + static_cast<float>(i % 3);
        of_label[i] = 0.25F + static_cast<float>(i % 5);
      }
      for (std::size_t k = 0; k < class_weights.size(); ++k) class_weights[k] = static_cast<float>(k % 3);
      const LossBackward backward{.threshold = threshold,
                                  .share_at = 0.5F,
                                  .scale = 2.0F,
                                  .pixel_weights = pixel_weights.data(),
                                  .of_softmax = of_softmax.data(),
                                  .of_label = of_label.data(),
                                  .class_weights = class_weights.data(),
                                  .uniform = 0.125F};
      std::vector<float> upper(c.upper.size(), 1.0F), lower(upper);
      loss_backward(c.tile(), backward, c.scratch.data(), upper.data(), lower.data());

      testing::CellSums sums(c, 1.0);
      Case::for_each_pixel([&](std::int64_t row, std::int64_t slot, std::int64_t lane, std::size_t i) {
        if (!(c.losses[i] >= threshold)) return;
        const double share = (c.losses[i] > threshold ? 2.0 : 1.0) * static_cast<double>(pixel_weights[i]);
        for (std::int64_t k = 0; k < classes; ++k)
          sums.add(c, k, row, slot, lane,
                   share * (static_cast<double>(of_softmax[c.labels[i]]) * c.probability(k, row, slot, lane) -
                            (k == c.labels[i] ? static_cast<double>(of_label[c.labels[i]]) : 0.0) -
                            0.125 * static_cast<double>(class_weights[size(k)])));
      });
      for (std::size_t i = 0; i < upper.size(); ++i) {
        EXPECT_NEAR(upper[i], sums.upper[i], 2e-5) << i;
        EXPECT_NEAR(lower[i], sums.lower[i], 2e-5) << i;
      }
    }
  });
}

// The focal loss' share of a pixel, also where 1 - p is smaller than the rounding of p.
TEST(LossTile, FocusIsAPowerOfTheDoubt) {
  testing::at_every_instruction_level([] {
    for (const float gamma : {0.0F, 0.5F, 2.0F, 5.0F}) {
      Case c(4, 6.0);
      std::vector<float> focus(c.losses.size());
      LossStatistics statistics;
      loss_forward(c.tile(), {.threshold = -0.5F, .focus = focus.data(), .gamma = gamma}, c.scratch.data(), statistics);
      double sum = 0;
      Case::for_each_pixel([&](std::int64_t row, std::int64_t slot, std::int64_t lane, std::size_t i) {
        if (c.labels[i] == 255) {
          EXPECT_EQ(focus[i], 0.0F);
          return;
        }
        const double doubt = -std::expm1(c.logit(c.labels[i], row, slot, lane) - c.log_sum(row, slot, lane));
        EXPECT_NEAR(focus[i], std::pow(doubt, gamma), 1e-5) << doubt;
        sum += static_cast<double>(focus[i]) * static_cast<double>(c.losses[i]);
      });
      EXPECT_NEAR(statistics.hard_sum, sum, 1e-5 * sum);
    }
  });
}

// More rows and slots than are gathered at once.
TEST(LossTile, LargeTilesAreTakenInParts) {
  testing::at_every_instruction_level([] {
    constexpr std::int64_t kMany = 50, kManySlots = 9, kWidth = kManySlots * kLossCells;
    Case c(3, 1.0);
    const std::vector<float> row_t(size(kMany), 0.25F), slot_t(size(kWidth), 0.5F);
    c.labels.assign(size(kMany * kWidth), 1);
    c.losses.assign(c.labels.size(), 0.0F);
    c.largest.assign(c.labels.size(), 0.0F);
    c.scales.assign(c.labels.size(), 0.0F);
    c.scratch.resize(size(loss_scratch_size(3, kMany)));
    LossTile tile = c.tile();
    tile.num_slots = kManySlots;
    tile.slot_t = slot_t.data();
    tile.num_rows = kMany;
    tile.row_t = row_t.data();
    tile.pixel_stride = kWidth;
    LossStatistics statistics;
    loss_forward(tile, {.threshold = -0.5F}, c.scratch.data(), statistics);
    EXPECT_EQ(statistics.valid, kMany * kWidth);
    std::vector<float> upper(c.upper.size()), lower(upper.size());
    loss_backward(tile, {.threshold = -0.5F, .scale = 1.0F}, c.scratch.data(), upper.data(), lower.data());
    // All pixels of a cell are alike: -(1 - p) of class 1 each, a quarter of that to the lower row, half to each cell.
    const double p = std::exp(-static_cast<double>(c.losses[0]));
    EXPECT_NEAR(upper[size(kStride)], -(1 - p) * kMany * kManySlots * 0.75 / 2, 1e-3);
    EXPECT_NEAR(lower[size(kStride)], -(1 - p) * kMany * kManySlots * 0.25 / 2, 1e-3);
  });
}

}  // namespace
}  // namespace seg::kernels
