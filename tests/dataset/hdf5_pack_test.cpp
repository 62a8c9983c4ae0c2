// SPDX-License-Identifier: Apache-2.0
#include "dataset/hdf5_pack.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "dataset/sample_reader.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

// Noise of the sizes that it is given; label 7 stands for class 3.
class NoiseDataset final : public Dataset {
 public:
  explicit NoiseDataset(std::vector<ImageLayout> of_samples) : layouts(std::move(of_samples)) {
    traits_.channels = layouts.front().channels;
    traits_.type = layouts.front().type;
    traits_.class_names = {"a", "b"};
    traits_.palette = {{1, 2, 3}, {4, 5, 6}};
    traits_.mean = {0.25};
    traits_.std = {0.5};
  }
  std::size_t size() const noexcept override { return layouts.size(); }
  std::string name(std::size_t i) const override { return "image " + std::to_string(i); }
  std::string label_name(std::size_t i) const override { return "label " + std::to_string(i); }
  void fetch(std::size_t i, EncodedSample& encoded) const override { encoded.layout = layouts[i]; }
  void fetch_label(std::size_t i, EncodedSample& encoded) const override { fetch(i, encoded); }
  void decode_image(std::size_t i, const EncodedSample& encoded, const Window& window, Image& image) const override {
    ASSERT_TRUE(window == whole(encoded.layout));
    image.resize(encoded.layout);
    fill(image.bytes(), i);
  }
  void decode_label(std::size_t i, const EncodedSample&, const Window& window, LabelMap& label) const override {
    label.resize(window.height, window.width);
    fill(std::as_writable_bytes(label.values()), 100 + i);
    for (std::uint8_t& value : label.values()) value = static_cast<std::uint8_t>(value % 8 == 7 ? 3 : value % 8);
  }

  std::vector<ImageLayout> layouts;

 private:
  static void fill(std::span<std::byte> bytes, std::size_t seed) {
    Random random(seed, RandomStream::synthetic, 1);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.below(256));
  }
};

class Hdf5Pack : public ::testing::Test {
 protected:
  // What is read from the packed file is what the data set gives.
  void expect_same_samples(const NoiseDataset& dataset) {
    const auto plan = plan_hdf5(dataset, {.threads = 3});
    ASSERT_TRUE(plan);
    const auto file = write_hdf5(dataset, *plan, path_, {.threads = 3});
    ASSERT_TRUE(file);
    file->commit();
    const DatasetConfig config = packed_config({}, dataset.traits(), {.train = path_, .validation = path_});
    const auto packed = open_dataset(config, Split::train);
    ASSERT_EQ(packed->size(), dataset.size());
    EXPECT_EQ(packed->traits().class_names, dataset.traits().class_names);
    EXPECT_EQ(packed->traits().palette, dataset.traits().palette);
    EXPECT_EQ(packed->traits().type, dataset.traits().type);
    const auto expected = dataset.reader(), read = packed->reader();
    for (std::size_t i = 0; i < dataset.size(); ++i) {
      Sample one, other;
      expected->read(i, one);
      read->read(i, other);
      ASSERT_EQ(other.image.layout(), one.image.layout());
      EXPECT_TRUE(std::ranges::equal(other.image.bytes(), one.image.bytes())) << i;
      EXPECT_TRUE(std::ranges::equal(other.label.values(), one.label.values())) << i;
    }
  }

  testing::TemporaryFolder folder_;
  fs::path path_ = folder_ / "a.h5";
};

ImageLayout layout(std::int64_t height, std::int64_t width, std::int64_t channels = 1, PixelType type = PixelType::u8) {
  return {.height = height, .width = width, .channels = channels, .type = type};
}

TEST_F(Hdf5Pack, OfOneSizeIsStacked) {
  const NoiseDataset dataset({5, layout(9, 7, 1)});
  const auto plan = plan_hdf5(dataset, {});
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->is_stacked);
  EXPECT_EQ(plan->image_bytes, 5 * 9 * 7);
  EXPECT_EQ(plan->label_bytes, 5 * 9 * 7);
  expect_same_samples(dataset);
}

