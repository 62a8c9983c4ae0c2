// SPDX-License-Identifier: Apache-2.0
#include "metrics/image_scores.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::TemporaryFolder;
using Values = std::vector<std::uint8_t>;

ImageScore score(std::size_t index, const std::string& name, const Values& labels, const Values& predictions) {
  ConfusionMatrix matrix(3);
  matrix.add(labels, predictions, 255);
  return score_of(index, name, {.matrix = matrix});
}

// Class 0: 2 hits of 3, IoU 2/3; class 1: 1 hit of 2, IoU 1/2; class 2 is absent.
ImageScore half_right(const std::string& name = "half.png") {
  return score(4, name, {0, 0, 0, 1, 255}, {0, 0, 1, 1, 2});
}
ImageScore nothing_labelled() { return score(5, "none.png", {255, 255}, {0, 1}); }

TEST(ImageScores, AreOfTheImageAloneAndOfTheClassesInIt) {
  const ImageScore found = half_right();
  EXPECT_EQ(found.index, 4U);
  EXPECT_EQ(found.valid_pixels, 4);
  EXPECT_NEAR(found.metrics.miou, (2.0 / 3 + 1.0 / 2) / 2, 1e-12);
  EXPECT_EQ(found.metrics.pixel_accuracy, 0.75);
  EXPECT_TRUE(std::isnan(found.metrics.iou[2]));
}

TEST(ImageScores, TheWorstComeFirstAndWhatHasNoLabelIsNotAmongThem) {
  const std::vector<ImageScore> scores = {score(0, "good.png", {0, 1}, {0, 1}), nothing_labelled(),
                                          score(1, "bad.png", {0, 1}, {1, 0}), half_right(),
                                          score(2, "as bad.png", {0, 0}, {1, 1})};
  const std::vector<ImageScore> worst = worst_of(scores, 3);
  ASSERT_EQ(worst.size(), 3U);
  EXPECT_EQ(worst[0].image, "bad.png");  // of equals, the first in the data set
  EXPECT_EQ(worst[1].image, "as bad.png");
  EXPECT_EQ(worst[2].image, "half.png");
  EXPECT_EQ(worst_of(scores, 100).size(), 4U);
}

TEST(ImageScores, AreWrittenAsATable) {
  const TemporaryFolder folder;
  const std::vector<ImageScore> scores = {half_right("a, \"b\".png"), nothing_labelled()};
  write_scores(folder / "scores.csv", scores, {"road", "car, parked"});
  EXPECT_EQ(read_text(folder / "scores.csv"),
            "image,miou,pixel_accuracy,mean_accuracy,macro_f1,iou road,\"iou car, parked\",iou class 2,"
            "f1 road,\"f1 car, parked\",f1 class 2,valid_pixels\n"
            "\"a, \"\"b\"\".png\",0.5833333333333333,0.75,0.8333333333333333,0.7333333333333334,"
            "0.6666666666666666,0.5,,0.8,0.6666666666666666,,4\n"
            "none.png,,,,,,,,,,,0\n");
}

TEST(ImageScores, HaveColumnsForBoundariesWhereTheyWereMeasured) {
  const TemporaryFolder folder;
  // Class 0 has 3 pixels in bands, all of them found, class 1 one of 4; of boundaries class 0 alone is matched, by 1/2.
  const BoundaryCounts counts{
      .bands = {{.hit = 3, .labelled = 3, .predicted = 3}, {.hit = 1, .labelled = 4, .predicted = 1}},
      .f1 = {{.sum = 0.5, .count = 1}, {}},
      .f1_of_images = {.sum = 0.5, .count = 1},
      .trimaps = {}};
  const std::vector<ImageScore> scores = {score_of(0, "a.png", {.matrix = ConfusionMatrix(2), .boundary = counts})};
  write_scores(folder / "scores.csv", scores, {"road"});
  EXPECT_EQ(read_text(folder / "scores.csv"),
            "image,miou,pixel_accuracy,mean_accuracy,macro_f1,iou road,iou class 1,f1 road,f1 class 1,"
            "boundary_iou,boundary_f1,boundary_iou road,boundary_iou class 1,boundary_f1 road,boundary_f1 class 1,"
            "valid_pixels\n"
            "a.png,,,,,,,,,0.625,0.5,1,0.25,0.5,,0\n");
}

TEST(ImageScores, OfNoImagesAreAHeadOfTheClassesThatHaveNames) {
  const TemporaryFolder folder;
  write_scores(folder / "scores.csv", {}, {"road"});
  EXPECT_EQ(read_text(folder / "scores.csv"),
            "image,miou,pixel_accuracy,mean_accuracy,macro_f1,iou road,f1 road,valid_pixels\n");
}

TEST(ImageScores, AFolderThatIsNotThereIsNamed) {
  EXPECT_THROW(write_scores("/no/such/folder/scores.csv", {}, {}), UserError);
}

}  // namespace
}  // namespace seg
