// SPDX-License-Identifier: Apache-2.0
#include "loader/cached_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/random.h"
#include "dataset/sample_reader.h"
#include "loader/image_stream.h"
#include "loader/loader.h"
#include "loader/memory_store.h"
#include "tests/loader/counted_allocations.h"
#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;

constexpr std::int64_t kPlenty = std::numeric_limits<std::int64_t>::max() / 2;

// Delegates, counts decoded pixels, and may have images or labels whose last row is damaged.
class WatchedDataset final : public Dataset {
 public:
  WatchedDataset(const Dataset& dataset, std::set<std::size_t> torn = {}, std::set<std::size_t> torn_labels = {})
      : dataset_(dataset), torn_(std::move(torn)), torn_labels_(std::move(torn_labels)) {
    traits_ = dataset.traits();
  }
  std::size_t size() const noexcept override { return dataset_.size(); }
  std::string name(std::size_t i) const override { return dataset_.name(i); }
  std::string label_name(std::size_t i) const override { return dataset_.label_name(i); }
  void fetch(std::size_t i, EncodedSample& encoded) const override {
    ++fetched;
    dataset_.fetch(i, encoded);
    encoded.layout.height -= cut_rows;
  }
  void fetch_label(std::size_t i, EncodedSample& encoded) const override { dataset_.fetch_label(i, encoded); }
  void decode_image(std::size_t i, const EncodedSample& encoded, const Window& window, Image& image) const override {
    fail_if_torn(i, encoded, window);
    dataset_.decode_image(i, encoded, window, image);
  }
  void decode_label(std::size_t i, const EncodedSample& encoded, const Window& window, LabelMap& label) const override {
    if (torn_labels_.contains(i) && window.top + window.height == encoded.layout.height)
      fail(label_name(i), "the PNG is truncated", "copy it again");
    dataset_.decode_label(i, encoded, window, label);
  }

  mutable std::atomic<int> fetched = 0;
  std::int64_t cut_rows = 0;  // that the files lack which are fetched from now on

 private:
  void fail_if_torn(std::size_t i, const EncodedSample& encoded, const Window& window) const {
    if (torn_.contains(i) && window.top + window.height == encoded.layout.height)
      fail(name(i), "the PNG is truncated", "copy it again");
  }
  const Dataset& dataset_;
  const std::set<std::size_t> torn_, torn_labels_;
};

LoaderOptions options_with(int num_workers) {
  LoaderOptions options;
  options.seed = 5;
  options.augmentation = {.crop_height = 33, .crop_width = 47, .scale_low = 0.4, .scale_high = 2, .flip = 0.5};
  options.augmentation.brightness = 0.3;
  options.share = share_of(4, 0, 1);
  options.num_workers = num_workers;
  options.on_bad_sample = OnBadSample::skip;
  return options;
}

// Of `count` batches from a step on.
std::vector<std::uint64_t> hashes(const ReaderSource& source, const LoaderOptions& options, std::int64_t first,
                                  int count) {
  Loader loader(source, options, host_memory(), silent_log());
  loader.start(first);
  std::vector<std::uint64_t> result;
  for (int i = 0; i < count; ++i) {
    const HostBatch batch = loader.next();
    const auto labels = std::as_bytes(batch.labels());
    result.push_back(hash_of(reinterpret_cast<const char*>(batch.images().data()), batch.images().size()));
    result.push_back(hash_of(reinterpret_cast<const char*>(labels.data()), labels.size()));
  }
  return result;
}

class CachedReaderWithWorkers : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Workers, CachedReaderWithWorkers, ::testing::Values(0, 1, 3));

TEST_P(CachedReaderWithWorkers, GivesTheBytesOfTheFiles) {
  for (const PixelType type : {PixelType::u8, PixelType::u16}) {
    const FakeDataset dataset({.type = type});
    for (const std::int64_t budget : {kPlenty, std::int64_t{40000}, std::int64_t{0}}) {
      CacheBudget memory(budget);
      MemoryStore store(dataset.size(), memory);
      const ReaderSource cached(dataset, store);
      // Once while it fills, once from the middle when it is full.
      ASSERT_EQ(hashes(cached, options_with(GetParam()), 1, 6), hashes(dataset, options_with(0), 1, 6));
      ASSERT_EQ(hashes(cached, options_with(GetParam()), 4, 6), hashes(dataset, options_with(0), 4, 6));
      EXPECT_TRUE(memory.take(0));  // no more was taken than there was
    }
  }
}

