// SPDX-License-Identifier: Apache-2.0
#include "metrics/confusion_matrix.h"

#include <gtest/gtest.h>

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

TEST(ConfusionMatrix, RowsAndColumnsAddUpToTheCountsOfClasses) {
  ConfusionMatrix matrix(3);
  matrix.add(Pixels{0, 0, 0, 1, 2, 255}, Pixels{0, 0, 1, 1, 0, 2}, 255);
  EXPECT_EQ(std::vector(matrix.row(0).begin(), matrix.row(0).end()), (std::vector<std::int64_t>{2, 1, 0}));
  const std::vector<ClassCounts> classes = matrix.class_counts();
  ASSERT_EQ(classes.size(), 3U);
  EXPECT_EQ(classes[0], (ClassCounts{.hit = 2, .labelled = 3, .predicted = 3}));
  EXPECT_EQ(classes[1], (ClassCounts{.hit = 1, .labelled = 1, .predicted = 2}));
  EXPECT_EQ(classes[2], (ClassCounts{.hit = 0, .labelled = 1, .predicted = 0}));
  EXPECT_DOUBLE_EQ(metrics_of(matrix).iou[0], 2.0 / 4);
}

}  // namespace
}  // namespace seg
