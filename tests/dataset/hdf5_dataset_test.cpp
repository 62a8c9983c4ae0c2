// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "config/dataset.h"
#include "dataset/dataset.h"
#include "tests/formats/hdf5_maker.h"
#include "tests/support/problem_of.h"
#include "tests/support/problem_record.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::contains;
using testing::Hdf5Maker;
using testing::Hdf5Recipe;

class Hdf5Dataset : public ::testing::Test {
 protected:
  Hdf5Dataset() {
    config_.dataset = "HDF5";
    config_.im_root = folder_.path().string();
    config_.train_im_anns = "train.h5";
  }
  std::string what_of_opening() const {
    return testing::problem_of([&] { open_dataset(config_, Split::train); }).what;
  }
  std::string what_of_fetching(std::size_t i) const {
    const auto dataset = open_dataset(config_, Split::train);
    return testing::problem_of([&] {
             EncodedSample encoded;
             dataset->fetch(i, encoded);
           })
        .what;
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "train.h5";
  DatasetConfig config_;
};

TEST_F(Hdf5Dataset, ChannelsFirstAreToldAsSuch) {
  {
    Hdf5Maker file(path_);
    file.add("images", {.shape = {2, 3, 10, 12}}, 1);
    file.add("labels", {.shape = {2, 10, 12}}, 2);
  }
  config_.mean = std::vector{0.5, 0.5, 0.5};
  EXPECT_TRUE(
      contains(what_of_opening(), "its channels first: its sides are 3, 10 and 12, those of its label 10 and 12"))
      << what_of_opening();
}

// A packed config names its files so.
TEST_F(Hdf5Dataset, AFileBelowImRootComesBeforeOneOfTheSameNameHere) {
  const testing::TemporaryFolder here;
  for (const auto& [path, count] : {std::pair(path_, 2), std::pair(here / "train.h5", 3)}) {
    const auto images = static_cast<hsize_t>(count);
    Hdf5Maker file(path);
    file.add("images", {.shape = {images, 10, 12, 3}}, 1);
    file.add("labels", {.shape = {images, 10, 12}}, 2);
  }
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(here.path());
  const std::size_t found = open_dataset(config_, Split::train)->size();
  config_.im_root = (folder_ / "nowhere").string();
  const std::size_t found_here = open_dataset(config_, Split::train)->size();
  std::filesystem::current_path(before);
  EXPECT_EQ(found, 2U);
  EXPECT_EQ(found_here, 3U);
}

TEST_F(Hdf5Dataset, GivesWindowsOfStackedImagesAndLabels) {
  std::vector<std::uint16_t> images, labels;
  {
    Hdf5Maker file(path_);
    images = file.add("images", {.shape = {4, 10, 12, 3}, .chunk = {1, 10, 12, 3}, .deflate = 1}, 1);
    Hdf5Recipe recipe{.shape = {4, 10, 12}};
    recipe.values = testing::hdf5_values(recipe, 2);
    for (std::uint16_t& value : recipe.values) value %= 5;
    labels = file.add("labels", recipe);
  }
  config_.label_map = LabelTable{{0, 0}, {1, 1}, {2, 2}, {3, 3}, {4, 7}};
  const auto dataset = open_dataset(config_, Split::train);
  ASSERT_EQ(dataset->size(), 4u);
  EXPECT_EQ(dataset->traits().channels, 3);
  EXPECT_EQ(dataset->name(2), path_.string() + ":images[2]");
  EXPECT_EQ(dataset->label_name(2), path_.string() + ":labels[2]");
  EncodedSample encoded;
  Image image;
  LabelMap label;
  dataset->fetch(2, encoded);
  EXPECT_EQ(encoded.layout, (ImageLayout{10, 12, 3, PixelType::u8}));
  dataset->decode_image(2, encoded, {3, 4, 5, 6}, image);
  dataset->decode_label(2, encoded, {3, 4, 5, 6}, label);
  for (std::size_t y = 0; y < 5; ++y)
    for (std::size_t x = 0; x < 6; ++x) {
      const std::size_t pixel = (2 * 10 + 3 + y) * 12 + 4 + x;
      EXPECT_EQ(image.row<std::uint8_t>(static_cast<std::int64_t>(y))[3 * x + 1], images[3 * pixel + 1]);
      EXPECT_EQ(label.row(static_cast<std::int64_t>(y))[x], labels[pixel] == 4 ? 7 : labels[pixel]);
    }
}

TEST_F(Hdf5Dataset, GivesImagesOfAnySizeFromGroups) {
  std::vector<std::uint16_t> image_b;
  {
    Hdf5Maker file(path_);
    file.add_group("images");
    file.add_group("labels");
    file.add("images/a", {.shape = {6, 7}, .is_deep = true});
    image_b = file.add("images/b", {.shape = {8, 9}, .is_deep = true});
    Hdf5Recipe mask{.shape = {6, 7}, .is_deep = true};
    mask.values.assign(42, 3);
    file.add("labels/a", mask);
    file.add("labels/b", {.shape = {8, 8}});
  }
  const auto dataset = open_dataset(config_, Split::train);
  ASSERT_EQ(dataset->size(), 2u);
  EXPECT_EQ(dataset->name(1), path_.string() + ":images/b");
  EncodedSample encoded;
  LabelMap label;
  dataset->fetch_label(0, encoded);
  EXPECT_EQ(encoded.layout, (ImageLayout{6, 7, 1, PixelType::u16}));
  dataset->decode_label(0, encoded, {0, 0, 6, 7}, label);
  EXPECT_EQ(label.row(5)[6], 3);
  EXPECT_EQ(what_of_fetching(1), "the label has 8 x 8 pixels, its image 9 x 8");
}

TEST_F(Hdf5Dataset, PairsThatDoNotFitAreRefused) {
  const auto write = [&](const auto& fill) {
    Hdf5Maker file(path_);
    fill(file);
  };
  write([](Hdf5Maker& file) {
    file.add("images", {.shape = {2, 3, 4}});
    file.add("labels", {.shape = {3, 3, 4}});
  });
  EXPECT_EQ(what_of_opening(), "holds 2 images but 3 labels");
  write([](Hdf5Maker& file) {
    file.add("images", {.shape = {2, 3, 4}});
    file.add_group("labels");
  });
  EXPECT_EQ(what_of_opening(), "holds an array of images but a group of labels, or the reverse");
  write([](Hdf5Maker& file) {
    file.add_group("images");
    file.add_group("labels");
  });
  EXPECT_EQ(what_of_opening(), "holds no images: the group is empty");
  write([](Hdf5Maker& file) {
    file.add_group("images");
    file.add_group("labels");
    file.add("images/a", {.shape = {3, 4}});
    file.add("labels/b", {.shape = {3, 4}});
  });
  EXPECT_EQ(what_of_opening(), "images and labels do not have the same names in their groups: a");
  write([](Hdf5Maker& file) {
    file.add_group("images");
    file.add_group("labels");
    for (const char* name : {"a", "b"}) file.add(std::string("labels/") + name, {.shape = {3, 4, 2}});
    file.add("images/a", {.shape = {3, 4}});
    file.add("images/b", {.shape = {3, 4}, .is_deep = true});
  });
  EXPECT_EQ(what_of_fetching(0), "the label has 2 channels");
  EXPECT_EQ(what_of_fetching(1), "the image has other channels or another depth than the first one");
}

TEST_F(Hdf5Dataset, KeysNameTheArrays) {
  {
    Hdf5Maker file(path_);
    for (const char* group : {"a", "b", "b/masks"}) file.add_group(group);
    file.add("a/photos", {.shape = {2, 3, 4, 3}});
    file.add("b/masks/all", {.shape = {2, 3, 4}});
  }
  EXPECT_EQ(what_of_opening(), "holds nothing called images");
  config_.hdf5_images = "a/photos";
  EXPECT_EQ(what_of_opening(), "holds nothing called labels");
  config_.hdf5_labels = "/b/masks/all";
  const auto dataset = open_dataset(config_, Split::train);
  EXPECT_EQ(dataset->name(1), path_.string() + ":a/photos[1]");
  EXPECT_EQ(dataset->label_name(1), path_.string() + ":/b/masks/all[1]");
}

TEST_F(Hdf5Dataset, BothSplitsHaveTheSameKindOfImage) {
  const auto write = [&](const char* name, const Hdf5Recipe& images) {
    Hdf5Maker file(folder_ / name);
    file.add("images", images);
    file.add("labels", {.shape = {2, 3, 4}});
  };
  config_.val_im_anns = "val.h5";
  write("train.h5", {.shape = {2, 3, 4, 3}});
  write("val.h5", {.shape = {2, 3, 4}});
  const auto validation = [&] { open_dataset(config_, Split::validation); };
  const Problem problem = testing::problem_of(validation);
  EXPECT_EQ(problem.where, (folder_ / "val.h5").string() + ":images[0]");
  EXPECT_EQ(problem.what, "the image has 1 channel of 8 bits, the training images have 3 channels of 8 bits");
  write("val.h5", {.shape = {2, 3, 4, 3}, .is_deep = true});
  EXPECT_TRUE(contains(testing::problem_of(validation).what, "3 channels of 16 bits"));
  write("val.h5", {.shape = {2, 3, 4, 3}});
  EXPECT_NO_THROW(validation());
  // Who evaluates elsewhere has no training images.
  write("val.h5", {.shape = {2, 3, 4}});
  config_.train_im_anns = "none.h5";
  EXPECT_NO_THROW(validation());
}

TEST_F(Hdf5Dataset, ChunksOfManyImagesAreDoubted) {
  {
    Hdf5Maker file(path_);
    file.add("images", {.shape = {40, 30, 20, 3}, .chunk = {16, 15, 10, 1}, .deflate = 1});
    file.add("labels", {.shape = {40, 30, 20}, .chunk = {1, 16, 20}});
  }
  const std::vector<Problem> doubts = open_dataset(config_, Split::train)->doubts();
  ASSERT_EQ(doubts.size(), 1U);
  testing::record(doubts);
  EXPECT_EQ(doubts.front().where, path_.string());
  EXPECT_EQ(doubts.front().what,
            "to read one image of images (1.8 kB), 28.8 kB are unpacked: its chunks hold parts of 16 images");
  EXPECT_EQ(doubts.front().remedy,
            "write it with chunks=(1, 30, 20, 3) or smaller tiles; h5repack -l images:CHUNK="
            "1x30x20x3 IN OUT does so");
}

// A terminal would obey it; and two such names are two samples.
TEST_F(Hdf5Dataset, NamesOfMembersAreShownPlainAndToldApart) {
  {
    Hdf5Maker file(path_);
    for (const char* group : {"images", "labels"}) {
      file.add_group(group);
      for (const char* name : {"/a\x1b", "/a\x1d"}) file.add(std::string(group) + name, {.shape = {3, 4}});
    }
  }
  const auto dataset = open_dataset(config_, Split::train);
  EXPECT_EQ(dataset->name(0), path_.string() + ":images/a?");
  EXPECT_NE(dataset->files(0).part, dataset->files(1).part);
  {
    Hdf5Maker file(path_);
    file.add_group("images");
    file.add_group("labels");
    file.add("images/\x1b", {.shape = {3, 4}});
    file.add("labels/b", {.shape = {3, 4}});
  }
  EXPECT_TRUE(what_of_opening().ends_with("names in their groups: ?"));
}

// What a cache on disk finds them by: the file's time and size, and the array's name in it.
TEST_F(Hdf5Dataset, SamplesOfAFileAreToldApart) {
  {
    Hdf5Maker file(path_);
    file.add("images", {.shape = {2, 3, 4}});
    file.add("labels", {.shape = {2, 3, 4}});
  }
  const auto dataset = open_dataset(config_, Split::train);
  EXPECT_EQ(dataset->files(0).images, std::vector<std::string>{path_.string()});
  EXPECT_NE(dataset->files(0).part, dataset->files(1).part);
}

TEST_F(Hdf5Dataset, KeysThatDoNotFitAreRefused) {
  config_.label_colors = {{1, 2, 3}};
  EXPECT_TRUE(contains(what_of_opening(), "is for files of coloured labels"));
  config_.label_colors.clear();
  config_.train_im_anns.clear();
  EXPECT_EQ(what_of_opening(), "is not set");
}

}  // namespace
}  // namespace seg
