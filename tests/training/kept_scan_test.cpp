// SPDX-License-Identifier: Apache-2.0
#include "training/kept_scan.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/dataset/image_folder.h"
#include "tests/support/child_process.h"
#include "tests/support/recording_log.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::ImageFolder;
using testing::RecordingLog;

class KeptScan : public ::testing::Test {
 protected:
  KeptScan() {
    fs::create_directory(folder_ / "data");
    folder_.write_image("data/image.png", {4, 6, 3, PixelType::u8});
    folder_.write_label("data/label.png", 4, 6);
    folder_.write("data/train.txt", "image.png,label.png\n");
    config_.dataset.im_root = folder_.text() + "/data";
    config_.dataset.train_im_anns = "train.txt";
    config_.loader.cache_dir = folder_.text() + "/cache";
    dataset_ = open_dataset(config_.dataset, Split::train);
  }

  std::unique_ptr<ScanRecord> open(const KeptScanOptions& options = {}) {
    return open_kept_scan(config_, *dataset_, options, log_);
  }
  // As a scan leaves it.
  void scan(const KeptScanOptions& options = {}) {
    const auto record = open(options);
    LabelFacts facts{.height = 4, .width = 6};
    facts.in_files[0] = facts.classes[0] = 24;
    record->keep(0, facts);
    keep_scan(record.get(), log_);
  }

  ImageFolder folder_;
  Config config_;
  std::unique_ptr<Dataset> dataset_;
  RecordingLog log_;
};

TEST_F(KeptScan, IsThereInTheNextStart) {
  EXPECT_FALSE(open()->labels(0));
  scan();
  EXPECT_TRUE(open()->labels(0));
  EXPECT_TRUE(fs::exists(open()->file()));
  EXPECT_TRUE(open()->file().string().starts_with(folder_.text() + "/cache/"));
  EXPECT_FALSE(open({.forgets = true})->labels(0));
  EXPECT_TRUE(log_.texts.empty());
}

TEST_F(KeptScan, LeavesTheDataAlone) {
  scan();
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "data"), fs::directory_iterator()), 3);
}

TEST_F(KeptScan, IsNotWrittenIfNotWanted) {
  scan({.is_written = false});
  EXPECT_FALSE(fs::exists(folder_ / "cache"));
}

TEST_F(KeptScan, IsOfOtherFactsUnderAnotherMap) {
  scan();
  config_.dataset.label_map = LabelTable{{0, 1}};
  EXPECT_FALSE(open()->labels(0));
}

TEST_F(KeptScan, IsGivenUpWithOneNoticeWhereNothingCanBeWritten) {
  folder_.write("cache", "a file in its place");
  scan();
  scan();
  ASSERT_EQ(log_.texts.size(), 1u);
  EXPECT_NE(log_.texts[0].find("not kept for the next start"), std::string::npos) << log_.texts[0];
}

TEST_F(KeptScan, IsGivenUpWithOneNoticeWhereThereIsNoHome) {
  EXPECT_TRUE(testing::exited_with(testing::run_in_child([&] {
                                     for (const char* name : {"XDG_CACHE_HOME", "HOME"}) unsetenv(name);
                                     config_.loader.cache_dir.reset();
                                     const bool is_nothing = open() == nullptr && open() == nullptr;
                                     keep_scan(nullptr, log_);
                                     return is_nothing && log_.texts.size() == 1 ? 0 : 1;
                                   }),
                                   0));
}

TEST_F(KeptScan, IsNothingForDrawnImages) {
  config_.dataset.dataset = "Synthetic";
  dataset_ = open_dataset(config_.dataset, Split::train);
  EXPECT_EQ(open(), nullptr);
}

}  // namespace
}  // namespace seg
