// SPDX-License-Identifier: Apache-2.0
#include "training/bad_batch.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "formats/safetensors.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/hand_batch.h"

namespace seg {
namespace {

using testing::FakeDataset;
using testing::HandBatch;
using testing::TemporaryFolder;

void expect_kept(const HandBatch& batch, TensorType type, std::int64_t channels) {
  const TemporaryFolder folder;
  const FakeDataset dataset({.size = 9});
  const std::string names = save_bad_batch(folder / "bad.safetensors", batch.view(), dataset);
  EXPECT_EQ(names, "image_1.png, image_0.png");  // in the order of the batch

  const SafetensorsFile file(folder / "bad.safetensors");
  const TensorEntry* const images = file.find("images");
  const TensorEntry* const labels = file.find("labels");
  ASSERT_NE(images, nullptr);
  ASSERT_NE(labels, nullptr);
  EXPECT_EQ(images->type, type);
  EXPECT_EQ(images->shape, (std::vector<std::int64_t>{2, 6, 4, channels}));
  EXPECT_TRUE(std::ranges::equal(images->data, batch.view().images()));
  EXPECT_EQ(labels->type, TensorType::u8);
  EXPECT_EQ(file.find("distance"), nullptr);
  EXPECT_EQ(file.find("points"), nullptr);
  EXPECT_EQ(labels->shape, (std::vector<std::int64_t>{2, 6, 4}));
  EXPECT_TRUE(std::ranges::equal(labels->data, std::as_bytes(batch.view().labels())));
  EXPECT_EQ(file.metadata().at("step"), "12");
  EXPECT_TRUE(file.checksum_matches());
}

TEST(BadBatch, IsKeptByteForByteAndItsImagesAreNamed) {
  expect_kept(HandBatch({.count = 2, .height = 6, .width = 4, .step = 12}), TensorType::u8, 3);
}

TEST(BadBatch, KeepsSixteenBitsAndAnyNumberOfChannels) {
  expect_kept(HandBatch({.count = 2, .height = 6, .width = 4, .channels = 5, .type = PixelType::u16, .step = 12}),
              TensorType::u16, 5);
}

TEST(BadBatch, KeepsDistancesAndPointsThatTheBatchCarries) {
  const HandBatch batch({.count = 2, .height = 6, .width = 4, .has_distances = true, .num_points = 5});
  const TemporaryFolder folder;
  (void)save_bad_batch(folder / "bad.safetensors", batch.view(), FakeDataset({.size = 9}));
  const SafetensorsFile file(folder / "bad.safetensors");
  const TensorEntry* const distances = file.find("distance");
  const TensorEntry* const points = file.find("points");
  ASSERT_NE(distances, nullptr);
  ASSERT_NE(points, nullptr);
  EXPECT_EQ(distances->shape, (std::vector<std::int64_t>{2, 6, 4}));
  EXPECT_TRUE(std::ranges::equal(distances->data, std::as_bytes(batch.view().distances())));
  EXPECT_EQ(points->type, TensorType::f32);
  EXPECT_EQ(points->shape, (std::vector<std::int64_t>{2, 5, 2}));
  EXPECT_TRUE(std::ranges::equal(points->data, std::as_bytes(batch.view().points())));
}

TEST(BadBatch, AFolderThatIsNotThereIsNamed) {
  const TemporaryFolder folder;
  const FakeDataset dataset({.size = 9});
  EXPECT_THROW((void)save_bad_batch(folder / "none" / "bad.safetensors", HandBatch().view(), dataset), UserError);
}

}  // namespace
}  // namespace seg
