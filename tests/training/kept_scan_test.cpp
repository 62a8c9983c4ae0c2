// SPDX-License-Identifier: Apache-2.0
#include "training/kept_scan.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "tests/dataset/image_folder.h"
#include "tests/support/child_process.h"
#include "tests/support/recording_log.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::ImageFolder;
using testing::RecordingLog;

class KeptScanTest : public ::testing::Test {
 protected:
  KeptScanTest() {
    fs::create_directory(folder_ / "data");
    folder_.write_image("data/image.png", {4, 6, 3, PixelType::u8});
    folder_.write_label("data/label.png", 4, 6);
    folder_.write("data/train.txt", "image.png,label.png\n");
    config_.dataset.im_root = folder_.text() + "/data";
    config_.dataset.train_im_anns = "train.txt";
    config_.loader.cache_dir = folder_.text() + "/cache";
    dataset_ = open_dataset(config_.dataset, Split::train);
  }

  KeptScan open(const KeptScanOptions& options = {}) { return {config_, *dataset_, options, log_}; }
  static void find(KeptScan& kept) {
    LabelFacts facts{.height = 4, .width = 6};
    facts.in_files[0] = facts.classes[0] = 24;
    kept.record()->keep(0, facts);
  }
  // As a scan leaves it.
  void scan(const KeptScanOptions& options = {}) {
    KeptScan kept = open(options);
    find(kept);
    kept.save();
  }
  bool is_known(const KeptScanOptions& options = {}) { return open(options).record()->labels(0).has_value(); }
  std::string file() { return open().record()->file().string(); }

  ImageFolder folder_;
  Config config_;
  std::unique_ptr<Dataset> dataset_;
  RecordingLog log_;
};

TEST_F(KeptScanTest, IsThereInTheNextStart) {
  EXPECT_FALSE(is_known());
  scan();
  EXPECT_TRUE(is_known());
  EXPECT_TRUE(fs::exists(file()));
  EXPECT_TRUE(file().starts_with(folder_.text() + "/cache/"));
  EXPECT_FALSE(is_known({.forgets = true}));
  EXPECT_TRUE(log_.texts.empty());
}

TEST_F(KeptScanTest, IsSavedNowAndThenWhileTheScanGoesOn) {
  const double start = seconds_now();
  KeptScan kept = open();
  find(kept);
  kept.save_now_and_then(start + 0.5);
  EXPECT_FALSE(fs::exists(file()));
  kept.save_now_and_then(start + 1.5);
  EXPECT_TRUE(is_known());

  // Later pauses are longer, up to a minute: each time more would be written.
  std::vector<double> saves;
  for (double now = start + 1.5; now < start + 400; now += 0.25) {
    fs::remove(file());
    find(kept);
    kept.save_now_and_then(now);
    if (fs::exists(file())) saves.push_back(now - start);
  }
  ASSERT_EQ(saves.size(), 10U);
  EXPECT_DOUBLE_EQ(saves[0], 3.5);
  EXPECT_DOUBLE_EQ(saves[1], 7.5);
  EXPECT_DOUBLE_EQ(saves[9] - saves[8], 60);
}

TEST_F(KeptScanTest, LeavesTheDataAlone) {
  scan();
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "data"), fs::directory_iterator()), 3);
}

TEST_F(KeptScanTest, IsNotWrittenIfNotWanted) {
  scan({.is_written = false});
  EXPECT_FALSE(fs::exists(folder_ / "cache"));
}

TEST_F(KeptScanTest, IsOfOtherFactsUnderAnotherMap) {
  scan();
  config_.dataset.label_map = LabelTable{{0, 1}};
  EXPECT_FALSE(is_known());
}

TEST_F(KeptScanTest, IsGivenUpWithOneNoticeWhereNothingCanBeWritten) {
  folder_.write("cache", "a file in its place");
  scan();
  scan();
  ASSERT_EQ(log_.texts.size(), 1u);
  EXPECT_NE(log_.texts[0].find("not kept for the next start: " + folder_.text() + "/cache/CustomerDataset-"),
            std::string::npos)
      << log_.texts[0];
  EXPECT_NE(log_.texts[0].find(". Try: move what is in its place"), std::string::npos) << log_.texts[0];
}

TEST_F(KeptScanTest, IsGivenUpWithOneNoticeWhereThereIsNoHome) {
  EXPECT_TRUE(testing::exited_with(testing::run_in_child([&] {
                                     for (const char* name : {"XDG_CACHE_HOME", "HOME"}) unsetenv(name);
                                     config_.loader.cache_dir.reset();
                                     KeptScan first = open(), second = open();
                                     first.save();
                                     const bool is_nothing = first.record() == nullptr && second.record() == nullptr;
                                     return is_nothing && log_.texts.size() == 1 ? 0 : 1;
                                   }),
                                   0));
}

TEST_F(KeptScanTest, IsNothingForDrawnImages) {
  config_.dataset.dataset = "Synthetic";
  dataset_ = open_dataset(config_.dataset, Split::train);
  EXPECT_EQ(open().record(), nullptr);
}

}  // namespace
}  // namespace seg
