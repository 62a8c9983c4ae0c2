// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "config/dataset.h"
#include "dataset/dataset.h"
#include "tests/dataset/image_folder.h"
#include "tests/image/jpeg_maker.h"
#include "tests/image/png_maker.h"
#include "tests/image/tiff_maker.h"

namespace seg {
namespace {

using testing::ImageFolder;

DatasetConfig config_of(const ImageFolder& folder) {
  DatasetConfig config;
  config.im_root = folder.text();
  config.train_im_anns = "train.txt";
  config.val_im_anns = "val.txt";
  return config;
}

std::vector<Problem> problems_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.problems();
  }
  return {};
}

Problem fetch_problem(const DatasetConfig& config, std::size_t i) {
  const auto problems = problems_of([&] {
    EncodedSample encoded;
    open_dataset(config, Split::train)->fetch(i, encoded);
  });
  return problems.empty() ? Problem{} : problems[0];
}

TEST(ListDataset, ReadsTiffsOfAnyChannelsIfAllHaveTheSame) {
  const ImageFolder folder;
  std::vector<testing::RawTiff> written;
  for (const int samples : {4, 4, 3}) {
    testing::RawTiff raw{.width = 8, .height = 6, .bits = 16, .samples = samples};
    raw.extra.assign(static_cast<std::size_t>(samples - 1), EXTRASAMPLE_UNSPECIFIED);
    written.push_back(testing::random_tiff(raw, written.size() + 1));
    const Bytes bytes = testing::make_tiff(written.back());
    folder.write("a" + std::to_string(written.size()) + ".tif",
                 std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  const auto label = testing::random_tiff({.width = 8, .height = 6});
  const Bytes bytes = testing::make_tiff(label);
  folder.write("b.tif", std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  folder.write("train.txt", "a1.tif,b.tif\na2.tif,b.tif\na3.tif,b.tif\n");
  const auto dataset = open_dataset(config_of(folder), Split::train);
  EXPECT_EQ(dataset->traits().channels, 4);
  EXPECT_EQ(dataset->traits().type, PixelType::u16);
  EncodedSample encoded;
  Image image;
  LabelMap labels;
  dataset->fetch(1, encoded);
  dataset->decode_image(1, encoded, {1, 2, 3, 4}, image);
  dataset->decode_label(1, encoded, {1, 2, 3, 4}, labels);
  EXPECT_EQ(image.row<std::uint16_t>(2)[4 * 3 + 3], written[1].at(3, 5, 3));
  EXPECT_EQ(labels.row(2)[3], label.at(3, 5, 0));
  dataset->fetch_label(1, encoded);
  EXPECT_EQ(encoded.layout, (ImageLayout{6, 8, 4, PixelType::u16}));
  EXPECT_EQ(fetch_problem(config_of(folder), 2).what, "the image has 3 channels, the data set's first 4");
}

TEST(ListDataset, GivesWindowsOfImagesAndLabels) {
  const ImageFolder folder;
  const auto image_png = testing::random_png(30, 20, 8, testing::kPngRgb);
  const auto label_png = testing::random_png(30, 20, 4, testing::kPngPalette);
  const auto write = [&](const std::string& name, const testing::RawPng& png) {
    const Bytes bytes = testing::make_png(png);
    folder.write(name, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  };
  write("a.png", image_png);
  write("b.png", label_png);
  folder.write("train.txt", "a.png,b.png\n");
  folder.write("val.txt", "a.png,b.png\na.png,b.png\n");
  const auto dataset = open_dataset(config_of(folder), Split::train);
  ASSERT_EQ(dataset->size(), 1u);
  EXPECT_EQ(open_dataset(config_of(folder), Split::validation)->size(), 2u);
  EXPECT_EQ(dataset->name(0), (folder / "a.png").string());
  EXPECT_EQ(dataset->label_name(0), (folder / "b.png").string());
  EXPECT_EQ(dataset->traits().mean, std::vector<double>(3, 0.4));
  EXPECT_EQ(dataset->traits().std, std::vector<double>(3, 0.2));
  EXPECT_EQ(dataset->traits().num_classes, std::nullopt);
  EncodedSample encoded;
  Image image;
  LabelMap label;
  dataset->fetch(0, encoded);
  EXPECT_EQ(encoded.layout, (ImageLayout{20, 30, 3, PixelType::u8}));
  dataset->decode_image(0, encoded, {3, 4, 10, 20}, image);
  dataset->decode_label(0, encoded, {3, 4, 10, 20}, label);
  for (int y = 0; y < 10; ++y)
    for (int x = 0; x < 20; ++x) {
      ASSERT_EQ(image.row<std::uint8_t>(y)[static_cast<std::size_t>(3 * x + 1)], image_png.at(y + 3, x + 4, 1));
      ASSERT_EQ(label.row(y)[static_cast<std::size_t>(x)], label_png.at(y + 3, x + 4, 0));
    }
}

TEST(ListDataset, MapsLabelsByATableAndIgnoresTheRest) {
  const ImageFolder folder;
  folder.write_image("a.png", {2, 2, 3, PixelType::u8});
  LabelMap label(2, 2);
  label.values()[0] = 0;
  label.values()[1] = 255;
  label.values()[2] = 9;
  label.values()[3] = 0;
  write_png(folder / "b.png", label);
  folder.write("train.txt", "a.png,b.png\n");
  DatasetConfig config = config_of(folder);
  config.lb_ignore = 200;
  const auto mapped = [&] {
    const auto dataset = open_dataset(config, Split::train);
    EncodedSample encoded;
    LabelMap got;
    dataset->fetch(0, encoded);
    dataset->decode_label(0, encoded, whole(encoded.layout), got);
    return std::vector<int>(got.values().begin(), got.values().end());
  };
  EXPECT_EQ(mapped(), (std::vector<int>{0, 255, 9, 0}));
  config.label_map = "none";
  EXPECT_EQ(mapped(), (std::vector<int>{0, 255, 9, 0}));
  config.label_map = LabelTable{{0, 0}, {255, 1}};
  EXPECT_EQ(mapped(), (std::vector<int>{0, 1, 200, 0}));
  config.label_map = LabelTable{{0, 300}};
  EXPECT_EQ(problems_of([&] { open_dataset(config, Split::train); }).at(0).where, "label_map");
}

TEST(ListDataset, ANamedMapBringsItsClasses) {
  const ImageFolder folder;
  folder.write_image("a.png", {2, 2, 3, PixelType::u8});
  folder.write_label("b.png", 2, 2, 26);
  folder.write("train.txt", "a.png,b.png\n");
  DatasetConfig config = config_of(folder);
  config.label_map = "cityscapes";
  const auto dataset = open_dataset(config, Split::train);
  EXPECT_EQ(dataset->traits().num_classes, 19);
  EXPECT_EQ(dataset->traits().class_names.at(13), "car");
  EXPECT_EQ(dataset->traits().mean[0], 0.4);  // of the images nothing is said
  EncodedSample encoded;
  LabelMap values, classes;
  dataset->fetch(0, encoded);
  dataset->decode_label_values(0, encoded, whole(encoded.layout), values);
  dataset->decode_label(0, encoded, whole(encoded.layout), classes);
  EXPECT_EQ(values.values()[0], 26);
  EXPECT_EQ(classes.values()[0], 13);
  dataset->map_label(0, values);
  EXPECT_EQ(values.values()[0], 13);
  config.class_names = {"my own"};
  EXPECT_EQ(open_dataset(config, Split::train)->traits().class_names.size(), 1u);
}

TEST(ListDataset, LabelColorsMakeClassesOfColourImages) {
  const ImageFolder folder;
  folder.write_image("a.png", {1, 3, 3, PixelType::u8});
  Image colors({1, 3, 3, PixelType::u8});
  const int values[] = {255, 0, 0, 0, 0, 0, 255, 0, 0};
  for (std::size_t i = 0; i < 9; ++i) colors.bytes()[i] = static_cast<std::byte>(values[i]);
  write_png(folder / "rgb.png", colors);
  LabelMap indices(1, 3);
  indices.values()[1] = 1;
  const std::vector<Rgb> palette = {{255, 0, 0}, {0, 0, 0}};  // another order than that of the classes
  write_png(folder / "palette.png", indices, palette);
  folder.write("train.txt", "a.png,rgb.png\na.png,palette.png\n");
  DatasetConfig config = config_of(folder);
  EXPECT_NE(problems_of([&] {
              EncodedSample encoded;
              LabelMap label;
              const auto dataset = open_dataset(config, Split::train);
              dataset->fetch(0, encoded);
              dataset->decode_label(0, encoded, whole(encoded.layout), label);
            })
                .at(0)
                .remedy.find("label_colors = "),
            std::string::npos);
  const auto labels = [&](std::size_t i) {
    const auto dataset = open_dataset(config, Split::train);
    EncodedSample encoded;
    LabelMap label;
    dataset->fetch(i, encoded);
    dataset->decode_label(i, encoded, whole(encoded.layout), label);
    return std::vector<int>(label.values().begin(), label.values().end());
  };
  EXPECT_EQ(labels(1), (std::vector<int>{0, 1, 0}));  // indices as they are
  config.label_colors = {{0, 0, 0}, {255, 0, 0}};
  EXPECT_EQ(labels(0), (std::vector<int>{1, 0, 1}));
  EXPECT_EQ(labels(1), (std::vector<int>{1, 0, 1}));  // colours, whatever the palette's order
  EXPECT_EQ(open_dataset(config, Split::train)->traits().palette, (std::vector<Rgb>{{0, 0, 0}, {255, 0, 0}}));
  config.label_map = LabelTable{{0, 0}, {1, 7}};
  EXPECT_EQ(labels(0), (std::vector<int>{7, 0, 7}));
  config.dataset = "CityScapes";
  config.label_map = "auto";
  EXPECT_EQ(labels(0), (std::vector<int>{1, 0, 1}));
}

TEST(ListDataset, SeveralImagesOfALineBecomeChannels) {
  const ImageFolder folder;
  folder.write_image("rgb.png", {4, 5, 3, PixelType::u8}, 5);
  folder.write_image("gray.png", {4, 5, 1, PixelType::u8}, 6);
  folder.write_image("deep.png", {4, 5, 1, PixelType::u16}, 1);  // 257
  folder.write_image("small.png", {4, 4, 1, PixelType::u16}, 1);
  folder.write_label("label.png", 4, 5);
  folder.write("train.txt", "rgb.png,deep.png,label.png\ngray.png,deep.png,label.png\nrgb.png,small.png,label.png\n");
  folder.write("val.txt", "rgb.png,label.png\n");
  const DatasetConfig config = config_of(folder);
  const auto dataset = open_dataset(config, Split::train);
  EXPECT_EQ(dataset->traits().channels, 4);
  EXPECT_EQ(dataset->traits().type, PixelType::u16);
  EXPECT_EQ(dataset->traits().mean.size(), 4u);
  EXPECT_EQ(dataset->traits().channel_sources,
            "channels: 3 of 8 bits + 1 of 16 bits, all as 16 bits (8-bit values x 257)");
  EXPECT_EQ(dataset->name(0), (folder / "rgb.png").string() + " + deep.png");
  EncodedSample encoded;
  Image image;
  for (std::size_t i = 0; i < 2; ++i) {
    dataset->fetch_label(i, encoded);
    dataset->fetch(i, encoded);
    EXPECT_EQ(encoded.layout, (ImageLayout{4, 5, 4, PixelType::u16}));
    dataset->decode_image(i, encoded, {1, 2, 2, 3}, image);
    ASSERT_EQ(image.layout(), (ImageLayout{2, 3, 4, PixelType::u16}));
    const int gray = i == 0 ? 5 : 6;
    for (std::size_t v = 0; v < 12; ++v) EXPECT_EQ(image.row<std::uint16_t>(1)[v], v % 4 == 3 ? 257 : gray * 257) << v;
  }
  const Problem size = fetch_problem(config, 2);
  EXPECT_EQ(size.where, (folder / "small.png").string());
  EXPECT_NE(size.what.find("4 x 4 pixels, that before it 5 x 4"), std::string::npos);
  EXPECT_NE(problems_of([&] { open_dataset(config, Split::validation); }).at(0).what.find("names 1 image for a label"),
            std::string::npos);
}

TEST(ListDataset, AllChannelsOf8BitsStaySo) {
  const ImageFolder folder;
  folder.write_image("a.png", {2, 2, 1, PixelType::u8}, 5);
  folder.write_image("b.png", {2, 2, 1, PixelType::u8}, 6);
  folder.write_label("label.png", 2, 2);
  folder.write("train.txt", "a.png,b.png,label.png\n");
  const auto dataset = open_dataset(config_of(folder), Split::train);
  EXPECT_EQ(dataset->traits().channels, 2);
  EXPECT_EQ(dataset->traits().type, PixelType::u8);
  EXPECT_EQ(dataset->traits().channel_sources, "channels: 1 of 8 bits + 1 of 8 bits");
  EncodedSample encoded;
  Image image;
  dataset->fetch(0, encoded);
  dataset->decode_image(0, encoded, whole(encoded.layout), image);
  for (std::size_t v = 0; v < 8; ++v) EXPECT_EQ(image.bytes()[v], std::byte(v % 2 == 0 ? 5 : 6));
}

TEST(ListDataset, AKindsMeanIsThatOfItsColourImages) {
  const ImageFolder folder;
  folder.write_image("gray.png", {2, 2, 1, PixelType::u8});
  folder.write_label("b.png", 2, 2);
  folder.write("train.txt", "gray.png,b.png\n");
  DatasetConfig config = config_of(folder);
  config.dataset = "CityScapes";
  EXPECT_EQ(open_dataset(config, Split::train)->traits().mean, std::vector<double>{0.4});
}

TEST(ListDataset, ALabelThatWasNotTurnedWithItsPhotoIsTold) {
  const ImageFolder folder;
  folder.write_image("a.png", {3, 2, 3, PixelType::u8});
  folder.write_label("b.png", 2, 3);
  folder.write("train.txt", "a.png,b.png\n");
  EXPECT_NE(fetch_problem(config_of(folder), 0).remedy.find("EXIF"), std::string::npos);
}

TEST(ListDataset, WidensGrayImagesAmongColourOnes) {
  const ImageFolder folder;
  folder.write_image("rgb.png", {4, 4, 3, PixelType::u8}, 5);
  folder.write_image("gray.png", {4, 4, 1, PixelType::u8}, 9);
  folder.write_label("label.png", 4, 4);
  folder.write("train.txt", "rgb.png,label.png\ngray.png,label.png\n");
  folder.write("val.txt", "gray.png,label.png\nrgb.png,label.png\n");
  for (const Split split : {Split::train, Split::validation}) {
    const auto dataset = open_dataset(config_of(folder), split);
    EXPECT_EQ(dataset->traits().channels, 3);
    EncodedSample encoded;
    Image image;
    for (std::size_t i = 0; i < 2; ++i) {
      dataset->fetch(i, encoded);
      dataset->decode_image(i, encoded, {1, 1, 2, 3}, image);
      EXPECT_EQ(image.layout(), (ImageLayout{2, 3, 3, PixelType::u8}));
      const bool gray = dataset->name(i).ends_with("gray.png");
      for (const std::byte byte : image.bytes()) EXPECT_EQ(byte, std::byte(gray ? 9 : 5));
    }
  }
}

TEST(ListDataset, AGraySetStaysGrayUnlessMeanSaysColour) {
  const ImageFolder folder;
  folder.write_image("gray.png", {4, 4, 1, PixelType::u16});
  folder.write_image("rgb.png", {4, 4, 3, PixelType::u16});
  folder.write_label("label.png", 4, 4);
  folder.write("train.txt", "gray.png,label.png\nrgb.png,label.png\n");
  DatasetConfig config = config_of(folder);
  const auto gray = open_dataset(config, Split::train);
  EXPECT_EQ(gray->traits().channels, 1);
  EXPECT_EQ(gray->traits().type, PixelType::u16);
  EXPECT_EQ(gray->traits().mean.size(), 1u);
  EXPECT_NE(fetch_problem(config, 1).remedy.find("mean = [0.4"), std::string::npos);
  config.mean = std::vector<double>{0.4, 0.4, 0.4};
  config.std = std::vector<double>{0.2, 0.2, 0.2};
  EXPECT_EQ(open_dataset(config, Split::train)->traits().channels, 3);
  EXPECT_EQ(fetch_problem(config, 0).what, "");
  EXPECT_EQ(fetch_problem(config, 1).what, "");
  config.std = std::vector<double>{0.2};
  EXPECT_EQ(problems_of([&] { open_dataset(config, Split::train); }).at(0).where, "std");
}

TEST(ListDataset, AValidationListAloneIsEnoughToEvaluate) {
  const ImageFolder folder;
  folder.write_image("a.png", {4, 4, 1, PixelType::u8});
  folder.write_label("label.png", 4, 4);
  folder.write("val.txt", "a.png,label.png\n");
  EXPECT_EQ(open_dataset(config_of(folder), Split::validation)->traits().channels, 1);
  EXPECT_NE(problems_of([&] { open_dataset(config_of(folder), Split::train); }).at(0).what.find("no such list"),
            std::string::npos);
}

TEST(ListDataset, BadFilesAreNamed) {
  const ImageFolder folder;
  folder.write_image("good.png", {4, 6, 3, PixelType::u8});
  folder.write_image("deep.png", {4, 6, 3, PixelType::u16});
  folder.write_label("label.png", 4, 6);
  folder.write_label("small.png", 4, 5);
  folder.write("text.png", "<html>not found</html>");
  folder.write("photo.jpg", "\xff\xd8\xff\xe0 JFIF");
  folder.write("train.txt",
               "good.png,label.png\ngood.png,small.png\ndeep.png,label.png\ntext.png,label.png\ngood.png,photo.jpg\n");
  const DatasetConfig config = config_of(folder);
  EXPECT_EQ(fetch_problem(config, 0).what, "");
  const Problem size = fetch_problem(config, 1);
  EXPECT_EQ(size.where, (folder / "small.png").string());
  EXPECT_NE(size.what.find("5 x 4 pixels, its image 6 x 4"), std::string::npos);
  EXPECT_NE(fetch_problem(config, 2).what.find("16 bits"), std::string::npos);
  EXPECT_NE(fetch_problem(config, 3).what.find("text file"), std::string::npos);
  EXPECT_NE(fetch_problem(config, 4).what.find("the label is a JPEG"), std::string::npos);
}

TEST(ListDataset, ReadsJpegImagesBesidePngLabels) {
  const ImageFolder folder;
  const auto write = [&](const std::string& name, const Bytes& bytes) {
    folder.write(name, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  };
  const Image photo = testing::gradient_image(40, 30, 3);
  const Bytes upright = testing::make_jpeg(photo);
  write("upright.jpg", upright);
  write("turned.jpg", testing::make_jpeg(photo, {.exif = testing::exif_text(6, true), .profile_bytes = 9000}));
  write("short.jpg", Bytes(upright.begin(), upright.end() - 30));
  folder.write_label("label.png", 40, 30);
  folder.write_label("turned.png", 30, 40);
  folder.write("train.txt",
               "upright.jpg,label.png\nturned.jpg,turned.png\nturned.jpg,label.png\nshort.jpg,label.png\n");
  const auto dataset = open_dataset(config_of(folder), Split::train);
  EncodedSample encoded;
  Image image;
  dataset->fetch(1, encoded);
  EXPECT_EQ(encoded.layout, (ImageLayout{30, 40, 3, PixelType::u8}));
  dataset->decode_image(1, encoded, {2, 3, 20, 10}, image);
  EXPECT_EQ(image.layout(), (ImageLayout{20, 10, 3, PixelType::u8}));
  dataset->fetch_label(0, encoded);
  EXPECT_EQ(encoded.layout, (ImageLayout{40, 30, 3, PixelType::u8}));
  dataset->fetch_label(1, encoded);
  EXPECT_EQ(encoded.layout, (ImageLayout{30, 40, 3, PixelType::u8}));
  EXPECT_NE(problems_of([&] { dataset->fetch_label(2, encoded); }).at(0).what.find("30 x 40 pixels, its image 40 x 30"),
            std::string::npos);
  EXPECT_NE(problems_of([&] { dataset->fetch_label(3, encoded); }).at(0).what.find("truncated"), std::string::npos);
}

TEST(ListDataset, AScanFindsImagesThatWereCutShort) {
  const ImageFolder folder;
  folder.write_image("image.png", {64, 64, 3, PixelType::u8});
  folder.write_label("label.png", 64, 64);
  const std::string whole_file = read_text(folder / "image.png");
  folder.write("image.png", whole_file.substr(0, whole_file.size() - 20));
  folder.write("longer.png", whole_file + std::string(1000, 'x'));  // as some programs leave it
  folder.write("train.txt", "image.png,label.png\nlonger.png,label.png\n");
  const auto dataset = open_dataset(config_of(folder), Split::train);
  EncodedSample encoded;
  EXPECT_EQ(problems_of([&] { dataset->fetch_label(0, encoded); }).at(0).where, (folder / "image.png").string());
  EXPECT_NO_THROW(dataset->fetch_label(1, encoded));
}

TEST(ListDataset, WithoutAListItSaysWhichKeyIsMissing) {
  DatasetConfig config;
  EXPECT_EQ(problems_of([&] { open_dataset(config, Split::train); }).at(0).where, "train_im_anns");
  EXPECT_EQ(problems_of([&] { open_dataset(config, Split::validation); }).at(0).where, "val_im_anns");
}

// Serves files of the disk but counts the bytes that were asked for.
class CountingSource final : public FileSource {
 public:
  void read(const std::string& path, Bytes& bytes) const override {
    disk().read(path, bytes);
    read_ += bytes.size();
  }
  void read_start(const std::string& path, std::size_t count, Bytes& bytes) const override {
    disk().read_start(path, count, bytes);
    read_ += bytes.size();
  }
  void read_end(const std::string& path, std::size_t count, Bytes& bytes) const override {
    disk().read_end(path, count, bytes);
    read_ += bytes.size();
  }
  void announce(const std::string& path) const override { announced_.push_back(path); }
  std::size_t read() const { return read_; }
  const std::vector<std::string>& announced() const { return announced_; }

 private:
  mutable std::vector<std::string> announced_;
  mutable std::atomic<std::size_t> read_{0};
};

TEST(ListDataset, AnnouncesTheFilesOfASample) {
  const ImageFolder folder;
  folder.write_image("a.png", {4, 5, 3, PixelType::u8});
  folder.write_label("label.png", 4, 5);
  folder.write("train.txt", "a.png,label.png\n");
  CountingSource source;
  const auto dataset = open_dataset(config_of(folder), Split::train, source);
  const std::size_t before = source.read();
  dataset->announce(0);
  EXPECT_EQ(source.announced(), (std::vector{folder.text() + "/a.png", folder.text() + "/label.png"}));
  EXPECT_EQ(source.read(), before);
}

TEST(ListDataset, AScanReadsOnlyTheBeginningOfImages) {
  const ImageFolder folder;
  write_png(folder / "a.png", Image({500, 500, 3, PixelType::u8}), {.level = 0});
  folder.write_label("label.png", 500, 500);
  folder.write("train.txt", "a.png,label.png\n");
  CountingSource source;
  const auto dataset = open_dataset(config_of(folder), Split::train, source);
  EncodedSample encoded;
  dataset->fetch_label(0, encoded);
  EXPECT_LT(source.read(), 20000u);
  EXPECT_EQ(encoded.layout, (ImageLayout{500, 500, 3, PixelType::u8}));
  dataset->fetch(0, encoded);
  EXPECT_GT(source.read(), 750000u);
}

TEST(ListDataset, ThreadsReadAtOnce) {
  const ImageFolder folder;
  std::string list;
  for (int i = 0; i < 8; ++i) {
    folder.write_image("i" + std::to_string(i), {16, 16, 3, PixelType::u8}, i);
    folder.write_label("l" + std::to_string(i), 16, 16, i);
    list += "i" + std::to_string(i) + ",l" + std::to_string(i) + "\n";
  }
  folder.write("train.txt", list);
  const auto dataset = open_dataset(config_of(folder), Split::train);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      EncodedSample encoded;
      Image image;
      LabelMap label;
      for (std::size_t i = 0; i < 8; ++i) {
        dataset->fetch(i, encoded);
        dataset->decode_image(i, encoded, whole(encoded.layout), image);
        dataset->decode_label(i, encoded, whole(encoded.layout), label);
        EXPECT_EQ(image.bytes()[100], static_cast<std::byte>(i));
        EXPECT_EQ(label.values()[100], i);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace seg
