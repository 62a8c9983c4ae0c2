// SPDX-License-Identifier: Apache-2.0
#include "dataset/voc_lists.h"

#include <gtest/gtest.h>

#include "tests/dataset/image_folder.h"
#include "tests/support/problem_record.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

class VocLists : public ::testing::Test {
 protected:
  void write(const std::string& folder, const std::string& train, const std::string& validation) {
    fs::create_directories(folder_ / (folder + "ImageSets/Segmentation"));
    for (const auto& [name, text] : {std::pair("train.txt", train), std::pair("val.txt", validation)}) {
      files_.push_back(folder + "ImageSets/Segmentation/" + name);
      folder_.write(files_.back(), text);
    }
  }
  void add(const std::string& folder, const std::string& name) {
    layout_.pairs.push_back({.image = folder + "JPEGImages/" + name + ".jpg",
                             .label = folder + "SegmentationClass/" + name + ".png",
                             .stem = name});
  }
  std::vector<Part> parts() {
    problems_ = take_parts_of_voc(layout_, files_, folder_.text());
    testing::record(problems_);
    std::vector<Part> parts;
    for (const ImageAndLabel& pair : layout_.pairs) parts.push_back(pair.part);
    return parts;
  }

  testing::ImageFolder folder_;
  std::vector<std::string> files_;
  Layout layout_;
  std::vector<Problem> problems_;
};

TEST_F(VocLists, SayThePartOfEachPairOfTheirFolder) {
  for (const char* name : {"1", "2", "3.x"}) add("a/", name);
  add("b/", "1");
  write("a/", "1\r\n\r\n9\r\n", "  3.x ");
  EXPECT_EQ(parts(), (std::vector<Part>{Part::train, Part::test, Part::validation, Part::none}));
  EXPECT_TRUE(problems_.empty());
}

TEST_F(VocLists, BelongToTheFolderItselfToo) {
  add("", "1");
  add("", "2");
  write("", "2\n", "1\n");
  EXPECT_EQ(parts(), (std::vector<Part>{Part::validation, Part::train}));
}

TEST_F(VocLists, ThatNameNoImageAreToldAndNotFollowed) {
  add("", "1");
  add("", "2");
  write("", "1\n2\n", "7\n");
  EXPECT_EQ(parts(), (std::vector<Part>{Part::none, Part::none}));
  ASSERT_EQ(problems_.size(), 1u);
  EXPECT_EQ(problems_[0].where, (folder_ / "ImageSets/Segmentation/train.txt").string());
}

TEST_F(VocLists, OneAloneIsNotFollowed) {
  add("", "1");
  write("", "1\n", "1\n");
  files_.pop_back();
  EXPECT_EQ(parts(), std::vector<Part>{Part::none});
}

}  // namespace
}  // namespace seg
