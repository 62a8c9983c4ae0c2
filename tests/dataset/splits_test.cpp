// SPDX-License-Identifier: Apache-2.0
#include "dataset/splits.h"

#include <gtest/gtest.h>

#include "config/dataset.h"
#include "tests/dataset/image_folder.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/problem_of.h"
#include "tests/support/problem_record.h"

namespace seg {
namespace {

using testing::contains;

class SplitsOfFiles : public ::testing::Test {
 protected:
  SplitsOfFiles() {
    for (const char* folder : {"a", "b"}) make_folder(folder_ / folder);
    for (const char* name : {"1", "2", "3"}) {
      folder_.write_image("a/" + std::string(name) + ".png", {4, 6, 3, PixelType::u8});
      folder_.write_label("b/" + std::string(name) + ".png", 4, 6);
    }
    config_.im_root = folder_.text();
    config_.train_im_anns = "train.txt";
    config_.val_im_anns = "val.txt";
  }

  std::vector<Problem> doubts(const std::string& train, const std::string& validation) {
    folder_.write("train.txt", train);
    folder_.write("val.txt", validation);
    std::vector<Problem> found = doubts_of(open_splits(config_));
    testing::record(found);
    return found;
  }

  std::vector<Problem> problems() const {
    try {
      open_splits(config_);
    } catch (const UserError& error) {
      return error.problems();
    }
    return {};
  }

  testing::ImageFolder folder_;
  DatasetConfig config_;
};

constexpr const char* kFirst = "a/1.png,b/1.png\n";
constexpr const char* kOthers = "a/2.png,b/2.png\na/3.png,b/3.png\n";

TEST_F(SplitsOfFiles, AreOpenedTogether) {
  EXPECT_TRUE(doubts(kOthers, kFirst).empty());
  const Splits splits = open_splits(config_);
  EXPECT_EQ(splits.train->size(), 2u);
  EXPECT_EQ(splits.validation->size(), 1u);
}

TEST_F(SplitsOfFiles, LeaveOutAndTellSamplesWhoseFilesAreAbsent) {
  folder_.write("train.txt", "a/1.png,gone.png\n" + std::string(kOthers) + "gone.png,gone-too.png\n");
  folder_.write("val.txt", "gone.png,b/2.png\na/1.png,b/1.png\n");
  EXPECT_EQ(problems().size(), 3u);  // for who must have all; gone.png is told once
  std::vector<Problem> absent;
  const Splits splits = open_splits(config_, disk(), &absent);
  ASSERT_EQ(absent.size(), 3u);
  EXPECT_TRUE(contains(absent[0].where, "gone.png")) << absent[0].where;
  EXPECT_TRUE(contains(absent[0].what, "the label cannot be read")) << absent[0].what;
  EXPECT_TRUE(contains(absent[2].where, "gone-too.png")) << absent[2].where;
  ASSERT_EQ(splits.train->size(), 2u);
  EXPECT_TRUE(contains(splits.train->name(0), "a/2.png"));
  EXPECT_TRUE(contains(splits.train->label_name(1), "b/3.png"));
  ASSERT_EQ(splits.validation->size(), 1u);
  EXPECT_TRUE(contains(splits.validation->name(0), "a/1.png"));
}

TEST_F(SplitsOfFiles, TellWhatIsAbsentAlsoWhereOneCannotBeOpened) {
  folder_.write("train.txt", std::string(kOthers) + "gone.png,b/1.png\n");
  folder_.write("val.txt", "gone-too.png,b/2.png\n");
  std::vector<Problem> absent;
  try {
    open_splits(config_, disk(), &absent);
    ADD_FAILURE() << "nothing of the validation data is there";
  } catch (const UserError& error) {
    ASSERT_EQ(error.problems().size(), 2u);
    EXPECT_TRUE(contains(error.problems()[0].where, "gone-too.png"));
    EXPECT_TRUE(contains(error.problems()[1].where, "gone.png"));
  }
}

TEST_F(SplitsOfFiles, ADamagedFirstImageDoesNotHideTheOthers) {
  folder_.write("a/0.png", "no image");
  EXPECT_TRUE(doubts("a/0.png,b/1.png\n" + std::string(kOthers), kFirst).empty());
  EXPECT_EQ(open_splits(config_).train->traits().channels, 3);
}

TEST_F(SplitsOfFiles, ProblemsOfBothAreToldAtOnceAndEachOnce) {
  const std::vector<Problem> missing = problems();
  ASSERT_EQ(missing.size(), 2u);
  EXPECT_EQ(missing[0].where, "train.txt");
  EXPECT_EQ(missing[1].where, "val.txt");
  config_.train_im_anns = config_.val_im_anns = "";
  ASSERT_EQ(problems().size(), 2u);
  EXPECT_EQ(problems()[1].where, "val_im_anns");
  config_.dataset = "None";
  ASSERT_EQ(problems().size(), 1u);
  EXPECT_EQ(problems()[0].where, "dataset");
}

TEST_F(SplitsOfFiles, ImagesOfBothListsAreFoundByWhateverPath) {
  for (const std::string& path :
       {std::string("a/1.png"), folder_.text() + "/a/1.png", std::string("./a//1.png"), std::string("b/../a/1.png")}) {
    const std::vector<Problem> found = doubts(std::string(kFirst) + kOthers, path + ",b/1.png\n");
    ASSERT_EQ(found.size(), 1u) << path;
    EXPECT_EQ(found[0].where, "the validation data");
    EXPECT_TRUE(contains(found[0].what, "1 of 1 image is in the list to train on as well: ")) << found[0].what;
    EXPECT_TRUE(contains(found[0].what, "1.png")) << found[0].what;
    EXPECT_EQ(found[0].remedy, kTakeOutShared);
  }
  const std::vector<Problem> found = doubts(std::string(kFirst) + kOthers, std::string(kOthers) + kFirst);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(contains(found[0].what, "3 of 3 images are in")) << found[0].what;
}

TEST_F(SplitsOfFiles, APairThatAListNamesTwiceIsToldWithItsLines) {
  const std::vector<Problem> one = doubts(std::string("# twice\n") + kOthers + kOthers + kOthers, kFirst);
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].where, folder_.text() + "/train.txt, line 4");
  EXPECT_EQ(one[0].what, "names the pair of line 2 again; 4 lines of this list repeat others");
  const std::vector<Problem> other = doubts(kOthers, std::string(kFirst) + kFirst);
  ASSERT_EQ(other.size(), 1u);
  EXPECT_EQ(other[0].where, folder_.text() + "/val.txt, line 2");
  EXPECT_EQ(other[0].what, "names the pair of line 1 again");
}

// Names alone are compared: these images cannot be read.
TEST(Splits, OfManyNamesAFewAreShownAndAllAreCounted) {
  Splits splits;
  splits.train = std::make_unique<testing::FakeDataset>(testing::FakeDatasetOptions{.size = 100'000});
  splits.validation = std::make_unique<testing::FakeDataset>(testing::FakeDatasetOptions{.size = 20'000});
  const std::vector<Problem> found = doubts_of(splits);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(contains(found[0].what, "20000 of 20000 images are in")) << found[0].what;
  EXPECT_TRUE(found[0].what.ends_with(", …")) << found[0].what;
}

}  // namespace
}  // namespace seg
