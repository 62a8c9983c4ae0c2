// SPDX-License-Identifier: Apache-2.0
#include "loader/disk_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/file.h"
#include "dataset/sample_reader.h"
#include "loader/reader_source.h"
#include "loader/sample_cache.h"
#include "tests/loader/counted_allocations.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::FakeDataset;
using testing::TemporaryFolder;

constexpr std::int64_t kPlenty = std::int64_t{1} << 40;

// Two files a sample, whose first byte is what the pixels are.
class FilesDataset final : public Dataset {
 public:
  explicit FilesDataset(fs::path folder) : folder_(std::move(folder)) {
    traits_.channels = 1;
    for (std::size_t i = 0; i < size(); ++i) {
      write_file(name(i), std::string(1, static_cast<char>('a' + i)));
      write_file(label_name(i), std::string(1, static_cast<char>(i)));
    }
  }
  std::size_t size() const noexcept override { return 4; }
  std::string name(std::size_t i) const override { return (folder_ / ("image" + std::to_string(i))).string(); }
  std::string label_name(std::size_t i) const override { return (folder_ / ("label" + std::to_string(i))).string(); }
  SampleFiles files(std::size_t i) const override { return {.images = {name(i)}, .label = label_name(i)}; }
  void fetch(std::size_t i, EncodedSample& encoded) const override {
    ++fetched;
    encoded.images.resize(1);
    disk().read(name(i), encoded.images[0]);
    disk().read(label_name(i), encoded.label);
    encoded.layout = {.height = 66, .width = 9, .channels = 1};
  }
  void fetch_label(std::size_t i, EncodedSample& encoded) const override { fetch(i, encoded); }
  void decode_image(std::size_t, const EncodedSample& encoded, const Window& window, Image& image) const override {
    image.resize({.height = window.height, .width = window.width, .channels = 1});
    std::ranges::fill(image.bytes(), encoded.images[0][0]);
  }
  void decode_label(std::size_t, const EncodedSample& encoded, const Window& window, LabelMap& label) const override {
    label.resize(window.height, window.width);
    std::ranges::fill(label.values(), static_cast<std::uint8_t>(encoded.label[0]));
  }

  mutable std::atomic<int> fetched = 0;

 private:
  fs::path folder_;
};

struct Pixels {
  std::uint8_t image = 0, label = 0;
  bool operator==(const Pixels&) const = default;
};

// As a run of its own reads it.
Pixels read(const FilesDataset& dataset, const fs::path& cache, std::size_t index) {
  CacheFile file({.folder = cache, .budget_bytes = kPlenty}, silent_log());
  DiskStore store(dataset, file);
  const ReaderSource cached(dataset, store);
  Sample sample;
  cached.reader()->read(index, sample);
  return {static_cast<std::uint8_t>(sample.image.bytes()[0]), sample.label.values()[0]};
}

TEST(DiskStore, ALaterRunReadsNoFiles) {
  const TemporaryFolder folder;
  const FilesDataset dataset(folder.path());
  for (std::size_t i = 0; i < 4; ++i) (void)read(dataset, folder / "cache", i);
  EXPECT_EQ(dataset.fetched, 4);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(read(dataset, folder / "cache", i),
              (Pixels{static_cast<std::uint8_t>('a' + i), static_cast<std::uint8_t>(i)}));
  EXPECT_EQ(dataset.fetched, 4);
}

TEST(DiskStore, AChangedFileIsReadAnew) {
  const TemporaryFolder folder;
  const FilesDataset dataset(folder.path());
  (void)read(dataset, folder / "cache", 1);
  write_file(dataset.name(1), "zz");  // another size
  EXPECT_EQ(read(dataset, folder / "cache", 1).image, 'z');
  const fs::file_time_type time = fs::last_write_time(dataset.label_name(1));
  write_file(dataset.label_name(1), "\x7");  // another time only
  fs::last_write_time(dataset.label_name(1), time + std::chrono::seconds(1));
  EXPECT_EQ(read(dataset, folder / "cache", 1), (Pixels{'z', 7}));
  EXPECT_EQ(dataset.fetched, 3);
  EXPECT_EQ(read(dataset, folder / "cache", 1), (Pixels{'z', 7}));
  EXPECT_EQ(dataset.fetched, 3);
}

TEST(DiskStore, AFileThatVanishedIsTheDataSetsError) {
  const TemporaryFolder folder;
  const FilesDataset dataset(folder.path());
  (void)read(dataset, folder / "cache", 1);
  fs::remove(dataset.name(1));
  EXPECT_ANY_THROW((void)read(dataset, folder / "cache", 1));
}

TEST(DiskStore, AllocatesNothingOnceEverythingIsKept) {
  const TemporaryFolder folder;
  const FakeDataset dataset;
  SampleCache cache({.tier = CacheTier::disk, .budget_bytes = kPlenty, .folder = folder / "cache"}, silent_log());
  const ReaderSource cached = cache.attach(dataset);
  EXPECT_EQ(read_all(cached, 2), 0);
  EXPECT_EQ(cache.content().kept, 7);
  const std::unique_ptr<SampleReader> reader = cached.reader();
  std::int64_t before = 0;
  for (int pass = 0; pass < 3; ++pass) {
    if (pass == 1) before = testing::allocations();
    for (std::size_t i = 0; i < 7; ++i) {
      const ImageLayout layout = reader->open(i);
      reader->reserve(10, 10);
      EXPECT_EQ(reader->image(whole(layout)).height(), layout.height);
      EXPECT_EQ(reader->label({3, 4, 10, 10}).row(2)[1], FakeDataset::label_at(i, 5, 5));
    }
  }
  EXPECT_EQ(testing::allocations(), before);
}

}  // namespace
}  // namespace seg