TEST_P(CachedReaderWithWorkers, ReadsEachFileOnce) {
  const FakeDataset dataset;
  const WatchedDataset watched(dataset);
  CacheBudget memory(kPlenty);
  MemoryStore store(watched.size(), memory);
  const ReaderSource cached(watched, store);
  (void)hashes(cached, options_with(GetParam()), 1, 10);
  // A sample that one worker is at is read by another that wants it now.
  EXPECT_LE(watched.fetched, GetParam() <= 1 ? 7 : 20);
  const int before = watched.fetched;
  (void)hashes(cached, options_with(GetParam()), 20, 10);
  EXPECT_EQ(watched.fetched, before);
  EXPECT_EQ(store.content().kept, 7);
}

TEST_P(CachedReaderWithWorkers, BadFilesAreSkippedAsWithoutACache) {
  const FakeDataset dataset({.bad = {2}});
  const WatchedDataset watched(dataset, {4});
  CacheBudget memory(kPlenty);
  MemoryStore store(watched.size(), memory);
  const ReaderSource cached(watched, store);
  EXPECT_EQ(hashes(cached, options_with(GetParam()), 1, 12), hashes(watched, options_with(0), 1, 12));
  EXPECT_EQ(hashes(cached, options_with(GetParam()), 5, 12), hashes(watched, options_with(0), 5, 12));
  EXPECT_EQ(store.content().kept, 5);
}

// Crops that look for rare classes read the whole label before the place of the window is known.
TEST_P(CachedReaderWithWorkers, BadFilesAreSkippedAsWithoutACacheWhereLabelsPlaceCrops) {
  const FakeDataset dataset({.bad = {2}});
  const WatchedDataset watched(dataset, {4}, {5});
  LoaderOptions options = options_with(GetParam()), alone = options_with(0);
  options.augmentation.foreground_crops = alone.augmentation.foreground_crops = 0.5;
  options.augmentation.crop_max_class_share = alone.augmentation.crop_max_class_share = 0.6;
  CacheBudget memory(kPlenty);
  MemoryStore store(watched.size(), memory);
  const ReaderSource cached(watched, store);
  EXPECT_EQ(hashes(cached, options, 1, 12), hashes(watched, alone, 1, 12));
  EXPECT_EQ(hashes(cached, options, 5, 12), hashes(watched, alone, 5, 12));
  EXPECT_EQ(store.content().kept, 4);
}

TEST_P(CachedReaderWithWorkers, EvaluationReadsWholeSamplesThroughIt) {
  const FakeDataset dataset({.size = 20});
  const WatchedDataset watched(dataset);
  CacheBudget memory(kPlenty);
  MemoryStore store(watched.size(), memory);
  const ReaderSource cached(watched, store);
  const std::unique_ptr<SampleReader> files = dataset.reader();
  for (int pass = 0; pass < 2; ++pass) {
    ImageStream stream(cached, {.num_workers = GetParam()});
    for (std::size_t i = 0; i < 20; ++i) {
      const WholeImage image = stream.next().value();
      Sample expected;
      files->read(i, expected);
      ASSERT_TRUE(std::ranges::equal(image.image().bytes(), expected.image.bytes()));
      ASSERT_TRUE(std::ranges::equal(image.label().values(), expected.label.values()));
    }
  }
  EXPECT_EQ(watched.fetched, 20);
}

// Crops whose place depends on the labels ask for them first.
TEST(CachedReader, KeepsSamplesWhoseLabelIsAskedForFirst) {
  const FakeDataset dataset;
  CacheBudget memory(kPlenty);
  MemoryStore store(dataset.size(), memory);
  const ReaderSource cached(dataset, store);
  const std::unique_ptr<SampleReader> reader = cached.reader(), files = dataset.reader();
  const Window window{5, 6, 20, 30};
  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t i = 0; i < 7; ++i) {
      const ImageLayout layout = reader->open(i);
      files->open(i);
      reader->reserve(20, 30);
      reader->reserve_label(layout.height, layout.width);
      const LabelView all = reader->label(whole(layout));
      const ImageView image = reader->image(window), expected = files->image(window);
      const LabelView part = reader->label(window);
      for (std::int64_t y = 0; y < 20; ++y) {
        ASSERT_TRUE(std::ranges::equal(image.row<std::uint8_t>(y), expected.row<std::uint8_t>(y)));
        ASSERT_EQ(part.row(y)[3], FakeDataset::label_at(i, 5 + y, 9));
        ASSERT_EQ(all.row(y)[3], FakeDataset::label_at(i, y, 3));
      }
    }
    EXPECT_EQ(store.content().kept, 7);
  }
}

