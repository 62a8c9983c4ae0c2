// SPDX-License-Identifier: Apache-2.0
#include "loader/host_batch.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace seg {
namespace {

class CountingLender final : public Lender {
 public:
  void give_back(int slot) noexcept override { returned.push_back(slot); }
  std::vector<int> returned;
};

struct Content {
  std::vector<std::byte> images{4 * 2 * 3 * 3};
  std::vector<std::uint8_t> labels = std::vector<std::uint8_t>(4 * 2 * 3);
  std::vector<std::uint8_t> distances = std::vector<std::uint8_t>(4 * 2 * 3);
  std::vector<float> points = std::vector<float>(4 * 5 * 2);
  std::vector<std::uint32_t> valid{1, 2, 3, 4}, indices{9, 8, 7, 6};
  std::vector<std::uint64_t> numbers{20, 21, 22, 23};

  Content() { std::iota(labels.begin(), labels.end(), std::uint8_t{0}); }
  BatchView view() const {
    return BatchView({.step = 6,
                      .layout = {.height = 2, .width = 3, .channels = 3, .type = PixelType::u8},
                      .images = images,
                      .labels = labels,
                      .valid_pixels = valid,
                      .sample_numbers = numbers,
                      .dataset_indices = indices});
  }
};

TEST(HostBatch, MicroBatchIsAViewOfTheSameMemory) {
  const Content content;
  const BatchView part = content.view().view(1, 2);
  EXPECT_EQ(part.step(), 6);
  EXPECT_EQ(part.count(), 2);
  EXPECT_EQ(part.first_sample(), 21u);
  EXPECT_EQ(part.images().data(), content.images.data() + 18);
  EXPECT_EQ(part.images().size(), 36u);
  EXPECT_EQ(part.labels().data(), content.labels.data() + 6);
  EXPECT_EQ(part.label(1)[0], 12);
  EXPECT_EQ(part.image(1).data(), content.images.data() + 36);
  EXPECT_EQ(part.dataset_indices()[0], 8u);
  EXPECT_EQ(part.total_valid_pixels(), 5);
  EXPECT_EQ(part.view(1, 1).first_sample(), 22u);
}

TEST(HostBatch, DistancesAndPointsAreThereOnlyIfTheyWereAskedFor) {
  const Content content;
  EXPECT_TRUE(content.view().distances().empty());
  EXPECT_TRUE(content.view().view(1, 2).points().empty());
  EXPECT_EQ(content.view().points_per_sample(), 0);
  const BatchView whole({.step = 6,
                         .layout = content.view().layout(),
                         .images = content.images,
                         .labels = content.labels,
                         .distances = content.distances,
                         .points = content.points,
                         .valid_pixels = content.valid,
                         .sample_numbers = content.numbers,
                         .dataset_indices = content.indices});
  EXPECT_EQ(whole.points_per_sample(), 5);
  const BatchView part = whole.view(1, 2);
  EXPECT_EQ(part.distances().data(), content.distances.data() + 6);
  EXPECT_EQ(part.distances().size(), 12u);
  EXPECT_EQ(part.points().data(), content.points.data() + 10);
  EXPECT_EQ(part.points().size(), 20u);
  EXPECT_EQ(part.points_per_sample(), 5);
}

TEST(HostBatch, LeaseEndsOnceHoweverTheBatchMoves) {
  const Content content;
  const auto lender = std::make_shared<CountingLender>();
  {
    HostBatch first(content.view(), Lease(lender, 3));
    HostBatch second = std::move(first);
    EXPECT_EQ(first.count(), 0);  // NOLINT(bugprone-use-after-move): that it is empty is the point
    EXPECT_EQ(second.count(), 4);
    HostBatch third;
    third = std::move(second);
    EXPECT_TRUE(lender->returned.empty());
  }
  EXPECT_EQ(lender->returned, std::vector<int>{3});
}

TEST(HostBatch, AssignmentAndReleaseEndTheLease) {
  const Content content;
  const auto lender = std::make_shared<CountingLender>();
  HostBatch batch(content.view(), Lease(lender, 1));
  batch = HostBatch(content.view(), Lease(lender, 2));
  EXPECT_EQ(lender->returned, std::vector<int>{1});
  batch.release();
  EXPECT_EQ(lender->returned, (std::vector<int>{1, 2}));
  EXPECT_EQ(batch.count(), 0);
}

}  // namespace
}  // namespace seg
