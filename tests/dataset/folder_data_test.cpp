// SPDX-License-Identifier: Apache-2.0
#include "dataset/folder_data.h"

#include <gtest/gtest.h>

#include "dataset/dataset.h"
#include "dataset/list_writer.h"
#include "tests/dataset/image_folder.h"
#include "tests/support/problem_record.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

class FolderDataOf : public ::testing::Test {
 protected:
  // The left half of the label is `left`, the right one `right`.
  void add(const std::string& image, const std::string& label, int left = 0, int right = 255, int pixels = 7) const {
    fs::create_directories((folder_ / image).parent_path());
    fs::create_directories((folder_ / label).parent_path());
    folder_.write_image(image, {.height = 8, .width = 10, .channels = 3}, pixels);
    LabelMap map(8, 10);
    for (std::size_t i = 0; i < map.values().size(); ++i)
      map.values()[i] = static_cast<std::uint8_t>(i % 10 < 5 ? left : right);
    write_png(folder_ / label, map);
  }
  FolderData found(double val_fraction = 0.25) const {
    return find_folder_data(folder_.text(), {.val_fraction = val_fraction, .threads = 2});
  }

  testing::ImageFolder folder_;
};

TEST_F(FolderDataOf, GivesWhatADataSetNeeds) {
  for (int i = 0; i < 8; ++i) add("images/" + std::to_string(i) + ".png", "masks/" + std::to_string(i) + ".png");
  FolderData data = found();
  EXPECT_EQ(data.split.validation.size(), 2u);
  EXPECT_EQ(data.split.train.size(), 6u);
  EXPECT_EQ(data.guess.n_cats, 2);
  EXPECT_TRUE(fs::path(data.config.im_root).is_absolute());
  // What it says opens, and the labels are classes.
  folder_.write("train.txt", list_text(data.split.train));
  data.config.train_im_anns = "train.txt";
  const auto dataset = open_dataset(data.config, Split::train);
  ASSERT_EQ(dataset->size(), 6u);
  EncodedSample encoded;
  LabelMap label;
  dataset->fetch_label(0, encoded);
  dataset->decode_label(0, encoded, whole(encoded.layout), label);
  EXPECT_EQ(label.row(3)[0], 0);
  EXPECT_EQ(label.row(3)[9], 1);
  EXPECT_NEAR(dataset->traits().mean.at(2), 7.0 / 255, 1e-4);
}

TEST_F(FolderDataOf, DropsAndNamesWhatCannotBeUsed) {
  for (int i = 0; i < 4; ++i) add("images/" + std::to_string(i) + ".png", "masks/" + std::to_string(i) + ".png");
  add("images/line\nbreak.png", "masks/line\nbreak.png");
  folder_.write("images/3.png", "no image");
  const FolderData data = found();
  EXPECT_EQ(data.split.train.size() + data.split.validation.size(), 3u);
  testing::record(data.dropped);
  ASSERT_EQ(data.dropped.size(), 2u);
  EXPECT_NE(data.dropped[0].what.find("list"), std::string::npos);
  EXPECT_NE(data.dropped[1].where.find("3.png"), std::string::npos);
}

TEST_F(FolderDataOf, OneUsablePairIsTooFew) {
  add("images/1.png", "masks/1.png");
  EXPECT_THROW(found(), UserError);
  add("images/2.png", "masks/2.png");
  EXPECT_NO_THROW(found());
  folder_.write("masks/2.png", "no label");
  EXPECT_THROW(found(), UserError);
}

TEST_F(FolderDataOf, IfNoPairCanBeUsedTheReasonsAreTold) {
  add("images/1.png", "masks/1.png");
  folder_.write("masks/1.png", "no label");
  try {
    found();
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(error.problems()[0].where.find("masks/1.png"), std::string::npos);
  }
  for (int i = 2; i < 40; ++i) add("images/" + std::to_string(i) + ".png", "masks/" + std::to_string(i) + ".png", 0, 0);
  for (int i = 2; i < 40; ++i) folder_.write("masks/" + std::to_string(i) + ".png", "no label");
  try {
    found();
    FAIL();
  } catch (const UserError& error) {
    ASSERT_EQ(error.problems().size(), 11u);
    EXPECT_NE(error.problems()[10].what.find("29 more"), std::string::npos);
  }
}

