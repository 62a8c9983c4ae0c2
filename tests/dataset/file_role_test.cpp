// SPDX-License-Identifier: Apache-2.0
#include "dataset/file_role.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

struct Case {
  const char* path;
  Role role;
  Part part;
  const char *place, *stem;
};

TEST(FileRole, IsToldByFoldersAndAffixes) {
  const Case cases[] = {
      {"images/a.jpg", Role::image, Part::none, "", "a"},
      {"masks/a.png", Role::label, Part::none, "", "a"},
      {"Annotations/a.png", Role::label, Part::none, "", "a"},
      {"data/SegmentationClass/a.png", Role::label, Part::none, "data", "a"},
      {"JPEGImages/2007_000027.jpg", Role::image, Part::none, "", "2007_000027"},
      {"SegmentationObject/2007_000027.png", Role::neither, Part::none, "", "2007_000027"},
      {"images/train/a.png", Role::image, Part::train, "", "a"},
      {"val/gt/a.png", Role::label, Part::validation, "", "a"},
      {"trainannot/a.png", Role::label, Part::train, "", "a"},
      {"test/a.png", Role::unknown, Part::test, "", "a"},
      {"train_images/b/a.png", Role::image, Part::train, "b", "a"},
      {"validation-masks/b/a.png", Role::label, Part::validation, "b", "a"},
      {"images/train2017/0001.jpg", Role::image, Part::train, "", "0001"},
      {"stuffthingmaps/val2017/0001.png", Role::label, Part::validation, "", "0001"},
      {"a/b/1_mask.png", Role::label, Part::none, "a/b", "1"},
      {"a-label.png", Role::label, Part::none, "", "a"},
      {"images/0001TP_006690_L.png", Role::label, Part::none, "", "0001TP_006690"},
      {"images/part_l.png", Role::image, Part::none, "", "part_l"},
      {"mask_7.png", Role::label, Part::none, "", "7"},
      {"img_7.png", Role::image, Part::none, "", "7"},
      {"masks/img_7.png", Role::label, Part::none, "", "7"},
      {"119_sat.jpg", Role::image, Part::none, "", "119"},
      {"sample1/mask.png", Role::label, Part::none, "sample1", ""},
      {"sample1/image.png", Role::image, Part::none, "sample1", ""},
      {"train/a.png", Role::unknown, Part::train, "", "a"},
      {"trainer/a.png", Role::unknown, Part::none, "trainer", "a"},
      {"masks/a_color.png", Role::label, Part::none, "", "a"},
      {"training/semantic_rgb/a.png", Role::label, Part::train, "", "a"},
      {"training/image_2/a.png", Role::image, Part::train, "", "a"},
      {"labels/sem_seg/colormaps/val/a.png", Role::label, Part::validation, "", "a"},
      {"rgb/a.png", Role::image, Part::none, "", "a"},
      {"rgbd/a_color.png", Role::image, Part::none, "rgbd", "a"},
      {"images/a.b.png", Role::image, Part::none, "", "a.b"},
      {"images/notes.txt", Role::neither, Part::none, "", "notes"},
  };
  for (const Case& c : cases) {
    const FileRole found = file_role(c.path);
    EXPECT_EQ(found.role, c.role) << c.path;
    EXPECT_EQ(found.part, c.part) << c.path;
    EXPECT_EQ(found.place, c.place) << c.path;
    EXPECT_EQ(found.stem, c.stem) << c.path;
  }
}

TEST(FileRole, KnowsCityscapes) {
  const FileRole image = file_role("leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit.png");
  const FileRole ids = file_role("gtFine/train/aachen/aachen_000000_000019_gtFine_labelIds.png");
  const FileRole train_ids = file_role("gtFine/train/aachen/aachen_000000_000019_gtFine_labelTrainIds.png");
  EXPECT_EQ(image.role, Role::image);
  EXPECT_EQ(image.stem, "aachen_000000_000019");
  for (const FileRole& label : {ids, train_ids}) {
    EXPECT_EQ(label.role, Role::label);
    EXPECT_EQ(label.part, image.part);
    EXPECT_EQ(label.place, image.place);
    EXPECT_EQ(label.stem, image.stem);
  }
  EXPECT_EQ(ids.numbers, LabelNumbers::cityscapes_ids);
  EXPECT_EQ(train_ids.numbers, LabelNumbers::cityscapes_train_ids);
  EXPECT_EQ(file_role("gtFine/val/x/x_1_2_gtFine_instanceIds.png").role, Role::neither);
  EXPECT_EQ(file_role("gtFine/val/x/x_1_2_gtFine_color.png").numbers, LabelNumbers::colors);
}

TEST(FileRole, TellsColouredCopiesOfLabels) {
  for (const char* path : {"masks/a_color.png", "a_mask_rgb.png", "semantic_rgb/a.png", "labels/colormaps/a.png"})
    EXPECT_EQ(file_role(path).numbers, LabelNumbers::colors) << path;
  for (const char* path : {"masks/a.png", "a_mask.png", "semantic/a.png"})
    EXPECT_EQ(file_role(path).numbers, LabelNumbers::plain) << path;
}

TEST(FileRole, KnowsFormatsByExtension) {
  EXPECT_EQ(file_role("a.PNG").format, FileFormat::png);
  EXPECT_EQ(file_role("a.JPeG").format, FileFormat::jpeg);
  EXPECT_EQ(file_role("a.tif").format, FileFormat::other_image);
  EXPECT_EQ(file_role("a.json").format, FileFormat::no_image);
  EXPECT_EQ(file_role("png").format, FileFormat::no_image);
}

TEST(FileRole, TakesPathsApart) {
  EXPECT_EQ(folder_of("a/b/c.d.png"), "a/b");
  EXPECT_EQ(file_name_of("a/b/c.d.png"), "c.d.png");
  EXPECT_EQ(extension_of("a.b/c"), "");
  EXPECT_EQ(extension_of("c.d.png"), "png");
  EXPECT_EQ(folder_of("c"), "");
}

TEST(FileRole, AnyNameHasARole) {
  for (const char* path : {"", "/", "//", ".", "_", "___.png", "mask", "mask.png", "_mask_.png", "a//b.png", "-.png",
                           "labels/.png", "\xff_mask.png", "a/ /b .png"})
    EXPECT_NO_THROW(file_role(path)) << path;
}

}  // namespace
}  // namespace seg
