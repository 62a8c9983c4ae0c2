// SPDX-License-Identifier: Apache-2.0
#include "loader/loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "config/dataset.h"
#include "tests/dataset/image_folder.h"
#include "tests/image/jpeg_maker.h"
#include "tests/loader/counted_allocations.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/recording_log.h"

namespace seg {
namespace {

using testing::FakeDataset;
using testing::FakeDatasetOptions;
using testing::RecordingLog;

LoaderOptions options_for(std::int64_t samples, int num_workers) {
  LoaderOptions options;
  options.seed = 4;
  options.augmentation = {.crop_height = 32,
                          .crop_width = 40,
                          .scale_low = 0.5,
                          .scale_high = 2,
                          .flip = 0.5,
                          .brightness = 0.4,
                          .contrast = 0.4,
                          .saturation = 0.4};
  options.share = share_of(samples, 0, 1);
  options.num_workers = num_workers;
  return options;
}

// Everything a batch says, as bytes.
std::string bytes_of(const BatchView& batch) {
  std::string text;
  const auto append = [&](auto span) {
    const auto bytes = std::as_bytes(span);
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  for (std::int64_t i = 0; i < batch.count(); ++i) {
    const BatchView one = batch.view(i, 1);
    append(one.images());
    append(one.labels());
    append(one.valid_pixels());
    append(one.sample_numbers());
    append(one.dataset_indices());
  }
  return text;
}

std::vector<std::string> steps_of(Loader& loader, std::int64_t first, std::int64_t count) {
  std::vector<std::string> steps;
  loader.start(first);
  for (std::int64_t step = first; step < first + count; ++step) {
    const HostBatch batch = loader.next();
    EXPECT_EQ(batch.step(), step);
    steps.push_back(bytes_of(batch));
  }
  return steps;
}

std::vector<std::string> steps_of(const FakeDataset& dataset, const LoaderOptions& options, std::int64_t first,
                                  std::int64_t count) {
  Loader loader(dataset, options, host_memory(), silent_log());
  return steps_of(loader, first, count);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += part;
  return all;
}

class LoaderWithWorkers : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Workers, LoaderWithWorkers, ::testing::Values(0, 1, 3, 8));

TEST_P(LoaderWithWorkers, SameBytesForAnyNumberOfWorkersAndSlots) {
  const FakeDataset slow({.is_slow = true});
  const std::vector<std::string> expected = steps_of(FakeDataset(), options_for(6, 0), 1, 10);
  EXPECT_NE(expected[0], expected[1]);
  for (const int slots : {1, 2, 4}) {
    LoaderOptions options = options_for(6, GetParam());
    options.slots = slots;
    EXPECT_EQ(steps_of(slow, options, 1, 10), expected) << slots;
  }
}

TEST_P(LoaderWithWorkers, SameBytesAfterAnyStart) {
  const FakeDataset dataset;
  const std::vector<std::string> expected = steps_of(dataset, options_for(5, 0), 1, 12);
  Loader loader(dataset, options_for(5, GetParam()), host_memory(), silent_log());
  for (const std::int64_t first : {3, 1, 12, 7, 7}) {
    const std::vector<std::string> rest(expected.begin() + (first - 1), expected.end());
    EXPECT_EQ(steps_of(loader, first, 13 - first), rest);
  }
  EXPECT_EQ(steps_of(dataset, options_for(5, GetParam()), 1'000'000'007, 2),
            steps_of(dataset, options_for(5, 0), 1'000'000'007, 2));
}

// 12 samples a step as 1, 2, 3, 4, 6 or 12 processes, each cut into micro-batches.
TEST_P(LoaderWithWorkers, SameBytesForAnySplitIntoProcessesAndMicroBatches) {
  const FakeDataset dataset;
  const std::vector<std::string> expected = steps_of(dataset, options_for(12, 0), 2, 3);
  for (const std::int64_t processes : {1, 2, 3, 4, 6, 12}) {
    std::vector<std::vector<std::string>> shares(3);
    for (std::int64_t rank = 0; rank < processes; ++rank) {
      LoaderOptions options = options_for(12, GetParam());
      options.share = share_of(12, rank, processes);
      Loader loader(dataset, options, host_memory(), silent_log());
      loader.start(2);
      for (std::vector<std::string>& step : shares) {
        const HostBatch batch = loader.next();
        const std::int64_t micro = std::max<std::int64_t>(1, batch.count() / 3);
        for (std::int64_t i = 0; i < batch.count(); i += micro) {
          step.push_back(bytes_of(batch.view(i, std::min(micro, batch.count() - i))));
        }
      }
    }
    for (std::size_t step = 0; step < 3; ++step) EXPECT_EQ(joined(shares[step]), expected[step]) << processes;
  }
}

TEST_P(LoaderWithWorkers, BatchSaysWhatItHolds) {
  const FakeDataset dataset;
  Loader loader(dataset, options_for(5, GetParam()), host_memory(), silent_log());
  Sampler sampler(4, dataset.size());
  loader.start(3);
  const HostBatch batch = loader.next();
  EXPECT_EQ(batch.step(), 3);
  EXPECT_EQ(batch.layout(), (ImageLayout{.height = 32, .width = 40, .channels = 3, .type = PixelType::u8}));
  ASSERT_EQ(batch.count(), 5);
  EXPECT_EQ(batch.images().size(), 5u * 32 * 40 * 3);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(batch.images().data()) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(batch.labels().data()) % 64, 0u);
  for (std::int64_t i = 0; i < 5; ++i) {
    const auto at = static_cast<std::size_t>(i);
    EXPECT_EQ(batch.sample_numbers()[at], 10u + at);
    EXPECT_EQ(batch.dataset_indices()[at], sampler.image_of(10 + at));
    const auto label = batch.label(i);
    EXPECT_EQ(batch.valid_pixels()[at],
              label.size() - static_cast<std::size_t>(std::count(label.begin(), label.end(), 255)));
  }
}

TEST_P(LoaderWithWorkers, BadFileIsNamedAtTheStepThatNeedsIt) {
  const FakeDataset dataset({.size = 50, .bad = {17}, .is_slow = true});
  Sampler sampler(4, 50);
  std::int64_t bad_step = 1;
  for (std::uint64_t k = 0; sampler.image_of(k) != 17; ++k) bad_step = static_cast<std::int64_t>(k + 1) / 4 + 1;
  Loader loader(dataset, options_for(4, GetParam()), host_memory(), silent_log());
  for (int life = 0; life < 2; ++life) {
    loader.start(1);
    for (std::int64_t step = 1; step < bad_step; ++step) ASSERT_EQ(loader.next().step(), step);
    try {
      (void)loader.next();
      FAIL() << "no error";
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems().at(0).where, "image_17.png");
    }
    EXPECT_THROW((void)loader.next(), UserError);
  }
  loader.start(bad_step + 1);
  EXPECT_EQ(loader.next().step(), bad_step + 1);
}

TEST_P(LoaderWithWorkers, BugsAreNeverSkipped) {
  LoaderOptions options = options_for(4, GetParam());
  options.on_bad_sample = OnBadSample::skip;
  const FakeDataset dataset({.size = 4, .broken = {2}});
  Loader loader(dataset, options, host_memory(), silent_log());
  loader.start(1);
  EXPECT_THROW((void)loader.next(), std::runtime_error);
}

TEST_P(LoaderWithWorkers, SkippedFilesAreReplacedCountedAndTold) {
  const FakeDataset dataset({.size = 20, .bad = {3, 4, 5}, .is_slow = true});
  LoaderOptions options = options_for(10, GetParam());
  options.on_bad_sample = OnBadSample::skip;
  RecordingLog log;
  Loader loader(dataset, options, host_memory(), log);
  const std::vector<std::string> bytes = steps_of(loader, 1, 4);  // two epochs
  EXPECT_GE(loader.statistics().bad_samples, 6);
  EXPECT_EQ(std::set<std::string>(log.texts.begin(), log.texts.end()).size(), 3u);
  EXPECT_EQ(log.texts.size(), 3u);
  EXPECT_NE(log.texts.at(0).find("image_"), std::string::npos);

  LoaderOptions alone = options;
  alone.num_workers = 0;
  RecordingLog log_alone;
  Loader loader_alone(dataset, alone, host_memory(), log_alone);
  EXPECT_EQ(steps_of(loader_alone, 1, 4), bytes);
  EXPECT_EQ(log_alone.texts, log.texts);
  EXPECT_EQ(loader_alone.statistics().bad_samples, loader.statistics().bad_samples);
}

TEST_P(LoaderWithWorkers, TooManySkippedFilesEndTheRunAtTheSameStep) {
  FakeDatasetOptions half{.size = 20};
  for (std::size_t i = 0; i < 20; i += 2) half.bad.insert(i);
  const FakeDataset dataset(half);
  const auto fails_at = [&](int num_workers) {
    LoaderOptions options = options_for(4, num_workers);
    options.on_bad_sample = OnBadSample::skip;
    options.max_bad_samples = 12;
    Loader loader(dataset, options, host_memory(), silent_log());
    loader.start(1);
    for (std::int64_t step = 1; step < 100; ++step) {
      try {
        (void)loader.next();
      } catch (const UserError& error) {
        EXPECT_EQ(error.problems().at(0).where, "max_bad_samples");
        EXPECT_NE(error.problems().at(0).what.find("image_"), std::string::npos);
        EXPECT_THROW((void)loader.next(), UserError);
        return step;
      }
    }
    return std::int64_t{0};
  };
  EXPECT_GT(fails_at(0), 1);
  EXPECT_EQ(fails_at(GetParam()), fails_at(0));
}

TEST_P(LoaderWithWorkers, NothingButBadFilesIsAnErrorNotALoop) {
  LoaderOptions options = options_for(2, GetParam());
  options.on_bad_sample = OnBadSample::skip;
  options.max_bad_samples = 5;
  const FakeDataset dataset({.size = 2, .bad = {0, 1}});
  Loader loader(dataset, options, host_memory(), silent_log());
  loader.start(1);
  EXPECT_THROW((void)loader.next(), UserError);
}

// A worker allocates for the first file of each format that it meets, and meets it when the machine lets it work: what
// is allocated for every sample would be seen in every stretch of steps, the rest in a few.
bool comes_to_allocate_nothing(Loader& loader) {
  constexpr int kMostStretches = 10;
  constexpr int kSteps = 80;
  for (int stretch = 0; stretch < kMostStretches; ++stretch) {
    const std::int64_t before = testing::allocations();
    for (int i = 0; i < kSteps; ++i) (void)loader.next();
    if (testing::allocations() == before) return true;
  }
  return false;
}

TEST_P(LoaderWithWorkers, AllocatesNothingPerSample) {
  const FakeDataset dataset({.size = 100'000, .sizes_differ = false});
  Loader loader(dataset, options_for(8, GetParam()), host_memory(), silent_log());
  loader.start(1);
  EXPECT_TRUE(comes_to_allocate_nothing(loader));
}

// A file of each usual format over and over, so that a run stays within an epoch, whose order is allocated.
class PhotoFolder : public testing::ImageFolder {
 public:
  PhotoFolder() {
    const Image photo = testing::noise_image(50, 70, 3);
    write_png(*this / "photo_of_a_street_0.png", photo);
    write_jpeg("photo_of_a_street_1.jpg", testing::make_jpeg(photo, {.across = 2, .down = 2}));
    write_jpeg("photo_of_a_street_2.jpg",
               testing::make_jpeg(testing::noise_image(70, 50, 3), {.exif = testing::exif_text(6, true)}));
    write_label("labels_of_the_street.png", 50, 70, 3);
    std::string list;
    for (int i = 0; i < 6000; ++i)
      list +=
          "photo_of_a_street_" + std::to_string(i % 3) + (i % 3 == 0 ? ".png" : ".jpg") + ",labels_of_the_street.png\n";
    write("train.txt", list);
  }

  std::unique_ptr<Dataset> open() const {
    DatasetConfig config;
    config.im_root = text();
    config.train_im_anns = text() + "/train.txt";
    return open_dataset(config, Split::train);
  }

 private:
  void write_jpeg(const std::string& name, const Bytes& file) const {
    write(name, {reinterpret_cast<const char*>(file.data()), file.size()});
  }
};

TEST_P(LoaderWithWorkers, AllocatesNothingPerSampleOfFiles) {
  const PhotoFolder folder;
  const auto dataset = folder.open();
  Loader loader(*dataset, options_for(6, GetParam()), host_memory(), silent_log());
  loader.start(1);
  EXPECT_TRUE(comes_to_allocate_nothing(loader));
}

// Two steps an epoch, and room for seven: with nobody asking, workers go on into the second epoch and the fourth.
TEST_P(LoaderWithWorkers, WorkAheadDoesNotStopWhereEpochsMeet) {
  if (GetParam() == 0) return;  // nobody works ahead
  const FakeDataset dataset({.size = 10});
  LoaderOptions options = options_for(5, GetParam());
  options.slots = 7;
  Loader loader(dataset, options, host_memory(), silent_log());
  loader.start(1);
  const auto is_made = [&](std::int64_t samples) {
    constexpr int kMostWaits = 10'000;  // of a millisecond, lest a stop here should hang
    for (int i = 0; i < kMostWaits && loader.statistics().samples < samples; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return loader.statistics().samples == samples;
  };
  EXPECT_TRUE(is_made(7 * 5));
  EXPECT_EQ(loader.next().step(), 1);  // a slot is free, whose step is in the epoch after the next
  EXPECT_TRUE(is_made(8 * 5));
}

TEST(Loader, AnnouncesSamplesSomeTimeBeforeTheyAreRead) {
  std::vector<std::size_t> announced;
  const FakeDataset dataset({.size = 100, .announced = &announced});
  Loader loader(dataset, options_for(4, 0), host_memory(), silent_log());
  const auto expect_announced = [&](std::uint64_t first, std::uint64_t end) {
    Sampler sampler(options_for(4, 0).seed, 100);
    std::vector<std::size_t> expected;
    for (std::uint64_t sample = first; sample < end; ++sample) expected.push_back(sampler.image_of(sample));
    EXPECT_EQ(announced, expected);
    announced.clear();
  };
  loader.start(1);
  (void)loader.next();
  expect_announced(1, 4 + 16);
  (void)loader.next();
  expect_announced(4 + 16, 8 + 16);
  loader.start(10);
  (void)loader.next();
  expect_announced(37, 40 + 16);

  const FakeDataset small({.size = 3, .announced = &announced});
  Loader other(small, options_for(2, 0), host_memory(), silent_log());
  other.start(1);
  (void)other.next();
  EXPECT_EQ(announced.size(), 4U);  // three and, at the second sample, one more
}

TEST_P(LoaderWithWorkers, CountsWhatItDid) {
  const FakeDataset dataset({.is_slow = true});
  LoaderOptions options = options_for(4, GetParam());
  Loader loader(dataset, options, host_memory(), silent_log());
  loader.start(1);
  for (int i = 0; i < 5; ++i) (void)loader.next();
  const LoaderStatistics statistics = loader.statistics();
  EXPECT_GE(statistics.samples, 20);
  EXPECT_LE(statistics.samples, 20 + 3 * 4);
  EXPECT_GE(statistics.bytes_read, 20 * 110);
  EXPECT_EQ(statistics.worker_seconds.size(), static_cast<std::size_t>(std::max(GetParam(), 1)));
  EXPECT_GT(statistics.milliseconds_per_image(LoaderStage::read), 0.2);
  EXPECT_GT(statistics.milliseconds_per_image(LoaderStage::jitter), 0);
  EXPECT_EQ(statistics.asked_steps, 5);
  EXPECT_LE(statistics.ready_steps, 5 * options.slots);
}

TEST_P(LoaderWithWorkers, BatchMayOutliveTheLoader) {
  const FakeDataset dataset;
  HostBatch batch;
  {
    Loader loader(dataset, options_for(3, GetParam()), host_memory(), silent_log());
    loader.start(1);
    batch = loader.next();
  }
  EXPECT_EQ(bytes_of(batch), steps_of(dataset, options_for(3, 0), 1, 1).front());
}

TEST_P(LoaderWithWorkers, EndsAtAnyTime) {
  const FakeDataset dataset({.bad = {5}, .is_slow = true});
  Random random(1, RandomStream::synthetic, 0);
  for (int i = 0; i < 40; ++i) {
    Loader loader(dataset, options_for(3, GetParam()), host_memory(), silent_log());
    if (i % 4 == 0) continue;
    loader.start(1 + i);
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(3000)));
    try {
      for (std::uint64_t step = random.below(4); step > 0; --step) (void)loader.next();
    } catch (const UserError&) {
    }
  }
}

TEST(Loader, MemoryIsStatedBeforeTheStart) {
  const FakeDataset dataset({.channels = 2, .type = PixelType::u16});
  const LoaderOptions options = options_for(3, 1);
  const std::int64_t stated = Loader::memory_bytes(options, dataset.traits());
  EXPECT_EQ(stated, 3 * (3 * 32 * 40 * 2 * 2 + 3 * 32 * 40));
  EXPECT_EQ(Loader(dataset, options, host_memory(), silent_log()).memory_bytes(), stated);
}

TEST(Loader, MemoryHasRoomForDistancesAndPoints) {
  const FakeDataset dataset({.channels = 2, .type = PixelType::u16});
  LoaderOptions options = options_for(3, 1);
  const std::int64_t without = Loader::memory_bytes(options, dataset.traits());
  options.distances.in_batch = true;
  options.points.count = 64;
  EXPECT_EQ(Loader::memory_bytes(options, dataset.traits()), without + 3 * (3 * 32 * 40 + 3 * 64 * 2 * 4));
}

TEST_P(LoaderWithWorkers, SameDistancesAndPointsForAnyNumberOfWorkers) {
  const auto bytes_with = [](const FakeDataset& dataset, int workers) {
    LoaderOptions options = options_for(6, workers);
    options.distances.in_batch = true;
    options.points.count = 20;
    Loader loader(dataset, options, host_memory(), silent_log());
    loader.start(3);
    std::pair<std::vector<std::uint8_t>, std::vector<float>> all;
    for (int i = 0; i < 4; ++i) {
      const HostBatch batch = loader.next();
      EXPECT_EQ(batch.points_per_sample(), 20);
      all.first.insert(all.first.end(), batch.distances().begin(), batch.distances().end());
      all.second.insert(all.second.end(), batch.points().begin(), batch.points().end());
    }
    EXPECT_EQ(all.first.size(), 4U * 6 * 32 * 40);
    return all;
  };
  EXPECT_EQ(bytes_with(FakeDataset({.is_slow = true}), GetParam()), bytes_with(FakeDataset(), 0));
}

TEST(Loader, NextBeforeStartIsAMistakeOfTheCaller) {
  const FakeDataset dataset;
  Loader loader(dataset, options_for(3, 2), host_memory(), silent_log());
  EXPECT_THROW((void)loader.next(), std::logic_error);
  EXPECT_THROW(loader.start(0), std::logic_error);
}

}  // namespace
}  // namespace seg
