// SPDX-License-Identifier: Apache-2.0
#include "tests/doctor/judged.h"

namespace seg::testing {
namespace {

TEST(DataRules, DecodedImagesThatFitBelongInMemory) {
  const auto finding = found(starved_figures(), "cache_in_memory");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"cache", "ram"}}));
  // Of 50 ms, reading (0.5), decoding (35) and the labels' decoding (8 less a third of 4) go:
  // the step sets the pace then.
  EXPECT_NEAR(finding->expected_speedup.value(), 3, 1e-9);
  EXPECT_TRUE(contains(finding->evidence, "2.0 GB")) << finding->evidence;
  EXPECT_FALSE(found(healthy_figures(), "cache_in_memory"));  // the step sets the pace there
}

TEST(DataRules, MemoryWithoutRoomKeepsNothing) {
  Figures figures = starved_figures();
  figures.usable_memory_bytes = 7 * kGigabyte;
  EXPECT_FALSE(found(figures, "cache_in_memory"));
  figures = starved_figures();
  figures.epochs = 1;
  EXPECT_FALSE(found(figures, "cache_in_memory"));
  figures = starved_figures();
  figures.cache = "ram";
  EXPECT_FALSE(found(figures, "cache_in_memory"));
}

TEST(DataRules, WhatDoesNotFitIntoMemoryMayFitADisk) {
  Figures figures = starved_figures();
  figures.decoded_bytes = 80 * kGigabyte;
  figures.images = 80000;
  const auto finding = found(figures, "cache_on_disk");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"cache", "disk"}}));
  EXPECT_GT(finding->expected_speedup.value(), 2);
  figures.cold_bytes_per_second = 20e6;  // 50 ms for a decoded image
  EXPECT_FALSE(found(figures, "cache_on_disk"));
  EXPECT_FALSE(found(starved_figures(), "cache_on_disk"));
}

TEST(DataRules, ADiskSlowerThanTheStepIsNamed) {
  Figures figures = healthy_figures();
  figures.file_bytes = 100 * kGigabyte;
  figures.cold_samples_per_second = 10;
  const auto finding = found(figures, "slow_disk");
  ASSERT_TRUE(finding);
  EXPECT_NEAR(finding->expected_speedup.value(), 3, 1e-9);
  EXPECT_TRUE(finding->change.empty());
  figures.cache = "disk";  // made ahead: no file is read
  EXPECT_FALSE(found(figures, "slow_disk"));
  figures.cache = "off";
  figures.cold_samples_per_second = 40;
  EXPECT_FALSE(found(figures, "slow_disk"));
  figures = healthy_figures();
  figures.cold_samples_per_second = 10;  // but all files stay in memory once they were read
  EXPECT_FALSE(found(figures, "slow_disk"));
}

TEST(DataRules, FilesThatAreMostlyWaitedForNeedTheirDiskOnce) {
  Figures figures = starved_figures();
  figures.stages = {40, 5, 2, 2, 1, std::nullopt, std::nullopt};
  const auto finding = found(figures, "slow_disk");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"cache", "ram"}}));
  EXPECT_NEAR(finding->expected_speedup.value(), 3, 1e-9);  // the step sets the pace then
  EXPECT_TRUE(contains(finding->evidence, "reading files takes 40.0 of the 50.0 ms")) << finding->evidence;
  EXPECT_FALSE(found(figures, "cache_in_memory"));  // the same change, told once
  figures.usable_memory_bytes = 7 * kGigabyte;      // which has no room
  EXPECT_FALSE(found(figures, "slow_disk"));
}

TEST(DataRules, AShortRunFeelsItsFirstEpoch) {
  Figures figures = healthy_figures();
  figures.cold_samples_per_second = 10;
  figures.epochs = 4;
  const auto finding = found(figures, "cold_start");
  ASSERT_TRUE(finding);
  EXPECT_NEAR(finding->expected_speedup.value(), (1 / 10.0 + 3 / 29.5) / (4 / 29.5), 1e-9);
  figures.cache = "disk";
  EXPECT_FALSE(found(figures, "cold_start"));
  figures.cache = "ram";
  EXPECT_TRUE(found(figures, "cold_start"));
  figures.epochs = 400;
  EXPECT_FALSE(found(figures, "cold_start"));
}

TEST(DataRules, ImagesFarLargerThanTheCropAreNamed) {
  Figures figures = starved_figures();
  figures.image_pixels = 16 * 512 * 512;
  const auto finding = found(figures, "large_images");
  ASSERT_TRUE(finding);
  EXPECT_NEAR(finding->expected_speedup.value(), 50 / (50 - 35 * 0.75), 1e-9);
  EXPECT_FALSE(found(starved_figures(), "large_images"));
}

TEST(DataRules, LabelsThatTakeLongerThanImagesAreNamed) {
  Figures figures = starved_figures();
  set(figures, LoaderStage::decode, 10);
  set(figures, LoaderStage::label, 33);
  const auto finding = found(figures, "label_decoding");
  ASSERT_TRUE(finding);
  EXPECT_NEAR(finding->expected_speedup.value(), 50 / (50 - 33 + 4.0 / 3), 1e-9);
  EXPECT_FALSE(found(starved_figures(), "label_decoding"));
}

TEST(DataRules, DistancesCanBeCutFromKeptMaps) {
  Figures figures = starved_figures();
  set(figures, LoaderStage::distance_map, 20);
  figures.distance_map = "online";
  EXPECT_FALSE(found(figures, "distance_maps"));  // there is no cache to keep them
  figures.cache = "ram";
  const auto finding = found(figures, "distance_maps");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"distance_map", "cache"}}));
  EXPECT_GT(finding->expected_speedup.value(), 1.3);
}

}  // namespace
}  // namespace seg::testing
