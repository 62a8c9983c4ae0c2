// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/region_tile.h"

#include <gtest/gtest.h>

#include <numeric>

#include "engine/kernels/region_weights.h"
#include "tests/engine/support/loss_tile_case.h"
#include "tests/support/instruction_levels.h"

namespace seg::kernels {
namespace {

using Case = testing::LossTileCase;

Case filled(std::int64_t classes) {
  Case c(classes, 2.0);
  LossStatistics statistics;
  loss_forward(c.tile(), {.threshold = -0.5F}, c.scratch.data(), statistics);
  c.scratch.resize(Case::size(region_scratch_size(Case::kRows, Case::kSlots)));
  return c;
}

TEST(RegionTile, ProbabilitiesOfValidPixelsAreAddedUp) {
  testing::at_every_instruction_level([] {
    for (const std::int64_t classes : {2, 19}) {
      Case c = filled(classes);
      for (std::int64_t k = 0; k < classes; ++k) {
        ClassSums sums{.all = 3, .of_class = 4};
        add_probabilities(c.tile(), k, sums);
        double all = 3, of_class = 4;
        Case::for_each_pixel([&](std::int64_t row, std::int64_t slot, std::int64_t lane, std::size_t i) {
          if (c.labels[i] == 255) return;
          const double p = c.probability(k, row, slot, lane);
          all += p;
          of_class += c.labels[i] == k ? p : 0;
        });
        EXPECT_NEAR(sums.all, all, 1e-5 * all);
        EXPECT_NEAR(sums.of_class, of_class, 1e-5 * of_class);
      }
    }
  });
}

TEST(RegionTile, ErrorsAreCountedByTheirBins) {
  testing::at_every_instruction_level([] {
    Case c = filled(5);
    std::vector<std::int32_t> counts(static_cast<std::size_t>(2 * kErrorBins + 1));
    count_errors(c.tile(), 3, counts.data());
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0), Case::kRows * Case::kSlots * kLossCells);
    EXPECT_EQ(counts.back(), 1) << "the pixel that is not valid";
    Case::for_each_pixel([&](std::int64_t row, std::int64_t slot, std::int64_t lane, std::size_t i) {
      if (c.labels[i] == 255) return;
      const double p = c.probability(3, row, slot, lane);
      const std::int64_t first = c.labels[i] == 3 ? kErrorBins : 0;
      const auto bin = static_cast<std::int64_t>((c.labels[i] == 3 ? 1 - p : p) * static_cast<double>(kErrorBins));
      std::int32_t near = 0;  // rounding may take it to the next one
      for (std::int64_t b = std::max<std::int64_t>(bin - 1, 0); b <= std::min(bin + 1, kErrorBins - 1); ++b)
        near += counts[Case::size(first + b)];
      EXPECT_GT(near, 0) << bin;
    });
  });
}

// Errors of exactly 0 and 1 and what is no number stay inside.
TEST(RegionTile, NoErrorLeavesTheBins) {
  testing::at_every_instruction_level([] {
    Case c(2, 400.0);
    c.upper[3] = NAN;
    LossStatistics statistics;
    loss_forward(c.tile(), {.threshold = -0.5F}, c.scratch.data(), statistics);
    std::vector<std::int32_t> counts(static_cast<std::size_t>(2 * kErrorBins + 1));
    count_errors(c.tile(), 1, counts.data());
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0), Case::kRows * Case::kSlots * kLossCells);
    EXPECT_GT(counts.back(), 1);
    EXPECT_GT(counts.front() + counts[Case::size(kErrorBins)], 0);
    EXPECT_GT(counts[Case::size(kErrorBins) - 1] + counts[counts.size() - 2], 0);
  });
}

// The classes' slopes: constant, by error, and none at all.
TEST(RegionTile, GradientsAreThoseOfTheFormula) {
  testing::at_every_instruction_level([] {
    for (const std::int64_t classes : {3, 19}) {
      Case c = filled(classes);
      std::vector<float> table(static_cast<std::size_t>(2 * kErrorBins));
      for (std::size_t i = 0; i < table.size(); ++i)  // so slowly that the next bin gives nearly the same
        table[i] = (i >= Case::size(kErrorBins) ? -1.0F : 0.5F) + static_cast<float>(i) * 1e-6F;
      std::vector<ClassSlope> slopes(Case::size(classes));
      slopes[0] = {.of_others = 0.75F, .of_class = -1.5F};
      slopes[2] = {.by_error = table.data()};
      std::vector<float> upper(c.upper.size(), 1.0F), lower(upper);
      region_backward(c.tile(), slopes.data(), c.scratch.data(), upper.data(), lower.data());

      testing::CellSums sums(c, 1.0);
      Case::for_each_pixel([&](std::int64_t row, std::int64_t slot, std::int64_t lane, std::size_t i) {
        if (c.labels[i] == 255) return;
        const auto p = [&](std::int64_t k) { return c.probability(k, row, slot, lane); };
        const bool is_two = c.labels[i] == 2;
        const auto bin = static_cast<std::size_t>((is_two ? 1 - p(2) : p(2)) * static_cast<double>(kErrorBins));
        const auto slope = [&](std::int64_t k) {
          if (k == 0) return c.labels[i] == 0 ? -1.5 : 0.75;
          return k == 2 ? static_cast<double>(table[bin + (is_two ? Case::size(kErrorBins) : 0)]) : 0.0;
        };
        const double mean = p(0) * slope(0) + p(2) * slope(2);
        for (std::int64_t k = 0; k < classes; ++k) sums.add(c, k, row, slot, lane, p(k) * (slope(k) - mean));
      });
      for (std::size_t i = 0; i < upper.size(); ++i) {
        EXPECT_NEAR(upper[i], sums.upper[i], 2e-5) << i;
        EXPECT_NEAR(lower[i], sums.lower[i], 2e-5) << i;
      }
    }
  });
}

}  // namespace
}  // namespace seg::kernels
