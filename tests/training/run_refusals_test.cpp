// SPDX-License-Identifier: Apache-2.0
// Runs that cannot start, or cannot go on: what is said of them, and what they leave.
#include <gtest/gtest.h>

#include <algorithm>

#include "image/png.h"
#include "tests/support/problem_of.h"
#include "tests/training/small_network.h"
#include "tests/training/tiny_run.h"
#include "training/run.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::contains;
using testing::TinyRun;
using testing::Words;

TEST(RefusedRun, MoreMemoryThanThereIsIsRefusedBeforeAnythingIsAllocated) {
  const Words keys = {"ims_per_gpu=4096", "cropsize=512x512", "on_oom=fail"};  // more than a terabyte
  const TinyRun run(keys);
  const std::vector<Problem> problems = run.refusal();
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems.front().where, "ims_per_gpu");
  EXPECT_TRUE(contains(problems.front().what, "4096 images of 512x512")) << problems.front().what;
  EXPECT_TRUE(contains(problems.front().remedy, "sanity_check=false")) << problems.front().remedy;
  EXPECT_FALSE(fs::exists(run.folder()));
}

// Two images and a list of them.
class FilesRun : public ::testing::Test {
 protected:
  FilesRun() {
    for (const char* name : {"a", "b"}) {
      write_png(files_ / (std::string(name) + ".png"), Image({32, 64, 3, PixelType::u8}));
      write_label(name, 0);
    }
    testing::replace_content(files_ / "list.txt", "a.png,a_label.png\nb.png,b_label.png\n");
  }
  void write_label(const std::string& name, std::uint8_t value) const {
    LabelMap label(32, 64);
    std::ranges::fill(label.values(), std::uint8_t{1});
    label.values()[100] = value;
    write_png(files_ / (name + "_label.png"), label);
  }
  // In the checksum of the last chunk of pixels, which nothing that looks at the head sees.
  void damage_pixels(const std::string& name) const {
    testing::flip_bit(files_ / name, static_cast<std::size_t>(fs::file_size(files_ / name)) - 14);
  }
  Words keys() const {
    return {"dataset=CustomerDataset", "n_cats=3", "im_root=" + files_.path().string(),
            "train_im_anns=" + (files_ / "list.txt").string(), "val_im_anns=" + (files_ / "list.txt").string()};
  }
  bool left_nothing(const TinyRun& run) const { return !fs::exists(run.folder()); }

  testing::TemporaryFolder files_;
};

TEST_F(FilesRun, ALabelOutOfRangeIsNamedBeforeTheFirstStepAndLeavesNothing) {
  write_label("b", 7);
  const TinyRun run(keys());
  const std::vector<Problem> problems = run.refusal();
  ASSERT_FALSE(problems.empty());
  EXPECT_TRUE(contains(problems.front().where, "b_label.png")) << problems.front().where;
  EXPECT_TRUE(contains(problems.front().what, "7")) << problems.front().what;
  EXPECT_TRUE(left_nothing(run));
}

TEST_F(FilesRun, WhatCannotStartLeavesAnOldRunWhereItIs) {
  const TinyRun run(keys());
  (void)run.train();
  write_label("b", 7);
  EXPECT_FALSE(run.refusal({}, Resume::never).empty());
  EXPECT_TRUE(fs::exists(run.final_weights()));
  EXPECT_FALSE(fs::exists(run.base() / "res.old-1"));
}

TEST_F(FilesRun, AMissingFileLeavesNothing) {
  fs::remove(files_ / "a.png");
  const TinyRun run(keys());
  EXPECT_FALSE(run.refusal().empty());
  EXPECT_TRUE(left_nothing(run));
}

TEST_F(FilesRun, AnErrorAfterTheStartEndsItsMetrics) {
  const TinyRun run(keys());
  // Only the heads of images are looked at before step 1.
  damage_pixels("b.png");
  const std::vector<Problem> problems = run.refusal({"sanity_check=false"});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(run.steps_of("start"), std::vector<int>{0});
  const Json end = run.metrics().back();
  EXPECT_EQ(end.at("event"), "end");
  EXPECT_EQ(end.at("reason"), "error");
  EXPECT_TRUE(contains(end.at("what").get<std::string>(), problems.front().where)) << end;
  EXPECT_TRUE(contains(end.at("what").get<std::string>(), problems.front().what)) << end;
}

TEST_F(FilesRun, AnImageOfTheFirstStepThatCannotBeDecodedIsFoundByTheRehearsal) {
  testing::replace_content(files_ / "val.txt", "a.png,a_label.png\n");
  Words words = keys();
  words.push_back("val_im_anns=" + (files_ / "val.txt").string());
  const TinyRun run(words);
  damage_pixels("b.png");
  const std::vector<Problem> problems = run.refusal();
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_TRUE(contains(problems.front().where, "b.png")) << problems.front().where;
  EXPECT_TRUE(left_nothing(run));
}

TEST_F(FilesRun, ValidationLabelsThatAllAreIgnoredAreRefused) {
  for (const char* name : {"a", "b"}) {
    LabelMap label(32, 64);
    std::ranges::fill(label.values(), std::uint8_t{255});
    write_png(files_ / (std::string(name) + "_none.png"), label);
  }
  testing::replace_content(files_ / "none.txt", "a.png,a_none.png\nb.png,b_none.png\n");
  Words words = keys();
  words.push_back("val_im_anns=" + (files_ / "none.txt").string());
  const TinyRun run(words);
  const std::vector<Problem> problems = run.refusal();
  ASSERT_FALSE(problems.empty());
  EXPECT_NE(problems.front().what.find("every pixel is ignored"), std::string::npos);
  EXPECT_FALSE(fs::exists(run.folder()));
}

TEST(RefusedRun, ACropThatTheNetworkCannotTakeLeavesNothing) {
  const TinyRun run({"cropsize=40x64"});
  EXPECT_FALSE(run.refusal().empty());
  EXPECT_FALSE(fs::exists(run.folder()));
}

TEST(RefusedRun, ACheckpointThatDoesNotFitLeavesEverythingAsItWas) {
  const TinyRun run;
  const fs::path other = run.base() / "other" / "step_000002.safetensors";
  testing::write_checkpoint(other, testing::state_at(2));  // of another network
  EXPECT_THROW((void)run.train({}, Resume::from_file, other), UserError);
  EXPECT_FALSE(fs::exists(run.folder()));
  (void)run.train();
  const std::string metrics = testing::content_of(run.folder() / "metrics.jsonl");
  EXPECT_THROW((void)run.train({}, Resume::from_file, other), UserError);
  EXPECT_EQ(testing::content_of(run.folder() / "metrics.jsonl"), metrics);
  EXPECT_TRUE(fs::exists(run.final_weights()));
}

}  // namespace
}  // namespace seg
