// SPDX-License-Identifier: Apache-2.0
#include "training/kept_pictures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "tests/loader/fake_dataset.h"
#include "tests/support/read_picture.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::FakeDataset;
using testing::read_picture;
using testing::TemporaryFolder;

class KeptPictures : public ::testing::Test {
 protected:
  KeptPictures() {
    config_.augmentation.cropsize = {32, 64};
    config_.precision.precision = "fp32";
    config_.loader.num_workers = 0;
  }

  Config config_;
  FakeDataset data_{{.size = 5, .sizes_differ = false}};
  RunSettings settings_ = resolve_settings(config_, data_);
  ParameterStore parameters_{graph_of(settings_.card)};
  TemporaryFolder place_;
  RunFolder folder_{place_ / "run"};
  RunEvents events_{folder_, false};
};

TEST_F(KeptPictures, AreOfTheFirstImagesAndOfTheWorst) {
  Validation validation(config_, settings_, data_, parameters_, silent_log());
  ASSERT_TRUE(validation.run());
  keep_pictures(validation, settings_.card.palette, 7, folder_, events_);
  const std::vector<std::size_t> first = {0, 1, 2};
  EXPECT_EQ(read_picture(folder_.prediction_picture()).bytes().size(),
            validation.picture(settings_.card.palette, first, 512).bytes().size());
  std::vector<std::size_t> worst;
  for (const ImageScore& score : validation.worst()) worst.push_back(score.index);
  const Image expected = validation.picture(settings_.card.palette, worst, 512);
  EXPECT_TRUE(std::ranges::equal(read_picture(folder_.worst_picture()).bytes(), expected.bytes()));
}

TEST(WorstImages, AreAListForALine) {
  ImageScore score;
  score.index = 4;
  score.image = "a.png";
  score.metrics.miou = 0.25;
  EXPECT_EQ(to_json(std::span<const ImageScore>(&score, 1)).dump(), R"([{"image":"a.png","miou":0.25}])");
}

}  // namespace
}  // namespace seg
