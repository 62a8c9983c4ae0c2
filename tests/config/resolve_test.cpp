// SPDX-License-Identifier: Apache-2.0
#include "config/resolve.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "config/printer.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

class Resolve : public ::testing::Test {
 protected:
  ResolvedConfig load(std::string_view toml, std::vector<std::string> overrides = {}, Purpose purpose = Purpose::show) {
    write_file(folder_ / "my.toml", toml);
    return load_config({.file = folder_ / "my.toml",
                        .overrides = std::move(overrides),
                        .purpose = purpose,
                        .ignore_unknown = ignore_unknown_},
                       log_);
  }

  // "what" of each problem, or nothing if there is none; the folder's name is taken out of "where".
  std::vector<std::string> problems(std::string_view toml, std::vector<std::string> overrides = {},
                                    Purpose purpose = Purpose::show) {
    std::vector<std::string> texts;
    try {
      load(toml, std::move(overrides), purpose);
    } catch (const UserError& error) {
      for (const Problem& problem : error.problems()) {
        EXPECT_FALSE(problem.remedy.empty()) << problem.what;
        std::string where = problem.where;
        if (where.starts_with(folder_.path().string())) where.erase(0, folder_.path().string().size() + 1);
        texts.push_back(where + ": " + problem.what);
      }
    }
    return texts;
  }

  std::string origin(const ResolvedConfig& resolved, std::string_view key) const {
    std::string text = resolved.origins.find(key)->second.text;
    if (text.starts_with(folder_.path().string())) text.erase(0, folder_.path().string().size() + 1);
    return text;
  }

  testing::TemporaryFolder folder_;
  testing::RecordingLog log_;
  bool ignore_unknown_ = false;
};

TEST_F(Resolve, ALossScaleGrowsAndShrinks) {
  for (const char* word : {"loss_scale_growth=1", "loss_scale_growth=0.5", "loss_scale_backoff=1",
                           "loss_scale_backoff=2", "loss_scale_backoff=0"})
    EXPECT_EQ(problems("", {word}).size(), 1U) << word;
  EXPECT_TRUE(problems("", {"loss_scale_growth=1.5", "loss_scale_backoff=0.9"}).empty());
}

TEST_F(Resolve, TheCommandLineWinsOverTheFileThePresetAndTheDefault) {
  const ResolvedConfig resolved = load("preset = \"max\"\nnum_workers = 5\nprefetch_factor = 3\n", {"num_workers=2"});
  EXPECT_EQ(resolved.config.loader.num_workers, 2);
  EXPECT_EQ(origin(resolved, "num_workers"), "command line");
  EXPECT_EQ(resolved.config.loader.prefetch_factor, 3);
  EXPECT_EQ(origin(resolved, "prefetch_factor"), "my.toml:3");
  EXPECT_EQ(resolved.config.loader.ims_per_gpu, 128);
  EXPECT_EQ(origin(resolved, "ims_per_gpu"), "preset max");
  EXPECT_EQ(resolved.config.augmentation.flip, 0.5);
  EXPECT_EQ(origin(resolved, "flip"), "default");
}

TEST_F(Resolve, APresetOfTheCommandLineReplacesThatOfTheFile) {
  const ResolvedConfig resolved = load("preset = \"max\"\nims_per_gpu = 4\n", {"preset=low-memory"});
  EXPECT_EQ(resolved.config.run.preset, "low-memory");
  EXPECT_EQ(resolved.config.step.gradient_accumulation_steps, 2);
  EXPECT_EQ(resolved.config.loader.ims_per_gpu, 4);
}

TEST_F(Resolve, DefaultsThatAFileSpellsFollowAPresetOfTheCommandLine) {
  const std::string spelled = config_as_toml(load("", {"dataset=Synthetic", "n_cats=5", "ims_per_gpu=3"}));
  const ResolvedConfig resolved = load(spelled, {"preset=reference", "mscf_rule=mean_probability"});
  EXPECT_EQ(resolved.config.evaluation.window_overlap, "sum");
  EXPECT_EQ(origin(resolved, "window_overlap"), "preset reference");
  EXPECT_EQ(resolved.config.evaluation.mscf_rule, "mean_probability");  // explicit
  EXPECT_EQ(resolved.config.loader.ims_per_gpu, 3);
  EXPECT_EQ(load(spelled, {"preset=max"}).config.loader.ims_per_gpu, 3);              // no default
  EXPECT_EQ(load("ims_per_gpu = 8\n", {"preset=max"}).config.loader.ims_per_gpu, 8);  // somebody wrote that
  // In the file itself, what is written is meant.
  EXPECT_EQ(load("preset = \"reference\"\nwindow_overlap = \"divide\"\n").config.evaluation.window_overlap, "divide");
}

