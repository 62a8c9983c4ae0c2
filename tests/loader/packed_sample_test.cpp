// SPDX-License-Identifier: Apache-2.0
#include "loader/packed_sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/crc32c.h"
#include "base/random.h"
#include "dataset/sample_reader.h"
#include "image/distance_map.h"
#include "tests/loader/counted_allocations.h"
#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;

Sample sample_of(const FakeDataset& dataset) {
  Sample sample;
  dataset.reader()->read(0, sample);
  return sample;
}

Sample noise(const ImageLayout& layout) {
  Sample sample{.image = Image(layout), .label = LabelMap(layout.height, layout.width)};
  Random random(1, RandomStream::synthetic, 0);
  for (std::byte& value : sample.image.bytes()) value = static_cast<std::byte>(random.bits());
  for (std::uint8_t& value : sample.label.values()) value = static_cast<std::uint8_t>(random.bits());
  return sample;
}

template <class T>
void expect_pixels(const ImageView& a, const ImageView& b) {
  for (std::int64_t y = 0; y < a.height(); ++y) ASSERT_TRUE(std::ranges::equal(a.row<T>(y), b.row<T>(y))) << y;
}

void expect_same(const Sample& sample, const Bytes& packed) {
  const auto read = PackedSample::read(packed);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->layout(), sample.image.layout());
  if (read->layout().type == PixelType::u8)
    expect_pixels<std::uint8_t>(read->image(), sample.image);
  else
    expect_pixels<std::uint16_t>(read->image(), sample.image);
  ASSERT_TRUE(read->maps_are_whole());
  LabelMap memory;
  ASSERT_TRUE(read->label(whole(read->layout()), memory));
  ASSERT_TRUE(std::ranges::equal(memory.values(), sample.label.values()));
}

TEST(PackedSample, GivesBackWhatWasPacked) {
  Bytes packed;
  for (const PixelType type : {PixelType::u8, PixelType::u16}) {
    for (const std::int64_t height : {1, 63, 64, 65, 200}) {
      const FakeDataset dataset({.channels = 3, .type = type, .height = height, .width = 71});
      const Sample sample = sample_of(dataset);
      pack_sample(sample.image, sample.label, packed);
      ASSERT_LE(static_cast<std::int64_t>(packed.size()), largest_packed_size(sample.image.layout()));
      expect_same(sample, packed);
    }
  }
}

TEST(PackedSample, KeepsLabelsThatDoNotShrink) {
  for (const std::int64_t side : {1, 5, 130}) {
    const Sample sample = noise({.height = side, .width = side + 1, .channels = 2, .type = PixelType::u8});
    Bytes packed;
    pack_sample(sample.image, sample.label, packed);
    EXPECT_LE(static_cast<std::int64_t>(packed.size()), largest_packed_size(sample.image.layout()));
    expect_same(sample, packed);
  }
}

TEST(PackedSample, LabelsOfRegionsTakeLittle) {
  const FakeDataset dataset({.channels = 1, .height = 256, .width = 512});
  const Sample sample = sample_of(dataset);
  Bytes packed;
  pack_sample(sample.image, sample.label, packed);
  EXPECT_LT(packed.size(), 256 * 512 * 5 / 4);
}

TEST(PackedSample, UnpacksTheLabelsOfAnyWindow) {
  const FakeDataset dataset({.height = 200, .width = 90});
  const Sample sample = sample_of(dataset);
  Bytes packed;
  pack_sample(sample.image, sample.label, packed);
  const auto read = PackedSample::read(packed);
  ASSERT_TRUE(read);
  LabelMap memory;
  memory.resize(200, 90);
  const std::int64_t before = testing::allocations();
  for (const Window& window : {Window{0, 0, 200, 90}, Window{63, 5, 1, 1}, Window{64, 0, 64, 90}, Window{60, 7, 80, 20},
                               Window{199, 89, 1, 1}, Window{128, 0, 0, 0}, Window{0, 0, 0, 0}}) {
    std::ranges::fill(memory.values(), std::uint8_t{99});
    const auto label = read->label(window, memory);
    ASSERT_TRUE(label);
    const LabelView expected = LabelView(sample.label).part(window);
    ASSERT_EQ(label->height(), window.height);
    ASSERT_EQ(label->width(), window.width);
    for (std::int64_t y = 0; y < window.height; ++y) ASSERT_TRUE(std::ranges::equal(label->row(y), expected.row(y)));
  }
  EXPECT_EQ(testing::allocations(), before);
}

