// SPDX-License-Identifier: Apache-2.0
#include "dataset/scan_record.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>

#include "base/error.h"
#include "config/dataset.h"
#include "dataset/split_check.h"
#include "tests/dataset/counted_dataset.h"
#include "tests/dataset/image_folder.h"
#include "tests/support/child_process.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::CountedDataset;
using testing::ImageFolder;

constexpr std::size_t kSamples = 20;

class ScanRecords : public ::testing::Test {
 protected:
  ScanRecords() {
    for (const char* name : {"images", "labels"}) fs::create_directory(folder_ / name);
    std::string list;
    for (std::size_t i = 0; i < kSamples; ++i) {
      const std::string number = std::to_string(i);
      folder_.write_image("images/" + number + ".png", {4 + static_cast<std::int64_t>(i), 6, 3, PixelType::u8},
                          static_cast<int>(9 * i));
      folder_.write_label("labels/" + number + ".png", 4 + static_cast<std::int64_t>(i), 6, static_cast<int>(i % 3));
      list += "images/" + number + ".png,labels/" + number + ".png\n";
    }
    folder_.write("train.txt", list);
    config_.im_root = folder_.text();
    config_.train_im_anns = "train.txt";
    config_.label_map = LabelTable{{0, 1}, {1, 0}, {2, 2}};
  }

  // As a program of its own does it.
  struct Checked {
    SplitCheck check;
    int fetched = 0, decoded = 0;
  };
  Checked check(const ScanRecordOptions& options = {}, std::int64_t num_classes = 3) const {
    const auto dataset = open_dataset(config_, Split::train);
    const CountedDataset counted(*dataset);
    ScanRecord record(counted, file_, options);
    Checked result{.check = check_split(counted, {.num_classes = num_classes, .threads = 2, .record = &record})};
    record.save();
    result.decoded = counted.decoded;
    result.fetched = counted.fetched;
    return result;
  }

  ImageFolder folder_;
  const fs::path file_ = folder_ / "cache" / "deep" / "record";
  DatasetConfig config_;
};

constexpr int kAll = 2 * kSamples;  // an image and a label each

TEST_F(ScanRecords, ASecondScanDecodesNothingAndSaysTheSame) {
  const Checked first = check(), second = check();
  EXPECT_EQ(first.decoded, kAll);
  EXPECT_EQ(first.check.labels.num_known, 0u);
  EXPECT_EQ(second.fetched, 0);
  EXPECT_EQ(second.decoded, 0);
  EXPECT_EQ(second.check.labels.num_known, kSamples);
  EXPECT_EQ(second.check.images.num_known, kSamples);
  EXPECT_EQ(second.check.images.fingerprints, first.check.images.fingerprints);
  EXPECT_EQ(second.check.images.mean, first.check.images.mean);
  EXPECT_EQ(second.check.images.deviation, first.check.images.deviation);
  ASSERT_EQ(second.check.labels.classes.size(), 3u);
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(second.check.labels.classes[k].pixels, first.check.labels.classes[k].pixels);
    EXPECT_EQ(second.check.labels.classes[k].images, first.check.labels.classes[k].images);
  }
  EXPECT_EQ(second.check.labels.smallest.height, 4);
  EXPECT_EQ(second.check.labels.largest.height, 4 + static_cast<std::int64_t>(kSamples) - 1);
  EXPECT_EQ(second.check.labels.largest.channels, 3);
  ASSERT_EQ(second.check.warnings.size(), first.check.warnings.size());
  for (std::size_t i = 0; i < first.check.warnings.size(); ++i)
    EXPECT_EQ(second.check.warnings[i].what, first.check.warnings[i].what);
}

TEST_F(ScanRecords, OnlyChangedSamplesAreScannedAgain) {
  check();
  folder_.write_label("labels/7.png", 11, 6, 2);
  const fs::path image = folder_ / "images" / "9.png";
  fs::last_write_time(image, fs::last_write_time(image) + std::chrono::seconds(1));
  const Checked again = check();
  EXPECT_EQ(again.decoded, 4);
  EXPECT_EQ(again.check.labels.num_known, kSamples - 2);
  EXPECT_EQ(check().decoded, 0);
}

TEST_F(ScanRecords, ALongerListScansWhatIsNew) {
  check();
  folder_.write_image("new.png", {4, 6, 3, PixelType::u8});
  folder_.write_label("new-label.png", 4, 6);
  folder_.write("train.txt", "new.png,new-label.png\nimages/3.png,labels/3.png\n");
  EXPECT_EQ(check().decoded, 2);
  EXPECT_EQ(check().decoded, 0);
}

TEST_F(ScanRecords, WhatIsForgottenIsScannedAgain) {
  check();
  EXPECT_EQ(check({.forgets = true}).decoded, kAll);
}

TEST_F(ScanRecords, WhatIsForgottenStaysInTheFileUntilItIsFoundAgain) {
  check();
  const auto dataset = open_dataset(config_, Split::train);
  ScanRecord record(*dataset, file_, {.forgets = true});
  EXPECT_FALSE(record.labels(1));
  LabelFacts facts{.height = 4, .width = 6};
  facts.in_files[2] = facts.classes[2] = 24;
  record.keep(0, facts);
  record.save();  // as a scan that was stopped
  const ScanRecord again(*dataset, file_, {});
  EXPECT_EQ(again.labels(0)->classes[2], 24);
  EXPECT_TRUE(again.labels(1));
  EXPECT_TRUE(again.image(0));
}