// Behind the pixels lies where the labels end.
void damage_kept_labels(const ImageView& image) {
  const auto pixel_bytes = static_cast<std::size_t>(image.layout().size_bytes());
  auto* behind = const_cast<std::uint8_t*>(image.row<std::uint8_t>(0).data()) + (pixel_bytes + 7) / 8 * 8;
  std::fill_n(behind, 8, std::uint8_t{0xff});
}

// What was found whole may be damaged later, by whoever writes into a mapped file.
TEST(CachedReader, ReadsTheFilesOfWhatHasBecomeDamaged) {
  const FakeDataset dataset;
  const WatchedDataset watched(dataset);
  CacheBudget memory(kPlenty);
  MemoryStore store(dataset.size(), memory);
  const ReaderSource cached(watched, store);
  const std::unique_ptr<SampleReader> reader = cached.reader();
  Sample expected, sample;
  reader->read(1, expected);
  const ImageLayout layout = reader->open(1);
  ASSERT_EQ(watched.fetched, 1);
  reader->reserve(layout.height, layout.width);
  const ImageView image = reader->image(whole(layout));
  damage_kept_labels(image);
  EXPECT_TRUE(std::ranges::equal(image.row<std::uint8_t>(7), ImageView(expected.image).row<std::uint8_t>(7)));
  const LabelView label = reader->label(whole(layout));
  for (std::int64_t y = 0; y < layout.height; ++y)
    ASSERT_TRUE(std::ranges::equal(label.row(y), LabelView(expected.label).row(y)));
  EXPECT_EQ(watched.fetched, 2);
  EXPECT_EQ(store.content().kept, 0);
  reader->read(1, sample);
  EXPECT_TRUE(std::ranges::equal(sample.label.values(), expected.label.values()));
  EXPECT_EQ(watched.fetched, 3);
}

// Then a window that was chosen for what was kept may lie outside of what is there now.
TEST(CachedReader, FilesOfAnotherSizeInThePlaceOfWhatHasBecomeDamagedAreAnError) {
  const FakeDataset dataset;
  WatchedDataset watched(dataset);
  CacheBudget memory(kPlenty);
  MemoryStore store(dataset.size(), memory);
  const std::unique_ptr<SampleReader> reader = ReaderSource(watched, store).reader();
  Sample sample;
  reader->read(1, sample);
  const ImageLayout layout = reader->open(1);
  reader->reserve(layout.height, layout.width);
  damage_kept_labels(reader->image(whole(layout)));
  watched.cut_rows = 3;
  try {
    (void)reader->label(whole(layout));
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().front().where, "image_1.png");
    EXPECT_NE(error.problems().front().what.find("has changed while it was used"), std::string::npos);
  }
  EXPECT_EQ(reader->open(1).height, layout.height - 3);  // and goes on with what is there
  EXPECT_EQ(reader->open(2).height, dataset.layout_of(2).height - 3);
}

TEST(CachedReader, AnnouncesOnlyWhatIsReadFromFiles) {
  std::vector<std::size_t> announced;
  const FakeDataset dataset({.announced = &announced});
  CacheBudget memory(kPlenty);
  MemoryStore store(dataset.size(), memory);
  const std::unique_ptr<SampleReader> reader = ReaderSource(dataset, store).reader();
  Sample sample;
  reader->read(2, sample);
  for (const std::size_t index : {1, 2, 3}) reader->announce(index);
  EXPECT_EQ(announced, (std::vector<std::size_t>{1, 3}));
}

TEST(CachedReader, AllocatesNothingOnceEverythingIsKept) {
  const FakeDataset dataset;
  CacheBudget memory(kPlenty);
  MemoryStore store(dataset.size(), memory);
  const ReaderSource cached(dataset, store);
  CropMaker maker(cached, options_with(0));
  std::vector<std::byte> image(33 * 47 * 3);
  std::vector<std::uint8_t> label(33 * 47);
  for (std::uint64_t sample = 0; sample < 14; ++sample)
    (void)maker.make(sample, sample % 7, {.image = image, .label = label});
  const std::int64_t before = testing::allocations();
  for (std::uint64_t sample = 14; sample < 60; ++sample)
    (void)maker.make(sample, sample % 7, {.image = image, .label = label});
  EXPECT_EQ(testing::allocations(), before);
}

}  // namespace
}  // namespace seg
