// SPDX-License-Identifier: Apache-2.0
#include "dataset/sample_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "tests/loader/counted_allocations.h"
#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;

Sample decoded(const Dataset& dataset, std::size_t index) {
  EncodedSample encoded;
  Sample sample;
  dataset.fetch(index, encoded);
  dataset.decode_image(index, encoded, whole(encoded.layout), sample.image);
  dataset.decode_label(index, encoded, whole(encoded.layout), sample.label);
  return sample;
}

bool are_equal(const Sample& a, const Sample& b) {
  return a.image.layout() == b.image.layout() && std::ranges::equal(a.image.bytes(), b.image.bytes()) &&
         a.label.height() == b.label.height() && std::ranges::equal(a.label.values(), b.label.values());
}

TEST(FileReader, GivesWindowsOfTheFilesPixels) {
  const FakeDataset dataset;
  const std::unique_ptr<SampleReader> reader = dataset.reader();
  const Window window{7, 11, 20, 30};
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    ASSERT_EQ(reader->open(i), dataset.layout_of(i));
    EXPECT_EQ(reader->bytes_read(), static_cast<std::int64_t>(110 + i));
    const Sample sample = decoded(dataset, i);
    const ImageView image = reader->image(window);
    const LabelView label = reader->label(window);
    const ImageView expected = ImageView(sample.image).part(window);
    ASSERT_EQ(image.layout(), expected.layout());
    for (std::int64_t y = 0; y < window.height; ++y) {
      ASSERT_TRUE(std::ranges::equal(image.row<std::uint8_t>(y), expected.row<std::uint8_t>(y)));
      ASSERT_TRUE(std::ranges::equal(label.row(y), LabelView(sample.label).part(window).row(y)));
    }
  }
}

TEST(FileReader, ReadsWholeSamplesIntoTheCallersMemory) {
  const FakeDataset dataset({.channels = 2, .type = PixelType::u16});
  const std::unique_ptr<SampleReader> reader = dataset.reader();
  Sample sample;
  for (std::size_t i = 0; i < dataset.size(); ++i) {
    reader->read(i, sample);
    ASSERT_TRUE(are_equal(sample, decoded(dataset, i)));
  }
}

TEST(FileReader, NamesABadFile) {
  const FakeDataset dataset({.bad = {2}});
  const std::unique_ptr<SampleReader> reader = dataset.reader();
  try {
    reader->open(2);
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().at(0).where, "image_2.png");
  }
  EXPECT_EQ(reader->open(3), dataset.layout_of(3));
}

TEST(FileReader, AllocatesNothingForWindowsThatWereReserved) {
  const FakeDataset dataset({.sizes_differ = false});
  const std::unique_ptr<SampleReader> reader = dataset.reader();
  reader->open(0);
  reader->reserve(30, 40);
  const std::int64_t before = testing::allocations();
  for (std::int64_t side = 1; side <= 30; ++side) {
    reader->open(static_cast<std::size_t>(side) % 7);
    (void)reader->image({0, 0, side, side + 10});
    (void)reader->label({0, 0, side, side + 10});
  }
  EXPECT_EQ(testing::allocations(), before);
}

// A reader whose views are parts of something larger.
class PartReader final : public SampleReader {
 public:
  PartReader(const Dataset& dataset, const Window& part) : dataset_(dataset), part_(part) {}
  const ImageLayout& open(std::size_t index) override {
    sample_ = decoded(dataset_, index);
    layout_ = sample_.image.layout();
    layout_.height = part_.height;
    layout_.width = part_.width;
    return layout_;
  }
  std::int64_t bytes_read() const noexcept override { return 0; }
  void reserve(std::int64_t, std::int64_t) override {}
  void reserve_label(std::int64_t, std::int64_t) override {}
  ImageView image(const Window& window) override { return ImageView(sample_.image).part(part_).part(window); }
  LabelView label(const Window& window) override { return LabelView(sample_.label).part(part_).part(window); }

 private:
  const Dataset& dataset_;
  const Window part_;
  Sample sample_;
  ImageLayout layout_;
};

TEST(SampleReader, CopiesTheRowsOfViewsThatHaveStrides) {
  for (const PixelType type : {PixelType::u8, PixelType::u16}) {
    const FakeDataset dataset({.type = type});
    const Window part{3, 5, 20, 31};
    PartReader reader(dataset, part);
    Sample sample, expected;
    reader.read(4, sample);
    EncodedSample encoded;
    dataset.fetch(4, encoded);
    dataset.decode_image(4, encoded, part, expected.image);
    dataset.decode_label(4, encoded, part, expected.label);
    EXPECT_TRUE(are_equal(sample, expected));
  }
}

}  // namespace
}  // namespace seg