TEST_F(ScanRecords, OfTwoProcessesHoldsWhatEitherFound) {
  const auto dataset = open_dataset(config_, Split::train);
  ScanRecord one(*dataset, file_, {}), two(*dataset, file_, {});
  LabelFacts facts{.height = 4, .width = 6};
  facts.in_files[0] = facts.classes[0] = 24;
  one.keep(0, facts);
  one.save();
  two.keep(1, facts);
  two.save();
  const ScanRecord after(*dataset, file_, {});
  EXPECT_TRUE(after.labels(0));
  EXPECT_TRUE(after.labels(1));
}

TEST_F(ScanRecords, SamplesWithProblemsAreScannedEachTime) {
  folder_.write_label("labels/2.png", 6, 7);  // another size than its image
  folder_.write("images/4.png", "no image");
  const Checked first = check(), second = check();
  EXPECT_EQ(second.check.problems.size(), 2u);
  EXPECT_EQ(second.check.problems[0].what, first.check.problems[0].what);
  EXPECT_EQ(second.check.labels.num_known, kSamples - 2);
}

TEST_F(ScanRecords, ValuesOutOfRangeAreFoundAgainWithTheirPlace) {
  check();
  const Checked fewer = check({}, 2);  // of another config: the record says nothing of n_cats
  ASSERT_FALSE(fewer.check.problems.empty());
  EXPECT_NE(fewer.check.problems[0].what.find("the first at row 0, column 0"), std::string::npos);
  EXPECT_EQ(fewer.check.labels.num_known, kSamples - kSamples / 3);
  EXPECT_EQ(check().decoded, 0);
}

TEST_F(ScanRecords, ADamagedRecordIsNotBelieved) {
  const Checked first = check();
  const std::string whole = read_text(file_);
  for (std::size_t at = 0; at < whole.size(); at += 97) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    write_file(file_, damaged);
    const Checked again = check();
    ASSERT_GT(again.decoded, 0) << at;
    ASSERT_EQ(again.check.images.mean, first.check.images.mean);
    ASSERT_EQ(again.check.labels.classes[1].pixels, first.check.labels.classes[1].pixels);
    ASSERT_EQ(read_text(file_), whole);  // mended
  }
  write_file(file_, whole.substr(0, whole.size() / 2));
  EXPECT_GT(check().decoded, 0);
}

TEST_F(ScanRecords, SaveNothingUnlessThereIsNews) {
  const auto dataset = open_dataset(config_, Split::train);
  ScanRecord(*dataset, file_, {}).save();
  EXPECT_FALSE(fs::exists(file_));
  check({.is_written = false});
  EXPECT_FALSE(fs::exists(file_.parent_path()));
  check();
  fs::remove(file_);
  ScanRecord record(*dataset, file_, {});
  record.keep(0, LabelFacts{.height = 1, .width = 1});
  record.save();
  EXPECT_TRUE(fs::exists(file_));
  fs::remove(file_);
  record.save();
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(ScanRecords, AFolderThatCannotBeMadeIsAUserError) {
  folder_.write("cache", "a file in its place");
  EXPECT_THROW(check(), UserError);
}

TEST_F(ScanRecords, AFolderInTheRecordsPlaceIsNoRecord) {
  fs::create_directories(file_);
  const auto dataset = open_dataset(config_, Split::train);
  const ScanRecord record(*dataset, file_, {});
  EXPECT_FALSE(record.labels(0));
}

TEST_F(ScanRecords, OfAKilledWriterIsWholeAndItsRestIsCleared) {
  check();
  const std::string whole = read_text(file_);
  testing::run_in_child([&] {
    AtomicFile writer(file_);
    writer.write(std::string_view(whole).substr(0, 100));
    raise(SIGKILL);
    return 0;
  });
  EXPECT_EQ(read_text(file_), whole);
  folder_.write_label("labels/7.png", 11, 6, 2);
  EXPECT_EQ(check().decoded, 2);
  const auto files = std::distance(fs::directory_iterator(file_.parent_path()), fs::directory_iterator());
  EXPECT_EQ(files, 2);  // the record and its lock
}

TEST_F(ScanRecords, WaitForAnotherProcessAndForTheNextSave) {
  fs::create_directories(file_.parent_path());
  auto other = FileLock::try_lock(file_.parent_path() / "lock", nullptr);
  const auto dataset = open_dataset(config_, Split::train);
  ScanRecord record(*dataset, file_, {});
  record.keep(0, LabelFacts{.height = 1, .width = 1});
  record.save();
  EXPECT_FALSE(fs::exists(file_));
  other.reset();
  record.save();
  EXPECT_TRUE(fs::exists(file_));
}

TEST_F(ScanRecords, OfAListLieInAPlaceOfTheirOwn) {
  const auto path = [&](Split split) { return scan_record_path("cache", config_, split); };
  const fs::path place = path(Split::train);
  config_.val_im_anns = "val.txt";
  EXPECT_EQ(path(Split::train), place);
  EXPECT_NE(path(Split::validation), place);
  config_.val_im_anns = "train.txt";
  EXPECT_EQ(path(Split::validation), place);  // the same samples
  config_.im_root = "elsewhere";
  EXPECT_NE(path(Split::train), place);
}

}  // namespace
}  // namespace seg
