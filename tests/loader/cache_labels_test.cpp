// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_labels.h"

#include <gtest/gtest.h>

#include <array>

#include "loader/cache_file.h"
#include "loader/packed_sample.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::FakeDataset;

// A cache of its samples, the labels of some of which are others'.
class LabelsOfACache : public ::testing::Test {
 protected:
  void keep(const std::set<std::size_t>& wrong) {
    CacheFile file({.folder = folder_.path(), .budget_bytes = 1 << 24}, silent_log());
    for (std::size_t i = 0; i < data_.size(); ++i) {
      EncodedSample encoded;
      data_.fetch(i, encoded);
      Sample sample;
      data_.decode_image(i, encoded, whole(encoded.layout), sample.image);
      data_.decode_label(i, encoded, whole(encoded.layout), sample.label);
      if (wrong.contains(i)) sample.label.values().back() ^= 1;
      SamplePacker packer;
      packer.take(sample.image, sample.label);
      EXPECT_FALSE(file.add(key_of_sample(data_, i).value(), packer).empty());
    }
  }
  LabelComparison compare(const Dataset& data, const CacheProgress& go_on = {}) const {
    const std::array<const Dataset*, 2> twice = {&data, &data};
    return compare_labels(folder_.path(), twice, 2, silent_log(), go_on);
  }

  FakeDataset data_{{.size = 7}};
  testing::TemporaryFolder folder_;
};

TEST_F(LabelsOfACache, AreThoseOfTheFilesEachComparedOnce) {
  keep({});
  const LabelComparison result = compare(data_);
  EXPECT_EQ(result.samples, 7);
  EXPECT_TRUE(result.changed.empty());
}

TEST_F(LabelsOfACache, ThatAreOthersAreNamedAndTakenOut) {
  keep({5, 2});
  const LabelComparison result = compare(data_);
  EXPECT_EQ(result.samples, 7);
  EXPECT_EQ(result.changed, (std::vector<std::string>{"label_2.png", "label_5.png"}));
  EXPECT_TRUE(result.taken_out);
  const LabelComparison again = compare(data_);
  EXPECT_EQ(again.samples, 5);
  EXPECT_TRUE(again.changed.empty());
}

TEST_F(LabelsOfACache, WhileOthersAddToItAreOnlyNamed) {
  keep({3});
  const auto lock = FileLock::try_lock(folder_ / "lock", nullptr);
  ASSERT_TRUE(lock);
  for (int again = 0; again < 2; ++again) {
    const LabelComparison result = compare(data_);
    EXPECT_EQ(result.changed, std::vector<std::string>{"label_3.png"});
    EXPECT_FALSE(result.taken_out);
  }
}

TEST_F(LabelsOfACache, OfAnotherSizeAreOthers) {
  keep({});
  const FakeDataset larger{{.size = 7, .height = 41}};
  EXPECT_EQ(compare(larger).changed.size(), 7U);
}

TEST_F(LabelsOfACache, ThatCannotBeReadArePassedOver) {
  keep({});
  const FakeDataset bad{{.size = 7, .bad = {4}}};
  EXPECT_EQ(compare(bad).samples, 6);
}

TEST_F(LabelsOfACache, AreComparedUntilItIsAskedToStop) {
  keep({});
  const std::array<const Dataset*, 1> once = {&data_};
  const LabelComparison result =
      compare_labels(folder_.path(), once, 1, silent_log(), [](std::size_t done, std::size_t) { return done < 3; });
  EXPECT_EQ(result.samples, 3);
}

}  // namespace
}  // namespace seg
