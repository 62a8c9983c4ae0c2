// SPDX-License-Identifier: Apache-2.0
#include "dataset/hdf5_data.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/file.h"
#include "tests/formats/hdf5_maker.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::contains;
using testing::Hdf5Maker;
using testing::Hdf5Recipe;

class Hdf5DataTest : public ::testing::Test {
 protected:
  void touch(const std::string& name) const {
    fs::create_directories((folder_ / name).parent_path());
    write_file(folder_ / name, "");
  }
  std::string names_of(const fs::path& place) const {
    const Hdf5Files files = find_hdf5_files(place);
    return files.train.lexically_relative(folder_.path()).string() + " " +
           files.validation.lexically_relative(folder_.path()).string();
  }
  std::string what_of(const fs::path& place) const {
    return testing::problem_of([&] { find_hdf5_files(place); }).what;
  }
  // Of images whose left half is class `left`, value 40, and whose right half is class `right`, value 200.
  void write(const std::string& name, int count, std::uint16_t left, std::uint16_t right) const {
    Hdf5Recipe images{.shape = {static_cast<hsize_t>(count), 6, 8, 1}, .chunk = {1, 6, 8, 1}},
        labels{.shape = {static_cast<hsize_t>(count), 6, 8}};
    for (int i = 0; i < count * 6 * 8; ++i) {
      images.values.push_back(i % 8 < 4 ? 40 : 200);
      labels.values.push_back(i % 8 < 4 ? left : right);
    }
    Hdf5Maker file(folder_ / name);
    file.add("images", images);
    file.add("labels", labels);
  }

  testing::TemporaryFolder folder_;
};

TEST_F(Hdf5DataTest, IsToldFromFoldersOfImages) {
  touch("a/train.h5");
  touch("a/notes.txt");
  EXPECT_TRUE(holds_hdf5(folder_ / "a"));
  EXPECT_TRUE(holds_hdf5(folder_ / "a/train.h5"));
  EXPECT_FALSE(holds_hdf5(folder_ / "a/notes.txt"));
  touch("a/photo.JPG");
  EXPECT_FALSE(holds_hdf5(folder_ / "a"));
  touch("b/train.HDF5");
  EXPECT_TRUE(holds_hdf5(folder_ / "b"));
  touch("b/images/1.png");
  EXPECT_FALSE(holds_hdf5(folder_ / "b"));
  EXPECT_FALSE(holds_hdf5(folder_ / "nowhere"));
}

TEST_F(Hdf5DataTest, TheFilesOfASetAreFoundByTheirNames) {
  for (const char* name : {"a/streets_train.h5", "a/streets_val.h5", "b/Train.h5", "b/validation.hdf5"}) touch(name);
  EXPECT_EQ(names_of(folder_ / "a"), "a/streets_train.h5 a/streets_val.h5");
  EXPECT_EQ(names_of(folder_ / "a/streets_val.h5"), "a/streets_train.h5 a/streets_val.h5");
  EXPECT_EQ(names_of(folder_ / "b/Train.h5"), "b/Train.h5 b/validation.hdf5");
  // Other words may hold these.
  for (const char* name : {"c/retrieval_train.h5", "c/constrained_val.h5"}) touch(name);
  EXPECT_EQ(names_of(folder_ / "c"), "c/retrieval_train.h5 c/constrained_val.h5");
  // Of several sets in a folder, the one that is meant is named.
  for (const char* name : {"a/fields_train.h5", "a/fields_val.h5"}) touch(name);
  EXPECT_EQ(names_of(folder_ / "a/fields_train.h5"), "a/fields_train.h5 a/fields_val.h5");
  EXPECT_EQ(what_of(folder_ / "a"), "holds several HDF5 files with \"train\" in their names");
}

TEST_F(Hdf5DataTest, WhatIsNoPairIsRefusedWithTheLinesToWrite) {
  touch("all.h5");
  EXPECT_EQ(what_of(folder_.path()), "holds no HDF5 file with \"train\" in its name");
  touch("train.h5");
  EXPECT_EQ(what_of(folder_ / "train.h5"), "holds no HDF5 file with \"val\" in its name");
  const Problem problem = testing::problem_of([&] { find_hdf5_files(folder_ / "all.h5"); });
  EXPECT_TRUE(contains(problem.what, "is one HDF5 file, whose name does not say"));
  for (const char* line : {"dataset = \"HDF5\"", "n_cats", "train_im_anns", "val_im_anns"})
    EXPECT_TRUE(contains(problem.remedy, line)) << problem.remedy;
}

TEST_F(Hdf5DataTest, ClassesAndMomentsAreThoseOfThePixels) {
  write("train.h5", 5, 0, 2);
  write("val.h5", 3, 1, 255);
  for (const int threads : {1, 3}) {
    std::size_t last = 0;
    const Hdf5Data data =
        find_hdf5_data(find_hdf5_files(folder_.path()),
                       {.measured_images = 2, .threads = threads, .progress = [&](std::size_t done, std::size_t total) {
                          EXPECT_EQ(total, 8U);
                          EXPECT_EQ(done, last + 1);
                          last = done;
                        }});
    EXPECT_EQ(last, 8U);
    EXPECT_EQ(data.num_train, 5U);
    EXPECT_EQ(data.num_validation, 3U);
    EXPECT_EQ(data.guess.n_cats, 3);  // a class of the validation images alone is one, too
    EXPECT_EQ(data.guess.lb_ignore, 255);
    EXPECT_EQ(data.survey.values[0].pixels, 5 * 24);
    EXPECT_EQ(data.survey.values[1].pixels, 3 * 24);
    EXPECT_EQ(data.survey.values[1].images, 3);
    EXPECT_EQ(data.survey.smallest_height, 6);
    EXPECT_EQ(data.survey.largest_width, 8);
    EXPECT_EQ(data.survey.channels, 1);
    EXPECT_EQ(data.measured, 2U);
    ASSERT_TRUE(data.config.mean && data.config.std);
    ASSERT_EQ(data.config.mean->size(), 1U);
    EXPECT_NEAR(data.config.mean->at(0), 120 / 255.0, 5e-5);
    EXPECT_NEAR(data.config.std->at(0), 80 / 255.0, 5e-5);
    EXPECT_EQ(data.config.dataset, "HDF5");
    EXPECT_EQ(data.config.val_im_anns, (folder_ / "val.h5").string());
  }
}

TEST_F(Hdf5DataTest, ImagesOfSeveralSizesGiveTheirExtremes) {
  write("val.h5", 1, 0, 1);
  {
    Hdf5Maker file(folder_ / "train.h5");
    for (const char* group : {"images", "labels"}) {
      file.add_group(group);
      file.add(std::string(group) + "/a", {.shape = {12, 5}, .values = std::vector<std::uint16_t>(60, 1)});
      file.add(std::string(group) + "/b", {.shape = {3, 20}, .values = std::vector<std::uint16_t>(60, 0)});
    }
  }
  const Survey survey = find_hdf5_data(find_hdf5_files(folder_.path()), {}).survey;
  EXPECT_EQ(survey.smallest_height, 3);
  EXPECT_EQ(survey.smallest_width, 5);
  EXPECT_EQ(survey.largest_height, 12);
  EXPECT_EQ(survey.largest_width, 20);
}

}  // namespace
}  // namespace seg
