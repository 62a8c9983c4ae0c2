// SPDX-License-Identifier: Apache-2.0
#include "config/new_config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "config/resolve.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

NewConfig example() {
  NewConfig config{.heading = "Written by a test.",
                   .dataset = {},
                   .n_cats = 12,
                   .reasons = {},
                   .smallest_side = 360,
                   .num_train = 400,
                   .respth = "res/my"};
  config.dataset.im_root = "/data/my \"own\" streets";
  config.dataset.train_im_anns = "/lists/my_train.txt";
  config.dataset.val_im_anns = "/lists/my_val.txt";
  return config;
}

struct Read {
  ResolvedConfig resolved;
  std::vector<std::string> said;
};

// Through the file and the reader that `train` uses.
Read read_back(const NewConfig& config) {
  const testing::TemporaryFolder folder;
  const auto path = folder / "my.toml";
  write_file(path, new_config_text(config));
  testing::RecordingLog log;
  ResolvedConfig resolved = load_config({.file = path, .purpose = Purpose::train}, log);
  return {std::move(resolved), log.texts};
}

TEST(NewConfigText, ReadsBackToWhatItWasGiven) {
  NewConfig config = example();
  config.dataset.mean = {0.41, 0.42, 0.4325};
  config.dataset.std = {0.3, 0.0001, 0.31};
  config.dataset.label_map = LabelTable{{0, 0}, {255, 1}};
  config.dataset.lb_ignore = 254;
  config.dataset.class_names = {"sky", "a \"road\""};
  config.n_cats = 2;
  const Read read = read_back(config);
  const Config& found = read.resolved.config;
  EXPECT_TRUE(read.said.empty()) << read.said.front();
  EXPECT_EQ(found.model.n_cats, 2);
  EXPECT_EQ(found.dataset.im_root, config.dataset.im_root);
  EXPECT_EQ(found.dataset.train_im_anns, config.dataset.train_im_anns);
  EXPECT_EQ(found.dataset.val_im_anns, config.dataset.val_im_anns);
  EXPECT_EQ(found.dataset.mean, config.dataset.mean);
  EXPECT_EQ(found.dataset.std, config.dataset.std);
  EXPECT_EQ(found.dataset.label_map, config.dataset.label_map);
  EXPECT_EQ(found.dataset.lb_ignore, 254);
  EXPECT_EQ(found.dataset.class_names, config.dataset.class_names);
  EXPECT_EQ(found.run.respth, "res/my");
  EXPECT_EQ(found.model.classifier_init, "small");
}

TEST(NewConfigText, CropsFitIntoTheSmallestImage) {
  const auto crop_for = [](std::int64_t side) {
    NewConfig config = example();
    config.smallest_side = side;
    return read_back(config).resolved.config.augmentation.cropsize;
  };
  EXPECT_EQ(crop_for(360), (PixelSize{352, 352}));
  EXPECT_EQ(crop_for(512), (PixelSize{512, 512}));
  EXPECT_EQ(crop_for(4000), (PixelSize{512, 512}));
  EXPECT_EQ(crop_for(63), (PixelSize{32, 32}));
  EXPECT_EQ(crop_for(7), (PixelSize{32, 32}));
}

TEST(NewConfigText, LengthFollowsTheNumberOfImages) {
  struct Case {
    std::size_t images;
    double epochs;
    std::int64_t batch, warmup;
  };
  for (const Case& c : {Case{1, 300, 1, 30}, Case{5, 300, 5, 30}, Case{400, 300, 8, 1000}, Case{1600, 100, 8, 1000},
                        Case{100'000, 10, 8, 1000}, Case{100, 300, 8, 375}}) {
    NewConfig config = example();
    config.num_train = c.images;
    const Config found = read_back(config).resolved.config;
    EXPECT_EQ(found.run.max_epochs, c.epochs) << c.images;
    EXPECT_EQ(found.loader.ims_per_gpu, c.batch) << c.images;
    EXPECT_EQ(found.step.warmup_iters, c.warmup) << c.images;
  }
}

TEST(NewConfigText, WritesReasonsAndOnlyKeysThatMatter) {
  NewConfig config = example();
  config.reasons = {{"n_cats", "the largest label is 11"}, {"lb_ignore", "a reason\nof two lines"}};
  const std::string text = new_config_text(config);
  EXPECT_TRUE(text.starts_with("# Written by a test.\n"));
  EXPECT_NE(text.find("# the largest label is 11\n"), std::string::npos);
  EXPECT_NE(text.find("# a reason of two lines\n"), std::string::npos);
  for (const char* key : {"mean", "label_map", "label_colors", "class_names", "synthetic"})
    EXPECT_EQ(text.find(key), std::string::npos) << key;
}

}  // namespace
}  // namespace seg