TEST(PackedSample, OfAPartOfAnImageIsThatOfItsCopy) {
  const Sample sample = noise({.height = 90, .width = 40, .channels = 3, .type = PixelType::u16});
  const Window window{7, 3, 70, 30};
  const ImageView part = ImageView(sample.image).part(window);
  Sample copy{.image = Image(part.layout()), .label = LabelMap(70, 30)};
  for (std::int64_t y = 0; y < 70; ++y) {
    std::ranges::copy(part.row<std::uint16_t>(y), copy.image.row<std::uint16_t>(y).begin());
    std::ranges::copy(LabelView(sample.label).part(window).row(y), copy.label.row(y).begin());
  }
  Bytes of_part, of_copy;
  pack_sample(part, LabelView(sample.label).part(window), of_part);
  pack_sample(copy.image, copy.label, of_copy);
  EXPECT_EQ(of_part, of_copy);
}

TEST(PackedSample, APackerOfManyGivesWhatANewOneWould) {
  SamplePacker packer;
  for (const std::int64_t height : {200, 1, 64, 130}) {
    const Sample sample = sample_of(FakeDataset({.height = height, .width = 50}));
    packer.take(sample.image, sample.label);
    Bytes packed(packer.size()), anew;
    packer.write(packed);
    pack_sample(sample.image, sample.label, anew);
    ASSERT_EQ(packed, anew) << height;
    ASSERT_LE(static_cast<std::int64_t>(packed.size()), largest_packed_size(sample.image.layout()));
  }
}

// A mapped file may be changed by somebody after it was found whole.
TEST(PackedSample, LabelsThatBecomeDamagedAreNotGiven) {
  const Sample sample = sample_of(FakeDataset({.height = 130, .width = 70}));
  Bytes packed;
  pack_sample(sample.image, sample.label, packed);
  const auto read = PackedSample::read(packed);
  ASSERT_TRUE(read);
  LabelMap memory;
  ASSERT_TRUE(read->label({0, 0, 130, 70}, memory));
  const std::size_t table = (64 + 130 * 70 * 3 + 7) / 8 * 8;
  std::fill_n(packed.begin() + static_cast<std::ptrdiff_t>(table), 8, std::byte{0xff});
  EXPECT_FALSE(read->label({0, 0, 1, 1}, memory));
  EXPECT_FALSE(read->label({64, 0, 1, 1}, memory));
  EXPECT_TRUE(read->label({128, 0, 2, 1}, memory));
}