TEST_F(Hdf5Pack, OfSeveralSizesIsGrouped) {
  const NoiseDataset dataset({layout(9, 7), layout(7, 9), layout(1, 1), layout(30, 20)});
  EXPECT_FALSE(plan_hdf5(dataset, {})->is_stacked);
  expect_same_samples(dataset);
}

TEST_F(Hdf5Pack, KeepsDepth) {
  expect_same_samples(NoiseDataset({2, layout(6, 5, 1, PixelType::u16)}));
  expect_same_samples(NoiseDataset({layout(6, 5, 1, PixelType::u16), layout(5, 5, 1, PixelType::u16)}));
}

TEST_F(Hdf5Pack, ThatIsStoppedLeavesNothing) {
  const NoiseDataset dataset({20, layout(9, 7)});
  const auto stop_at_3 = [](std::size_t done) { return done < 3; };
  EXPECT_FALSE(plan_hdf5(dataset, {.go_on = stop_at_3}));
  EXPECT_FALSE(write_hdf5(dataset, *plan_hdf5(dataset, {}), path_, {.go_on = stop_at_3}));
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

// Two splits are one data set: the first waits for the second.
TEST_F(Hdf5Pack, FilesTakeTheirPlacesOnlyWhenAllAreWhole) {
  const NoiseDataset dataset({2, layout(9, 7)});
  const fs::path other = folder_ / "b.h5";
  write_file(path_, "what was there");
  const auto first = write_hdf5(dataset, *plan_hdf5(dataset, {}), path_, {});
  const auto second = write_hdf5(dataset, *plan_hdf5(dataset, {}), other, {});
  EXPECT_EQ(read_text(path_), "what was there");
  EXPECT_FALSE(fs::exists(other));
  first->commit();
  second->commit();
  EXPECT_EQ(read_file(path_), read_file(other));
}

TEST_F(Hdf5Pack, NothingIsNotPacked) {
  NoiseDataset dataset({1, layout(9, 7)});
  dataset.layouts.clear();
  EXPECT_EQ(testing::problem_of([&] { plan_hdf5(dataset, {}); }).what, "holds no images");
}

TEST_F(Hdf5Pack, FilesThatChangeMeanwhileAreRefused) {
  NoiseDataset dataset({4, layout(9, 7)});
  const auto plan = plan_hdf5(dataset, {});
  dataset.layouts[2] = layout(90, 70);
  const Problem problem = testing::problem_of([&] { write_hdf5(dataset, *plan, path_, {.threads = 2}); });
  EXPECT_EQ(problem.where, "image 2");
  EXPECT_EQ(problem.what, "has changed while the data set was packed");
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

// Labels are classes by now; nothing of the old files' ways may be applied to them again.
TEST_F(Hdf5Pack, TheConfigTellsOfTheFilesAndNothingElse) {
  DatasetConfig config;
  config.dataset = "CityScapes";
  config.im_root = "/data";
  config.label_map = "cityscapes";
  config.label_colors = {{1, 2, 3}};
  config.lb_ignore = 254;
  const NoiseDataset dataset({1, layout(2, 2)});
  const DatasetConfig packed = packed_config(config, dataset.traits(), {.train = "/x/t.h5", .validation = "/x/v.h5"});
  EXPECT_EQ(packed.dataset, "HDF5");
  EXPECT_EQ(packed.im_root, "/x");
  EXPECT_EQ(packed.train_im_anns, "t.h5");
  EXPECT_EQ(packed.val_im_anns, "v.h5");
  EXPECT_EQ(std::get<std::string>(packed.label_map), "none");
  EXPECT_TRUE(packed.label_colors.empty());
  EXPECT_EQ(packed.lb_ignore, 254);
  EXPECT_EQ(packed.mean, std::vector{0.25});
  EXPECT_EQ(packed.std, std::vector{0.5});
  EXPECT_EQ(packed.palette.at(1), (Color{4, 5, 6}));
}

}  // namespace
}  // namespace seg
