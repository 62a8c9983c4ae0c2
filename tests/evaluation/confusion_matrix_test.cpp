// SPDX-License-Identifier: Apache-2.0
#include "evaluation/confusion_matrix.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "base/random.h"

namespace seg {
namespace {

using Pixels = std::vector<std::uint8_t>;

TEST(ConfusionMatrix, CountsPairsAndSkipsTheIgnoredLabel) {
  ConfusionMatrix matrix(3);
  matrix.add(Pixels{0, 0, 1, 2, 255}, Pixels{0, 1, 1, 0, 2}, 255);
  EXPECT_EQ(matrix.count(0, 0), 1);
  EXPECT_EQ(matrix.count(0, 1), 1);
  EXPECT_EQ(matrix.count(1, 1), 1);
  EXPECT_EQ(matrix.count(2, 0), 1);
  EXPECT_EQ(matrix.total(), 4);
}

TEST(ConfusionMatrix, StaysExactBeyondTwoToThe24) {
  ConfusionMatrix matrix(2);
  const Pixels ones(1 << 20, 1);
  for (int i = 0; i < 17; ++i) matrix.add(ones, ones, 255);
  matrix.add(Pixels{1}, Pixels{1}, 255);
  EXPECT_EQ(matrix.count(1, 1), 17 * (1 << 20) + 1);
}

TEST(ConfusionMatrix, RefusesWhatIsOutOfRange) {
  ConfusionMatrix matrix(2);
  EXPECT_THROW(matrix.add(Pixels{2}, Pixels{0}, 255), std::logic_error);
  EXPECT_THROW(matrix.add(Pixels{0}, Pixels{2}, 255), std::logic_error);
  EXPECT_THROW(matrix.add(Pixels{0, 1}, Pixels{0}, 255), std::logic_error);
  EXPECT_THROW(matrix += ConfusionMatrix(3), std::logic_error);
}

TEST(ConfusionMatrix, SumOfPartsIsTheWhole) {
  Random random(1, RandomStream::synthetic, 0);
  ConfusionMatrix whole(4);
  ConfusionMatrix parts(4);
  for (int part = 0; part < 5; ++part) {
    Pixels labels(100);
    Pixels predictions(100);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      labels[i] = static_cast<std::uint8_t>(random.below(4));
      predictions[i] = static_cast<std::uint8_t>(random.below(4));
    }
    whole.add(labels, predictions, 255);
    ConfusionMatrix one(4);
    one.add(labels, predictions, 255);
    parts += one;
  }
  for (std::int64_t label = 0; label < 4; ++label)
    for (std::int64_t prediction = 0; prediction < 4; ++prediction)
      EXPECT_EQ(whole.count(label, prediction), parts.count(label, prediction));
}

TEST(Metrics, FollowTheirDefinitions) {
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

TEST(Metrics, AClassThatIsOnlyPredictedCountsAsWrong) {
  ConfusionMatrix matrix(2);
  matrix.add(Pixels{0, 0}, Pixels{0, 1}, 255);
  const Metrics metrics = metrics_of(matrix);
  EXPECT_DOUBLE_EQ(metrics.iou[1], 0.0);
  EXPECT_DOUBLE_EQ(metrics.miou, 0.25);
}

// By hand from the Python trainer's formulas: IoU = tp / (tp + fp + fn + 1), P = tp / (tp + fp + 1),
// R = tp / (tp + fn + 1), F1 = 2 P R / (P + R + 1e-6), means over all classes.
TEST(Metrics, OfTheReferenceCountAnAbsentClassAsZero) {
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

TEST(Metrics, NothingCountedIsUnknownNotZero) {
  const Metrics metrics = metrics_of(ConfusionMatrix(2));
  EXPECT_TRUE(std::isnan(metrics.miou));
  EXPECT_TRUE(std::isnan(metrics.pixel_accuracy));
}

}  // namespace
}  // namespace seg