TEST(PackedSample, IsWholeIfChecksumAndLabelsAre) {
  const Sample sample = sample_of(FakeDataset({.height = 70, .width = 9}));
  Bytes packed;
  pack_sample(sample.image, sample.label, packed);
  const auto checksum = [](const Bytes& bytes) {
    return crc32c({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  EXPECT_TRUE(is_whole_sample(packed, checksum(packed)));
  EXPECT_FALSE(is_whole_sample(packed, checksum(packed) + 1));
  packed.back() ^= std::byte{0xff};
  packed.pop_back();
  EXPECT_FALSE(is_whole_sample(packed, checksum(packed)));
}

LabelMap some_distances(const LabelMap& label) {
  LabelMap distances(label.height(), label.width());
  DistanceMap().eighths(label, {.ignored = 255}, distances.values());
  return distances;
}

TEST(PackedSample, GivesBackDistancesOfTheSameLabels) {
  const Sample sample = sample_of(FakeDataset({.height = 200, .width = 90}));
  const LabelMap distances = some_distances(sample.label);
  Bytes packed, without;
  pack_sample(sample.image, sample.label, packed, KeptDistances{.map = distances, .ignored = 255});
  pack_sample(sample.image, sample.label, without);
  EXPECT_GT(packed.size(), without.size());
  EXPECT_LE(static_cast<std::int64_t>(packed.size()), largest_packed_size(sample.image.layout(), true));
  expect_same(sample, packed);
  const auto read = PackedSample::read(packed);
  EXPECT_TRUE(read->has_distances(255));
  EXPECT_FALSE(read->has_distances(11)) << "other pixels are ignored";
  EXPECT_FALSE(PackedSample::read(without)->has_distances(255));
  LabelMap memory;
  ASSERT_TRUE(read->distances({60, 7, 80, 20}, memory));
  const auto part = LabelView(distances).part({60, 7, 80, 20});
  for (std::int64_t y = 0; y < 80; ++y)
    EXPECT_TRUE(std::ranges::equal(read->distances({60, 7, 80, 20}, memory)->row(y), part.row(y)));
}

// With a checksum of the whole that is right: nothing else would tell.
TEST(PackedSample, IsNotWholeWithDistancesOfOtherLabels) {
  const Sample sample = sample_of(FakeDataset({.height = 70, .width = 40}));
  Sample other = sample_of(FakeDataset({.height = 70, .width = 40}));
  other.label.row(69)[39] ^= 1;
  const LabelMap distances = some_distances(sample.label);
  Bytes packed, of_other;
  pack_sample(sample.image, sample.label, packed, KeptDistances{.map = distances, .ignored = 255});
  pack_sample(other.image, other.label, of_other, KeptDistances{.map = distances, .ignored = 255});
  EXPECT_TRUE(PackedSample::read(packed)->maps_are_whole());
  std::copy_n(packed.begin() + 32, 4, of_other.begin() + 32);  // what the head says of the labels
  ASSERT_TRUE(PackedSample::read(of_other));
  EXPECT_FALSE(PackedSample::read(of_other)->maps_are_whole());
  EXPECT_FALSE(is_whole_sample(of_other, crc32c({reinterpret_cast<const char*>(of_other.data()), of_other.size()})));
}

TEST(PackedSample, RefusesEveryShorterPiece) {
  const FakeDataset dataset({.height = 130, .width = 7});
  const Sample sample = sample_of(dataset);
  const LabelMap distances = some_distances(sample.label);
  Bytes packed;
  pack_sample(sample.image, sample.label, packed, KeptDistances{.map = distances, .ignored = 255});
  for (std::size_t size = 0; size < packed.size(); ++size)
    ASSERT_FALSE(PackedSample::read(std::span(packed).first(size))) << size;
  packed.push_back(std::byte{0});
  EXPECT_FALSE(PackedSample::read(packed));
}

// Every byte of the head and of the table of bands, and of the labels: read() refuses, or all that it gives lies inside
// (which AddressSanitizer sees).
TEST(PackedSample, DamageNeverReachesBeyondTheBytes) {
  const FakeDataset dataset({.height = 130, .width = 7});
  const Sample sample = sample_of(dataset);
  const LabelMap distances = some_distances(sample.label);
  Bytes whole_bytes;
  pack_sample(sample.image, sample.label, whole_bytes, KeptDistances{.map = distances, .ignored = 255});
  std::int64_t refused = 0;
  for (std::size_t at = 0; at < whole_bytes.size(); ++at) {
    if (at == 64) at = 64 + 130 * 7 * 3 / 8 * 8;  // pixels may be anything
    for (const int flip : {1, 0x80, 0xff}) {
      Bytes packed = whole_bytes;
      packed[at] ^= static_cast<std::byte>(flip);
      const auto read = PackedSample::read(packed);
      if (!read) {
        ++refused;
        continue;
      }
      (void)read->maps_are_whole();
      const ImageView image = read->image();
      std::uint64_t sum = 0;
      for (std::int64_t y = 0; y < image.height() && read->layout().type == PixelType::u8; ++y)
        for (const std::uint8_t value : image.row<std::uint8_t>(y)) sum += value;
      ASSERT_GE(sum, 0U);
    }
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace seg