TEST_F(FolderDataOf, DataSetsThatAreKnownBringTheirOwnClasses) {
  struct Case {
    std::string image, label, other_image, other_label, kind;
    std::int64_t n_cats;
  };
  const Case cases[] = {
      {"leftImg8bit/train/x/x_1_leftImg8bit.png", "gtFine/train/x/x_1_gtFine_labelIds.png",
       "leftImg8bit/val/x/x_2_leftImg8bit.png", "gtFine/val/x/x_2_gtFine_labelIds.png", "CityScapes", 19},
      {"images/training/ADE_train_1.png", "annotations/training/ADE_train_1.png", "images/validation/ADE_val_1.png",
       "annotations/validation/ADE_val_1.png", "ADE20k", 150},
      {"images/train2017/1.png", "annotations/train2017/1.png", "images/val2017/2.png", "annotations/val2017/2.png",
       "CocoStuff", 171}};
  for (const Case& c : cases) {
    fs::remove_all(folder_.text());
    add(c.image, c.label, 7, 24);
    add(c.other_image, c.other_label, 7, 24);
    FolderData data = found();
    EXPECT_EQ(data.config.dataset, c.kind);
    EXPECT_EQ(data.guess.n_cats, c.n_cats);
    EXPECT_TRUE(data.split.is_given);
    EXPECT_FALSE(data.config.mean) << "the kind has its own";
    EXPECT_EQ(data.config.label_map, DatasetConfig().label_map);
    // Other numbers in the same folders are somebody's own.
    add(c.image, c.label, 0, 200);
    data = found();
    EXPECT_EQ(data.config.dataset, "CustomerDataset");
    EXPECT_TRUE(data.config.mean);
  }
}

TEST_F(FolderDataOf, CityscapesTrainIdsAreNotMappedAgain) {
  for (const std::string part : {"train", "val"})
    add("leftImg8bit/" + part + "/x/x_1_leftImg8bit.png", "gtFine/" + part + "/x/x_1_gtFine_labelTrainIds.png", 18,
        255);
  const FolderData data = found();
  EXPECT_EQ(data.config.dataset, "CityScapes");
  EXPECT_EQ(std::get<std::string>(data.config.label_map), "none");
}

TEST_F(FolderDataOf, OfCamVidTheTwelfthClassIsVoid) {
  for (int i = 0; i < 6; ++i)
    add("train/0001TP_" + std::to_string(i) + ".png", "trainannot/0001TP_" + std::to_string(i) + ".png", 2 * i,
        2 * i + 1);
  FolderData data = found();
  EXPECT_EQ(data.guess.n_cats, 11);
  EXPECT_EQ(data.config.lb_ignore, 11);
  EXPECT_EQ(data.config.class_names.at(10), "bicyclist");
  add("train/0001TP_7.png", "trainannot/0001TP_7.png", 12, 12);
  data = found();
  EXPECT_EQ(data.guess.n_cats, 13);
  EXPECT_EQ(data.config.lb_ignore, 255);
  EXPECT_TRUE(data.config.class_names.empty());
}

TEST_F(FolderDataOf, PascalVocIsSplitAsItsListsSay) {
  std::string train, val;
  for (int i = 0; i < 6; ++i) {
    const std::string name = "2007_00000" + std::to_string(i);
    add("VOC/JPEGImages/" + name + ".png", "VOC/SegmentationClass/" + name + ".png", 0, 15, i < 2 ? 9 : 200);
    if (i < 2) train += name + "\n";
    if (i >= 2 && i < 5) val += name + "\n";
  }
  fs::create_directories(folder_ / "VOC/ImageSets/Segmentation");
  folder_.write("VOC/ImageSets/Segmentation/train.txt", train);
  folder_.write("VOC/ImageSets/Segmentation/val.txt", val);
  const FolderData data = found();
  EXPECT_TRUE(data.split.is_given);
  EXPECT_EQ(data.split.train.size(), 2u);
  EXPECT_EQ(data.split.validation.size(), 3u);
  EXPECT_EQ(data.split.left_alone, 1u);
  EXPECT_NEAR(data.config.mean->at(0), 9.0 / 255, 1e-4);
}

