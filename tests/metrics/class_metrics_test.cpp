// SPDX-License-Identifier: Apache-2.0
#include "metrics/class_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"
#include "metrics/confusion_matrix.h"

namespace seg {
namespace {

using Pixels = std::vector<std::uint8_t>;

TEST(ClassMetrics, FollowTheirDefinitions) {
  // Class 0: 3 hits, 1 missed; class 1: 2 hits, 1 false; class 2: absent and never predicted.
  ConfusionMatrix matrix(3);
  matrix.add(Pixels{0, 0, 0, 0, 1, 1}, Pixels{0, 0, 0, 1, 1, 1}, 255);
  const Metrics metrics = metrics_of(matrix);
  EXPECT_DOUBLE_EQ(metrics.iou[0], 3.0 / 4);
  EXPECT_DOUBLE_EQ(metrics.iou[1], 2.0 / 3);
  EXPECT_TRUE(std::isnan(metrics.iou[2]));
  EXPECT_DOUBLE_EQ(metrics.f1[0], 6.0 / 7);
  EXPECT_DOUBLE_EQ(metrics.f1[1], 4.0 / 5);
  EXPECT_TRUE(std::isnan(metrics.f1[2]));
  EXPECT_DOUBLE_EQ(metrics.miou, (3.0 / 4 + 2.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(metrics.macro_f1, (6.0 / 7 + 4.0 / 5) / 2);
  EXPECT_DOUBLE_EQ(metrics.fw_miou, (4 * 3.0 / 4 + 2 * 2.0 / 3) / 6);
  EXPECT_DOUBLE_EQ(metrics.pixel_accuracy, 5.0 / 6);
  EXPECT_DOUBLE_EQ(metrics.micro_f1, 5.0 / 6);
  EXPECT_DOUBLE_EQ(metrics.share[0], 4.0 / 6);
  EXPECT_DOUBLE_EQ(metrics.share[2], 0.0);
}

TEST(ClassMetrics, AClassThatIsOnlyPredictedCountsAsWrong) {
  ConfusionMatrix matrix(2);
  matrix.add(Pixels{0, 0}, Pixels{0, 1}, 255);
  const Metrics metrics = metrics_of(matrix);
  EXPECT_DOUBLE_EQ(metrics.iou[1], 0.0);
  EXPECT_DOUBLE_EQ(metrics.miou, 0.25);
}

// By hand from the Python trainer's formulas: IoU = tp / (tp + fp + fn + 1), P = tp / (tp + fp + 1),
// R = tp / (tp + fn + 1), F1 = 2 P R / (P + R + 1e-6), means over all classes.
TEST(ClassMetrics, OfTheReferenceCountAnAbsentClassAsZero) {
  // Class 0: tp 3, fp 0, fn 1; class 1: tp 2, fp 1, fn 0; class 2: nowhere.
  ConfusionMatrix matrix(3);
  matrix.add(Pixels{0, 0, 0, 0, 1, 1}, Pixels{0, 0, 0, 1, 1, 1}, 255);
  const Metrics metrics = metrics_of(matrix, absent_class_of("reference"));
  EXPECT_DOUBLE_EQ(metrics.iou[0], 3.0 / 5);
  EXPECT_DOUBLE_EQ(metrics.iou[1], 2.0 / 4);
  EXPECT_EQ(metrics.iou[2], 0);
  EXPECT_DOUBLE_EQ(metrics.miou, 1.1 / 3);
  EXPECT_DOUBLE_EQ(metrics.fw_miou, (4 * 0.6 + 2 * 0.5) / 6);
  // P and R of class 0 are 3/4 and 3/5, those of class 1 are 2/4 and 2/3.
  EXPECT_NEAR(metrics.f1[0], 2 * 0.45 / 1.35, 1e-6);
  EXPECT_LT(metrics.f1[0], 2 * 0.45 / 1.35);
  EXPECT_NEAR(metrics.f1[1], 2 * (1.0 / 3) / (7.0 / 6), 1e-6);
  EXPECT_EQ(metrics.f1[2], 0);
  EXPECT_NEAR(metrics.macro_f1, (2.0 / 3 + 4.0 / 7) / 3, 1e-6);
  EXPECT_NEAR(metrics.micro_f1, 5.0 / 7, 1e-6);
  EXPECT_DOUBLE_EQ(metrics.pixel_accuracy, 5.0 / 6);
  EXPECT_TRUE(std::isnan(metrics_of(matrix, absent_class_of("nan")).iou[2]));
}

TEST(ClassMetrics, NothingCountedIsUnknownNotZero) {
  const Metrics metrics = metrics_of(ConfusionMatrix(2));
  EXPECT_TRUE(std::isnan(metrics.miou));
  EXPECT_TRUE(std::isnan(metrics.pixel_accuracy));
}

// Class 0 is labelled and predicted, 1 only predicted, 2 only labelled, 3 nowhere.
const std::vector<ClassCounts> kEachKind = {{.hit = 2, .labelled = 3, .predicted = 4},
                                            {.hit = 0, .labelled = 0, .predicted = 1},
                                            {.hit = 0, .labelled = 2, .predicted = 0},
                                            {}};

TEST(ClassMetrics, LeaveOutWhatHasNoDenominator) {
  const Metrics metrics = metrics_of(kEachKind, AbsentClass::leave_out);
  EXPECT_DOUBLE_EQ(metrics.iou[0], 2.0 / 5);
  EXPECT_EQ(metrics.iou[1], 0);
  EXPECT_EQ(metrics.iou[2], 0);
  EXPECT_TRUE(std::isnan(metrics.iou[3]));
  EXPECT_DOUBLE_EQ(metrics.precision[0], 2.0 / 4);
  EXPECT_EQ(metrics.precision[1], 0);
  EXPECT_TRUE(std::isnan(metrics.precision[2]));
  EXPECT_DOUBLE_EQ(metrics.recall[0], 2.0 / 3);
  EXPECT_TRUE(std::isnan(metrics.recall[1]));
  EXPECT_EQ(metrics.recall[2], 0);
  EXPECT_DOUBLE_EQ(metrics.miou, 0.4 / 3);
  EXPECT_DOUBLE_EQ(metrics.macro_f1, 4.0 / 7 / 3);
  EXPECT_DOUBLE_EQ(metrics.mean_accuracy, 2.0 / 3 / 2);
}

TEST(ClassMetrics, OfZeroCountAnAbsentClassWithoutAddingToDenominators) {
  const Metrics metrics = metrics_of(kEachKind, absent_class_of("zero"));
  EXPECT_DOUBLE_EQ(metrics.iou[0], 2.0 / 5);
  EXPECT_EQ(metrics.iou[3], 0);
  EXPECT_EQ(metrics.f1[3], 0);
  EXPECT_EQ(metrics.precision[2], 0);
  EXPECT_DOUBLE_EQ(metrics.miou, 0.4 / 4);
  EXPECT_DOUBLE_EQ(metrics.macro_f1, 4.0 / 7 / 4);
  EXPECT_DOUBLE_EQ(metrics.mean_accuracy, 2.0 / 3 / 4);
}

TEST(ClassMetrics, OfLabelledClassesOnlyDoNotPunishWhatIsPredictedWithoutALabel) {
  const Metrics metrics = metrics_of(kEachKind, absent_class_of("labelled_only"));
  EXPECT_TRUE(std::isnan(metrics.iou[1]));
  EXPECT_TRUE(std::isnan(metrics.f1[1]));
  EXPECT_TRUE(std::isnan(metrics.precision[1]));
  EXPECT_EQ(metrics.iou[2], 0);
  EXPECT_TRUE(std::isnan(metrics.iou[3]));
  EXPECT_DOUBLE_EQ(metrics.miou, 0.4 / 2);
}

TEST(ClassMetrics, WeightedAndSummedOnesDoNotAskHowManyClassesThereAre) {
  for (const char* rule : {"nan", "zero", "labelled_only"}) {
    const Metrics metrics = metrics_of(kEachKind, absent_class_of(rule));
    EXPECT_DOUBLE_EQ(metrics.fw_miou, (3 * 0.4 + 2 * 0) / 5);
    EXPECT_DOUBLE_EQ(metrics.fw_f1, 3 * (4.0 / 7) / 5);
    EXPECT_DOUBLE_EQ(metrics.micro_iou, 2.0 / 8);
    EXPECT_DOUBLE_EQ(metrics.micro_f1, 4.0 / 10);
    EXPECT_DOUBLE_EQ(metrics.pixel_accuracy, 2.0 / 5);
  }
}

TEST(ClassMetrics, KeepTheirOrderWhateverTheCounts) {
  Random random(5, RandomStream::synthetic, 0);
  for (int run = 0; run < 200; ++run) {
    ConfusionMatrix matrix(4);
    Pixels labels, predictions;
    for (std::uint64_t i = random.below(40); i > 0; --i) {
      labels.push_back(static_cast<std::uint8_t>(random.below(5)));  // 4 is ignored
      predictions.push_back(static_cast<std::uint8_t>(random.below(4)));
    }
    matrix.add(labels, predictions, 4);
    const Metrics metrics = metrics_of(matrix);
    for (std::size_t k = 0; k < 4; ++k) {
      if (std::isnan(metrics.iou[k])) continue;
      EXPECT_DOUBLE_EQ(metrics.f1[k], 2 * metrics.iou[k] / (1 + metrics.iou[k]));  // so Dice is never the smaller one
    }
    if (matrix.total() == 0) continue;
    EXPECT_DOUBLE_EQ(metrics.micro_f1, metrics.pixel_accuracy);
    EXPECT_DOUBLE_EQ(metrics.micro_iou, metrics.pixel_accuracy / (2 - metrics.pixel_accuracy));
    EXPECT_LE(metrics.fw_miou, metrics.pixel_accuracy + 1e-12);  // IoU is at most recall
  }
}

TEST(ClassMetrics, MeansAreOfWhatIsKnown) {
  EXPECT_DOUBLE_EQ(mean_of_known(std::vector<double>{1, std::nan(""), 2}), 1.5);
  EXPECT_TRUE(std::isnan(mean_of_known({})));
}

}  // namespace
}  // namespace seg
