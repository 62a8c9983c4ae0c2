// SPDX-License-Identifier: Apache-2.0
#include "dataset/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/random.h"
#include "tests/support/problem_record.h"

namespace seg {
namespace {

using Files = std::vector<std::string>;

Layout found(Files files) {
  std::ranges::sort(files);
  return find_layout(files, "data");
}

struct Expected {
  std::string image, label;
  Part part = Part::none;
};

void expect_pairs(const Layout& layout, const std::vector<Expected>& expected) {
  ASSERT_EQ(layout.pairs.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(layout.pairs[i].image, expected[i].image);
    EXPECT_EQ(layout.pairs[i].label, expected[i].label);
    EXPECT_EQ(layout.pairs[i].part, expected[i].part) << expected[i].image;
  }
}

std::string what_of(const Files& files) {
  try {
    found(files);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(LayoutOf, ImagesAndMasksInFoldersOfTheirOwn) {
  const Layout layout = found({"images/b.jpg", "images/a.png", "masks/a.png", "masks/b.png", "readme.txt"});
  EXPECT_EQ(layout.kind, LayoutKind::folders);
  expect_pairs(layout, {{"images/a.png", "masks/a.png"}, {"images/b.jpg", "masks/b.png"}});
  EXPECT_TRUE(layout.unpaired_images.empty());
  EXPECT_TRUE(layout.unpaired_labels.empty());
}

TEST(LayoutOf, PartsWithinOrAroundTheFolders) {
  expect_pairs(
      found({"img/train/a.png", "ann/train/a.png", "img/val/a.png", "ann/val/a.png"}),
      {{"img/train/a.png", "ann/train/a.png", Part::train}, {"img/val/a.png", "ann/val/a.png", Part::validation}});
  expect_pairs(found({"train/images/a.png", "train/labels/a.png", "test/images/a.png", "test/labels/a.png"}),
               {{"test/images/a.png", "test/labels/a.png", Part::test},
                {"train/images/a.png", "train/labels/a.png", Part::train}});
  expect_pairs(found({"train/a.png", "trainannot/a.png", "val/b.png", "valannot/b.png"}),
               {{"train/a.png", "trainannot/a.png", Part::train}, {"val/b.png", "valannot/b.png", Part::validation}});
}

TEST(LayoutOf, LabelsBesideTheirImages) {
  const Layout layout = found({"x/1.png", "x/1_mask.png", "x/2.jpg", "x/2.png", "3.jpg", "3_label.png"});
  EXPECT_EQ(layout.kind, LayoutKind::beside);
  expect_pairs(layout, {{"3.jpg", "3_label.png"}, {"x/1.png", "x/1_mask.png"}, {"x/2.jpg", "x/2.png"}});
}

TEST(LayoutOf, AFolderForEachSample) {
  expect_pairs(found({"s1/image.png", "s1/mask.png", "s2/image.png", "s2/mask.png"}),
               {{"s1/image.png", "s1/mask.png"}, {"s2/image.png", "s2/mask.png"}});
}

TEST(LayoutOf, EqualNamesInDifferentFoldersStayApart) {
  expect_pairs(found({"images/x/1.png", "images/y/1.png", "masks/x/1.png", "masks/y/1.png"}),
               {{"images/x/1.png", "masks/x/1.png"}, {"images/y/1.png", "masks/y/1.png"}});
}

TEST(LayoutOf, FoldersThatDoNotCorrespondArePairedByUniqueNames) {
  const Layout layout = found({"images/train/x/1.png", "images/val/x/2.png", "labels/1.png", "labels/2.png"});
  expect_pairs(layout, {{"images/train/x/1.png", "labels/1.png", Part::train},
                        {"images/val/x/2.png", "labels/2.png", Part::validation}});
}

TEST(LayoutOf, WhatHasNoPartnerIsTold) {
  const Layout layout =
      found({"images/1.png", "images/2.png", "images/3.png", "masks/1.png", "masks/9.png", "logo.png"});
  EXPECT_EQ(layout.pairs.size(), 1u);
  EXPECT_EQ(layout.unpaired_images, (Files{"images/2.png", "images/3.png", "logo.png"}));
  EXPECT_EQ(layout.unpaired_labels, Files{"masks/9.png"});
}

TEST(LayoutOf, WhatCouldBelongToSeveralIsLeftOutByName) {
  const Layout layout = found({"images/1.png", "images/1.jpg", "masks/1.png", "images/2.jpg", "masks/2.png"});
  expect_pairs(layout, {{"images/2.jpg", "masks/2.png"}});
  testing::record(layout.ambiguous);
  ASSERT_EQ(layout.ambiguous.size(), 1u);
  EXPECT_NE(layout.ambiguous[0].what.find("images/1.jpg, images/1.png, masks/1.png"), std::string::npos);
}

TEST(LayoutOf, OfALabelAndItsJpegTheLabelIsTaken) {
  expect_pairs(found({"images/1.jpg", "masks/1.jpg", "masks/1.png"}), {{"images/1.jpg", "masks/1.png"}});
}

TEST(LayoutOf, OfALabelAndItsColouredCopyTheNumbersAreTaken) {
  expect_pairs(found({"training/image_2/1.png", "training/semantic/1.png", "training/semantic_rgb/1.png",
                      "training/instance/1.png"}),
               {{"training/image_2/1.png", "training/semantic/1.png", Part::train}});
  expect_pairs(found({"images/10k/val/1.jpg", "labels/sem_seg/masks/val/1.png", "labels/sem_seg/colormaps/val/1.png"}),
               {{"images/10k/val/1.jpg", "labels/sem_seg/masks/val/1.png", Part::validation}});
  // Colours alone are labels, too.
  expect_pairs(found({"images/1.jpg", "masks/1_color.png"}), {{"images/1.jpg", "masks/1_color.png"}});
}

TEST(LayoutOf, PascalVoc) {
  const Layout layout = found({"JPEGImages/1.jpg", "JPEGImages/2.jpg", "SegmentationClass/1.png",
                               "SegmentationObject/1.png", "Annotations/1.xml"});
  expect_pairs(layout, {{"JPEGImages/1.jpg", "SegmentationClass/1.png"}});
  EXPECT_EQ(layout.kind, LayoutKind::voc);
  EXPECT_EQ(layout.unpaired_images, Files{"JPEGImages/2.jpg"});
}

Files cityscapes(const std::string& part, const std::string& name, const Files& numbers) {
  Files files = {"leftImg8bit/" + part + "/x/x_" + name + "_leftImg8bit.png",
                 "gtFine/" + part + "/x/x_" + name + "_gtFine_color.png",
                 "gtFine/" + part + "/x/x_" + name + "_gtFine_instanceIds.png",
                 "gtFine/" + part + "/x/x_" + name + "_gtFine_polygons.json"};
  for (const std::string& kind : numbers)
    files.push_back("gtFine/" + part + "/x/x_" + name + "_gtFine_" + kind + ".png");
  return files;
}

TEST(LayoutOf, CityscapesWithItsIdsOrTrainIds) {
  Files files = cityscapes("train", "1", {"labelIds", "labelTrainIds"});
  for (const std::string& file : cityscapes("val", "2", {"labelIds"})) files.push_back(file);
  Layout layout = found(files);
  EXPECT_EQ(layout.kind, LayoutKind::cityscapes);
  EXPECT_EQ(layout.numbers, LabelNumbers::cityscapes_ids);
  expect_pairs(layout,
               {{"leftImg8bit/train/x/x_1_leftImg8bit.png", "gtFine/train/x/x_1_gtFine_labelIds.png", Part::train},
                {"leftImg8bit/val/x/x_2_leftImg8bit.png", "gtFine/val/x/x_2_gtFine_labelIds.png", Part::validation}});
  layout = found(cityscapes("train", "1", {"labelTrainIds"}));
  EXPECT_EQ(layout.kind, LayoutKind::cityscapes);
  EXPECT_EQ(layout.numbers, LabelNumbers::cityscapes_train_ids);
}

TEST(LayoutOf, IdsAndTrainIdsAreNotMixed) {
  Files files = cityscapes("train", "1", {"labelTrainIds"});
  for (const char* name : {"2", "3"})
    for (const std::string& file : cityscapes("train", name, {"labelIds"})) files.push_back(file);
  const Layout layout = found(files);
  EXPECT_EQ(layout.numbers, LabelNumbers::cityscapes_ids);
  EXPECT_EQ(layout.pairs.size(), 2u);
  testing::record(layout.ambiguous);
  ASSERT_EQ(layout.ambiguous.size(), 1u);
  EXPECT_EQ(layout.ambiguous[0].where, "gtFine/train/x/x_1_gtFine_labelTrainIds.png");
}

TEST(LayoutOf, Ade20kAndCocoStuff) {
  EXPECT_EQ(found({"images/training/ADE_train_1.jpg", "annotations/training/ADE_train_1.png",
                   "images/validation/ADE_val_1.jpg", "annotations/validation/ADE_val_1.png"})
                .kind,
            LayoutKind::ade20k);
  for (const std::string labels : {"annotations", "labels", "stuffthingmaps"}) {
    const Layout layout = found({"images/train2017/000000000009.jpg", labels + "/train2017/000000000009.png",
                                 "images/val2017/000000000139.jpg", labels + "/val2017/000000000139.png"});
    EXPECT_EQ(layout.kind, LayoutKind::cocostuff);
    EXPECT_EQ(layout.pairs.size(), 2u);
    EXPECT_EQ(layout.pairs[1].part, Part::validation);
  }
}

TEST(LayoutOf, CamVidAsTwoFoldersOrAsLists) {
  Layout layout = found({"701_StillsRaw_full/0001TP_006690.png", "LabeledApproved_full/0001TP_006690_L.png"});
  EXPECT_EQ(layout.kind, LayoutKind::camvid);
  EXPECT_EQ(layout.pairs[0].stem, "0001TP_006690");
  layout = found({"train/Seq05VD_f00000.png", "trainannot/Seq05VD_f00000.png"});
  EXPECT_EQ(layout.kind, LayoutKind::camvid);
  EXPECT_EQ(layout.pairs[0].part, Part::train);
}

TEST(LayoutOf, SeveralDataSetsAreRefusedByNameAndPlace) {
  Files files = {"own/images/1.png",     "own/masks/1.png",
                 "voc/JPEGImages/1.jpg", "voc/SegmentationClass/1.png",
                 "voc/JPEGImages/2.jpg", "voc/SegmentationClass/2.png"};
  EXPECT_EQ(found(files).kind, LayoutKind::voc) << "one stray pair is no data set";
  for (const char* file : {"own/images/2.png", "own/masks/2.png"}) files.emplace_back(file);
  std::string what = what_of(files);
  for (const char* mention : {"several data sets", "voc (2 pairs", "voc/JPEGImages/", "others (2 pairs", "own/images/"})
    EXPECT_NE(what.find(mention), std::string::npos) << mention << "\n" << what;
  for (const char* name : {"1", "2"})
    files.push_back("ade/images/training/ADE_train_" + std::string(name) + ".jpg"),
        files.push_back("ade/annotations/training/ADE_train_" + std::string(name) + ".png");
  what = what_of(files);
  EXPECT_NE(what.find("ade20k (2 pairs"), std::string::npos) << what;
}

TEST(LayoutOf, SeveralFoldersOfOnesOwnAreOneDataSet) {
  const Layout layout = found({"monday/images/1.png", "monday/masks/1.png", "tuesday/images/1.png",
                               "tuesday/masks/1.png", "3.png", "3_mask.png"});
  EXPECT_EQ(layout.kind, LayoutKind::folders);
  EXPECT_EQ(layout.pairs.size(), 3u);
}

TEST(LayoutOf, NothingFoundSaysWhatWasSeenAndWhatIsKnown) {
  const std::string what = what_of({"photos/1.jpg", "photos/2.jpg", "scans/3.dcm", "notes"});
  for (const char* mention : {"photos/", "scans/", ".jpg", ".dcm", "photos/1.jpg", "masks/", "Cityscapes", "_mask"})
    EXPECT_NE(what.find(mention), std::string::npos) << mention << "\n" << what;
  EXPECT_NE(what_of({}).find("empty"), std::string::npos);
}

// Whatever lies in a folder: every image and every label is used at most once, and none is invented.
TEST(LayoutOf, AnyNamesGiveDistinctPairsOrAnError) {
  const std::string_view words[] = {"images", "masks", "train", "val", "1",    "2",    "a",   "_",    "-", ".",
                                    "/",      "mask",  "L",     "_gt", ".png", ".jpg", "rgb", "\xff", "",  "labelIds"};
  Random random(8, RandomStream::synthetic, 4);
  std::size_t pairs = 0;
  for (int round = 0; round < 3000; ++round) {
    std::set<std::string> names;
    for (std::uint64_t i = 0; i < random.below(12); ++i) {
      std::string name;
      for (std::uint64_t k = 0; k < 1 + random.below(6); ++k) name += words[random.below(std::size(words))];
      names.insert(name + (random.below(2) == 0 ? ".png" : ".jpg"));
    }
    try {
      const Layout layout = find_layout(Files(names.begin(), names.end()), "data");
      std::set<std::string> used;
      for (const ImageAndLabel& pair : layout.pairs)
        for (const std::string& file : {pair.image, pair.label}) {
          ASSERT_TRUE(names.contains(file)) << file;
          ASSERT_TRUE(used.insert(file).second) << file << " is used twice";
        }
      for (const Files* unpaired : {&layout.unpaired_images, &layout.unpaired_labels})
        for (const std::string& file : *unpaired) ASSERT_TRUE(used.insert(file).second) << file;
      pairs += layout.pairs.size();
    } catch (const UserError& error) {
      ASSERT_FALSE(error.problems()[0].remedy.empty());
    }
  }
  EXPECT_GT(pairs, 100u);
}

TEST(LayoutOf, ManyFoldersAreNotAllNamed) {
  Files files;
  for (int i = 0; i < 500; ++i) files.push_back("folder" + std::to_string(i) + "/x.jpg");
  EXPECT_LT(what_of(files).size(), 1000u);
}

}  // namespace
}  // namespace seg