TEST_F(FolderDataOf, MeanAndDeviationAreOfTrainingImagesOnly) {
  for (int i = 0; i < 3; ++i) {
    add("images/train/" + std::to_string(i) + ".png", "masks/train/" + std::to_string(i) + ".png", 0, 255, 10);
    add("images/val/x" + std::to_string(i) + ".png", "masks/val/x" + std::to_string(i) + ".png", 0, 255, 250);
    add("images/test/y" + std::to_string(i) + ".png", "masks/test/y" + std::to_string(i) + ".png", 0, 255, 250);
  }
  FolderData data = found();
  EXPECT_EQ(data.measured, 3u);
  EXPECT_NEAR(data.config.mean->at(0), 10.0 / 255, 1e-4);
  EXPECT_NEAR(data.config.std->at(0), 1e-4, 1e-9);
  // Of parts that are chosen by name, too.
  fs::remove_all(folder_.text());
  const auto add_own = [&](const std::string& name, int pixels) {
    add("images/" + name + ".png", "masks/" + name + ".png", 0, 255, pixels);
  };
  for (int i = 0; i < 8; ++i) add_own(std::to_string(i), 10);
  for (const ImageAndLabel& pair : found().split.validation) add_own(pair.stem, 250);
  data = found();
  EXPECT_EQ(data.measured, 6u);
  EXPECT_NEAR(data.config.mean->at(0), 10.0 / 255, 1e-4);
}

TEST_F(FolderDataOf, MasksBesideClassNumbersAreTwoDataSets) {
  for (const std::string name : {"1", "2"}) {
    add("cells/images/" + name + ".png", "cells/masks/" + name + ".png", 0, 255);
    add("night/images/" + name + ".png", "night/masks/" + name + ".png", 0, 0);
  }
  EXPECT_EQ(found().guess.n_cats, 2) << "labels of zeros belong to either";
  for (const std::string name : {"1", "2"})
    add("streets/images/" + name + ".png", "streets/masks/" + name + ".png", 3, 255);
  try {
    found();
    FAIL();
  } catch (const UserError& error) {
    for (const char* mention : {"several data sets", "cells/", "streets/"})
      EXPECT_NE(error.problems()[0].what.find(mention), std::string::npos) << error.what();
  }
}

TEST_F(FolderDataOf, IfNothingIsFoundFoldersThatCouldNotBeReadAreTold) {
  fs::path deep = folder_.text();
  for (int i = 0; i < 18; ++i) deep /= "d";
  fs::create_directories(deep);
  folder_.write("notes.txt", "no image");
  try {
    found();
    FAIL();
  } catch (const UserError& error) {
    ASSERT_EQ(error.problems().size(), 2u);
    EXPECT_NE(error.problems()[1].what.find("deeper"), std::string::npos);
  }
}

TEST_F(FolderDataOf, TheLabelsPaletteBecomesTheConfigs) {
  for (int i = 0; i < 3; ++i) add("images/" + std::to_string(i) + ".png", "masks/" + std::to_string(i) + ".png", 0, 2);
  const auto write = [&](const Rgb& last) {
    LabelMap map(8, 10);
    for (std::size_t i = 0; i < map.values().size(); ++i) map.values()[i] = i % 2 == 0 ? 0 : 2;
    const Rgb palette[] = {{0, 0, 0}, {1, 1, 1}, last};
    for (int i = 0; i < 3; ++i) write_png(folder_ / ("masks/" + std::to_string(i) + ".png"), map, palette);
  };
  write({255, 0, 0});
  EXPECT_EQ(found().config.palette, (std::vector<Color>{{0, 0, 0}, {255, 0, 0}}));
}

TEST_F(FolderDataOf, ColouredLabelsGiveTheColoursOfTheirClasses) {
  for (const std::string name : {"1", "2"}) {
    add("images/" + name + ".png", "masks/" + name + ".png");
    folder_.write_image("masks/" + name + ".png", {.height = 8, .width = 10, .channels = 3}, name == "1" ? 0 : 200);
  }
  EXPECT_EQ(found().config.label_colors, (std::vector<Color>{{0, 0, 0}, {200, 200, 200}}));
}

TEST_F(FolderDataOf, SurveysWithoutDependingOnTheFormOfTheFoldersName) {
  for (int i = 0; i < 3; ++i) add("images/" + std::to_string(i) + ".png", "masks/" + std::to_string(i) + ".png");
  const FolderData plain = found();
  const FolderData slash = find_folder_data(folder_.text() + "/./", {.val_fraction = 0.25});
  EXPECT_EQ(slash.config.im_root, plain.config.im_root);
  EXPECT_EQ(list_text(slash.split.train), list_text(plain.split.train));
}

}  // namespace
}  // namespace seg