TEST_F(Resolve, TheLastOverrideOfAKeyWins) { EXPECT_EQ(load("", {"seed=1", "seed=2"}).config.run.seed, 2); }

TEST_F(Resolve, NeedsNoFile) {
  EXPECT_EQ(load_config({.overrides = {"seed=4"}, .purpose = Purpose::show}, log_).config.run.seed, 4);
}

TEST_F(Resolve, AllProblemsComeAtOnce) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(
      problems("model_typ = \"bisenetv2\"\nflip = 2\nscales = [2, 0.5]\nn_cats = \"many\"\n",
               {"optimizer=lion", "cropsize"}, Purpose::train),
      (Texts{"command line: cropsize: is not KEY=VALUE", "my.toml:1: there is no key \"model_typ\"",
             "my.toml:2: flip = 2 is not a number from 0 to 1",
             "my.toml:4: n_cats = \"many\" is not an integer from 2 to 256, or auto",
             "command line: optimizer=lion: optimizer = lion is not one of sgd, adamw",
             "max_iter: is not set, nor is max_epochs: how long to train?",
             "train_im_anns: is not set: which images to train on?",
             "val_im_anns: is not set: which images to evaluate on?", "my.toml:3: scales begins with the larger one"}));
}

TEST_F(Resolve, OfAnUnreadableFileNothingIsMissing) {
  const auto texts = problems("seed = [", {"flip=3"}, Purpose::train);
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_TRUE(texts[0].starts_with("my.toml:1: is no TOML")) << texts[0];
  EXPECT_TRUE(texts[1].starts_with("command line: flip=3")) << texts[1];
}

TEST_F(Resolve, AnUnknownKeyHasItsNeighbourAsARemedy) {
  try {
    load("", {"lr_strat=0.1"});
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems()[0].remedy, "lr_start, if that was meant");
  }
}

TEST_F(Resolve, UnknownKeysPassOnRequestAndAreNamedOnce) {
  ignore_unknown_ = true;
  load("my_key = 1\nother = [2]\n", {"third=3"});
  ASSERT_EQ(log_.texts.size(), 1U);
  EXPECT_NE(log_.texts[0].find("my_key"), std::string::npos);
  EXPECT_NE(log_.texts[0].find("other"), std::string::npos);
  EXPECT_NE(log_.texts[0].find("third"), std::string::npos);
}

TEST_F(Resolve, ATableIsNamedAsWhatIsTooMuch) {
  EXPECT_EQ(problems("[loader]\nnum_workers = 3\n"),
            std::vector<std::string>{"my.toml:1: there is no key \"loader\", and keys stand in one flat table"});
}

TEST_F(Resolve, AnEntryThatIsADictMayBePrivate) {
  const std::string table = "[loader]\nnum_workers = 3\n";
  try {
    load(table);
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(error.problems()[0].remedy.find("--ignore-unknown"), std::string::npos);
  }
  ignore_unknown_ = true;
  EXPECT_NO_THROW(load(table));
}

TEST_F(Resolve, AKeyThatMayNotBeUnsetSaysWhatLeavingItOutMeans) {
  testing::TemporaryFolder folder;
  const auto path = folder / "my.py";
  write_file(path, "cfg = dict(lr_start=None, n_cats=19, dropout=None)\n");
  try {
    load_config({.file = path}, log_);
    FAIL();
  } catch (const UserError& error) {
    ASSERT_EQ(error.problems().size(), 1U) << error.what();
    EXPECT_EQ(error.problems()[0].remedy, "leave the line out, which means lr_start = 0.005; this key cannot be unset");
  }
}

