// SPDX-License-Identifier: Apache-2.0
#include "evaluation/memory_notice.h"

#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/support/recording_log.h"

namespace seg {
namespace {

struct Nothing final : Protocol {
  std::string_view name() const override { return "ss"; }
  at::Tensor classes(const HostPixels& pixels) override {
    return at::zeros({pixels.count, pixels.height, pixels.width}, at::kByte);
  }
  std::int64_t images_at_once(std::int64_t in_a_batch) const override { return in_a_batch; }
  double views_a_pixel(std::int64_t, std::int64_t) const override { return 2; }
};

class MemoryNoticeTest : public ::testing::Test {
 protected:
  void look(std::int64_t count, std::int64_t height) {
    EXPECT_EQ(notice_.classes({.count = count, .height = height, .width = 10}).size(1), height);
  }

  testing::RecordingLog log_;
  int asked_ = 0;
  MemoryNotice notice_{std::make_unique<Nothing>(),
                       {.needs =
                            [this](const PixelExtent& image, std::int64_t count) {
                              ++asked_;
                              return count * image.height * image.width * 1'000'000;
                            },
                        .memory_bytes = 150'000'000,
                        .remedy = [](std::int64_t count) { return count > 1 ? "fewer" : "smaller"; }},
                       log_};
};

TEST_F(MemoryNoticeTest, IsTheProtocolBesides) {
  EXPECT_EQ(notice_.name(), "ss");
  EXPECT_EQ(notice_.images_at_once(3), 3);
  EXPECT_EQ(notice_.views_a_pixel(4, 5), 2);
}

TEST_F(MemoryNoticeTest, TellsOnceOfTheFirstThatTakeMoreThanThereIs) {
  look(1, 10);
  look(1, 15);
  EXPECT_TRUE(log_.texts.empty());
  look(1, 16);
  look(2, 16);
  ASSERT_EQ(log_.warnings.size(), 1U);
  EXPECT_EQ(log_.warnings[0],
            "ss: 1 image of 16x10 takes about 160 MB, more than the 150 MB that may be used; it is tried all the "
            "same, and memory may run out. Less: smaller");
}

TEST_F(MemoryNoticeTest, CountsImagesThatAreLookedAtTogether) {
  look(2, 8);
  ASSERT_EQ(log_.warnings.size(), 1U);
  EXPECT_TRUE(log_.warnings[0].starts_with("ss: 2 images of 8x10 take about 160 MB")) << log_.warnings[0];
  EXPECT_TRUE(log_.warnings[0].ends_with("Less: fewer"));
}

TEST_F(MemoryNoticeTest, AsksOnlyWhereMoreIsLookedAtThanBefore) {
  look(1, 10);
  look(1, 10);
  look(1, 4);
  EXPECT_EQ(asked_, 1);
  look(2, 6);
  EXPECT_EQ(asked_, 2);
}

}  // namespace
}  // namespace seg
