// SPDX-License-Identifier: Apache-2.0
#include "training/label_check.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>

#include "base/error.h"
#include "base/signals.h"
#include "tests/dataset/counted_dataset.h"
#include "tests/dataset/image_folder.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/child_process.h"

namespace seg {
namespace {

using testing::FakeDataset;

class LabelCheck : public ::testing::Test {
 protected:
  ~LabelCheck() override { std::fclose(text_); }

  std::FILE* text_ = std::tmpfile();
  Console console_{{.stream = text_}};
};

TEST_F(LabelCheck, LabelsWithinTheirClassesPass) {
  const FakeDataset data({.size = 3});
  std::vector<ClassCount> classes;
  EXPECT_TRUE(check_labels({{.dataset = data, .classes = &classes}}, 20, console_));
  EXPECT_EQ(classes.size(), 20U);
}

TEST_F(LabelCheck, ProblemsOfAllDataSetsAreToldAtOnce) {
  const FakeDataset good({.size = 3}), one({.size = 3, .bad = {1}}), other({.size = 3, .bad = {2}});
  try {
    check_labels({{good}, {one}, {other}}, 20, console_);
    ADD_FAILURE();
  } catch (const UserError& error) {
    ASSERT_EQ(error.problems().size(), 2U);
    EXPECT_NE(error.problems()[0].where.find("image_1"), std::string::npos);
    EXPECT_NE(error.problems()[1].where.find("image_2"), std::string::npos);
  }
}

TEST_F(LabelCheck, FilesThatTrainingMaySkipDoNotStopIt) {
  const FakeDataset data({.size = 4, .bad = {1, 2}});
  EXPECT_NO_THROW(check_labels({{.dataset = data, .may_skip = 2}}, 20, console_));
  EXPECT_THROW(check_labels({{.dataset = data, .may_skip = 1}}, 20, console_), UserError);
}

TEST_F(LabelCheck, ALabelBeyondTheClassesIsAProblem) {
  const FakeDataset data({.size = 3});
  EXPECT_THROW(check_labels({{data}}, 10, console_), UserError);
}

TEST_F(LabelCheck, WarningsAreLinesWithWhatToTry) {
  tell_warnings({{.where = "val.txt, line 2", .what = "is there twice", .remedy = "keep one"}}, console_);
  std::rewind(text_);
  char line[100] = {};
  ASSERT_NE(std::fgets(line, sizeof line, text_), nullptr);
  EXPECT_STREQ(line, "warning: val.txt, line 2: is there twice. Try: keep one\n");
}

TEST_F(LabelCheck, WhatARecordKnowsIsNotLookedAtAgain) {
  const testing::ImageFolder folder;
  folder.write_image("image.png", {4, 6, 3, PixelType::u8});
  folder.write_label("label.png", 4, 6);
  folder.write("train.txt", "image.png,label.png\n");
  Config config;
  config.dataset.im_root = folder.text();
  config.dataset.train_im_anns = "train.txt";
  config.loader.cache_dir = folder.text() + "/caches";
  const auto data = open_dataset(config.dataset, Split::train);
  for (const int decoded : {1, 0}) {
    const testing::CountedDataset counted(*data);
    KeptScan kept(config, counted, {}, console_);
    EXPECT_TRUE(check_labels({{.dataset = counted, .kept = &kept}}, 20, console_));
    EXPECT_EQ(counted.decoded, decoded);
  }
}

TEST_F(LabelCheck, ARequestToStopEndsIt) {
  EXPECT_TRUE(testing::exited_with(testing::run_in_child([&] {
                                     const FakeDataset data({.size = 3});
                                     install_signal_handlers();
                                     raise(SIGTERM);
                                     return check_labels({{data}}, 20, console_) ? 1 : 0;
                                   }),
                                   0));
}

}  // namespace
}  // namespace seg