TEST_F(Resolve, OlderSpellingsAreReadWithANotice) {
  const ResolvedConfig resolved = load(
      "class_num = 7\ncrop_size = [64, 96]\ncompile = true\ncheckpoint_iters = 5\nmessage_iters = 6\nsave_name = "
      "\"x\"\n");
  EXPECT_EQ(resolved.config.model.n_cats, 7);
  EXPECT_EQ(resolved.config.augmentation.cropsize, (PixelSize{.height = 64, .width = 96}));
  EXPECT_EQ(resolved.config.step.cuda_graph, "on");
  EXPECT_EQ(resolved.config.keeping.checkpoint_interval, 5);
  EXPECT_EQ(resolved.config.watching.log_interval, 6);
  EXPECT_EQ(origin(resolved, "n_cats"), "my.toml:1");
  EXPECT_EQ(log_.texts.size(), 6U);
  EXPECT_EQ(load("", {"categories=3"}).config.model.n_cats, 3);
}

TEST_F(Resolve, TwoSpellingsOfOneKeyInAFileAreAMistake) {
  const auto texts = problems("n_cats = 7\nclass_num = 8\n");
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_TRUE(texts[0].starts_with("my.toml:2: class_num is given a second time (n_cats, ")) << texts[0];
}

TEST_F(Resolve, PurposesNeedMoreAndMore) {
  EXPECT_TRUE(problems("").empty());
  EXPECT_EQ(problems("", {}, Purpose::step).size(), 1U);
  EXPECT_EQ(problems("", {}, Purpose::train).size(), 4U);
  EXPECT_TRUE(problems("dataset = \"Synthetic\"\n", {}, Purpose::step).empty());
  EXPECT_TRUE(problems("dataset = \"Synthetic\"\n", {"max_iter=2000"}, Purpose::train).empty());
}

TEST_F(Resolve, TrainingRefusesWhatIsNotBuiltAndShowingDoesNot) {
  const std::string_view toml = "dataset = \"Synthetic\"\nmax_iter = 2000\nchannels_last = false\n";
  EXPECT_TRUE(problems(toml).empty());
  EXPECT_EQ(problems(toml, {}, Purpose::train).size(), 1U);
}

TEST_F(Resolve, ARunThatOnlyWarmsUpIsDoubted) {
  load("", {"max_iter=500", "warmup_iters=500"});
  ASSERT_EQ(log_.texts.size(), 1U);
  EXPECT_NE(log_.texts[0].find("warmup_iters=50"), std::string::npos);
}

TEST_F(Resolve, WhatTheStartSettlesIsKeptWithItsReason) {
  ResolvedConfig resolved = load("");
  resolved.settle("num_workers", "2", "2 usable processors");
  EXPECT_EQ(resolved.config.loader.num_workers, 2);
  EXPECT_EQ(origin(resolved, "num_workers"), "auto: 2 usable processors");
  resolved = load("num_workers = 2\nmax_epochs = 3\n");
  resolved.settle("num_workers", "2", "as asked");
  EXPECT_EQ(origin(resolved, "num_workers"), "my.toml:1");
  resolved.settle("max_epochs", "none", "max_iter has its steps");
  EXPECT_FALSE(resolved.config.run.max_epochs);
  EXPECT_THROW(resolved.settle("no_such_key", "2", ""), std::logic_error);
  EXPECT_THROW(resolved.settle("num_workers", "many", ""), std::logic_error);
}

TEST_F(Resolve, LearnedValuesChangeWithWhatIsLearnedOnly) {
  const Config standard;
  Config other;
  other.loader.num_workers = 7;
  other.precision.precision = "fp32";
  other.run.respth = "elsewhere";
  EXPECT_EQ(learned_values(other), learned_values(standard));
  other.step.lr_start = 0.1;
  other.loader.ims_per_gpu = 9;
  EXPECT_EQ(learned_values(other).at("lr_start"), "0.1");
  EXPECT_EQ(learned_values(other).at("ims_per_gpu"), "9");
  EXPECT_EQ(learned_values(standard).at("ims_per_gpu"), "8");
}

TEST_F(Resolve, TheCommandLineSaysHowLongInEitherWay) {
  ResolvedConfig resolved = load("max_epochs = 3\n", {"max_iter=6"});
  EXPECT_EQ(resolved.config.run.max_iter, 6);
  EXPECT_FALSE(resolved.config.run.max_epochs);
  resolved = load("max_iter = 6\n", {"max_epochs=3"});
  EXPECT_EQ(resolved.config.run.max_epochs, 3);
  EXPECT_FALSE(resolved.config.run.max_iter);
  EXPECT_EQ(problems("max_iter = 6\nmax_epochs = 3\n").size(), 1U);
  EXPECT_EQ(problems("", {"max_iter=6", "max_epochs=3"}).size(), 1U);
}

}  // namespace
}  // namespace seg
