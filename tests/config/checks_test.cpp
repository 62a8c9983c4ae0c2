// SPDX-License-Identifier: Apache-2.0
#include "config/checks.h"

#include <gtest/gtest.h>

#include "tests/support/problem_record.h"

namespace seg {
namespace {

// What is wrong with a config that is fine but for what `change` does to it.
template <class Change>
std::vector<Problem> problems(Change change, Purpose purpose = Purpose::train,
                              const std::set<std::string, std::less<>>& refused = {}) {
  ResolvedConfig resolved;
  resolved.config.model.n_cats = 2;
  resolved.config.run.max_iter = 2000;
  resolved.config.dataset.train_im_anns = "train.txt";
  resolved.config.dataset.val_im_anns = "val.txt";
  change(resolved.config);
  std::vector<Problem> found;
  check_together(resolved, purpose, refused, found);
  testing::record(found);
  for (const Problem& problem : found) EXPECT_FALSE(problem.remedy.empty()) << problem.what;
  return found;
}

TEST(Checks, NothingIsWrongWithAGoodConfig) {
  EXPECT_TRUE(problems([](Config&) {}).empty());
}

TEST(Checks, ProtocolsAreNamedOnceAndHaveScales) {
  EXPECT_EQ(problems([](Config& c) { c.evaluation.eval_protocols.clear(); }).size(), 1U);
  EXPECT_EQ(problems([](Config& c) { c.evaluation.eval_protocols = {"ss", "msf", "ss"}; }).size(), 1U);
  EXPECT_EQ(problems([](Config& c) {
              c.evaluation.eval_protocols = {"ss", "msf"};
              c.evaluation.eval_scales.clear();
            }).size(),
            1U);
  EXPECT_TRUE(problems([](Config& c) { c.evaluation.eval_scales.clear(); }).empty());
  const auto twice = problems([](Config& c) { c.evaluation.eval_scales = {0.5, 1, 0.5}; });
  ASSERT_EQ(twice.size(), 1U);
  EXPECT_EQ(twice[0].what, "eval_scales names a scale twice, which would count double");
  EXPECT_EQ(twice[0].remedy, "eval_scales=0.5,1");
}

TEST(Checks, ARunHasOneLength) {
  EXPECT_EQ(problems([](Config& c) { c.run.max_epochs = 3; }).size(), 1U);
  EXPECT_EQ(problems([](Config& c) { c.run.max_iter.reset(); }).size(), 1U);
  EXPECT_TRUE(problems([](Config& c) { c.run.max_iter.reset(); }, Purpose::step).empty());
  EXPECT_TRUE(problems([](Config& c) {
                c.run.max_iter.reset();
                c.run.max_epochs = 0.5;
              }).empty());
}

TEST(Checks, PublicDataSetsKnowTheirClassesUnlessATableRenamesThem) {
  const auto with = [](const char* dataset, const std::variant<std::string, LabelTable>& map) {
    return problems([&](Config& c) {
             c.model.n_cats.reset();
             c.dataset.dataset = dataset;
             c.dataset.label_map = map;
           })
        .size();
  };
  EXPECT_EQ(with("CustomerDataset", "auto"), 1U);
  EXPECT_EQ(with("CustomerDataset", "none"), 1U);
  EXPECT_EQ(with("CustomerDataset", "cityscapes"), 0U);
  EXPECT_EQ(with("CityScapes", "auto"), 0U);
  EXPECT_EQ(with("ADE20k", "none"), 0U);
  EXPECT_EQ(with("CocoStuff", LabelTable{{0, 0}}), 1U);
}

TEST(Checks, ARunHasAFolder) {
  const auto found = problems([](Config& c) { c.run.respth = ""; });
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].where, "respth");
}

TEST(Checks, EachClassHasAColourOfItsOwn) {
  const auto with = [](const std::vector<Color>& colors) {
    return problems([&](Config& c) { c.dataset.label_colors = colors; });
  };
  EXPECT_TRUE(with({{0, 0, 0}, {0, 0, 1}, {1, 0, 0}}).empty());
  const auto twice = with({{0, 0, 0}, {7, 0, 1}, {1, 0, 0}, {7, 0, 1}, {0, 0, 0}});
  ASSERT_EQ(twice.size(), 1U);
  EXPECT_EQ(twice[0].what, "label_colors gives classes 1 and 3 the same colour");
  std::vector<Color> many;
  for (int i = 0; i < 257; ++i) many.push_back({static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i / 256), 0});
  EXPECT_EQ(with(many).size(), 1U);
}

TEST(Checks, WhatWasRefusedIsNotMissing) {
  const auto without = [](Config& c) {
    c.run.max_iter.reset();
    c.model.n_cats.reset();
    c.dataset.train_im_anns.clear();
    c.dataset.val_im_anns.clear();
  };
  const auto all = problems(without);
  ASSERT_EQ(all.size(), 4U);  // both lists at once
  EXPECT_EQ(all[2].where, "train_im_anns");
  EXPECT_EQ(all[3].where, "val_im_anns");
  EXPECT_TRUE(problems(without, Purpose::train, {"max_epochs", "n_cats", "train_im_anns", "val_im_anns"}).empty());
}

TEST(Checks, ListsNeedTheNumberOfClassesAndSyntheticStreetsDoNot) {
  EXPECT_EQ(problems([](Config& c) { c.model.n_cats.reset(); }, Purpose::step).size(), 1U);
  EXPECT_TRUE(problems([](Config& c) { c.model.n_cats.reset(); }, Purpose::show).empty());
  EXPECT_TRUE(problems([](Config& c) {
                c.model.n_cats.reset();
                c.dataset.dataset = "Synthetic";
                c.dataset.train_im_anns.clear();
              }).empty());
}

TEST(Checks, Hdf5FilesNeedTheNumberOfClassesAndAName) {
  const auto found = problems([](Config& c) {
    c.dataset.dataset = "HDF5";
    c.dataset.train_im_anns.clear();
    c.model.n_cats.reset();
  });
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].what, "is not set, and HDF5 files do not tell it");
  EXPECT_EQ(found[1].where, "train_im_anns");
  EXPECT_EQ(found[1].remedy, "an HDF5 file that holds images and labels (docs/hdf5.md)");
  EXPECT_TRUE(problems([](Config& c) {
                c.dataset.dataset = "HDF5";
                c.dataset.label_map = "cityscapes";
                c.model.n_cats.reset();
              }).empty());
}

TEST(Checks, MeanAndDeviationHaveTheSameChannels) {
  EXPECT_EQ(problems([](Config& c) {
              c.dataset.mean = {0.1, 0.2, 0.3};
              c.dataset.std = {0.1};
            }).size(),
            1U);
}

TEST(Checks, PaddingIsAClassOrIgnored) {
  EXPECT_TRUE(problems([](Config& c) { c.augmentation.pad_label = 1; }).empty());
  EXPECT_TRUE(problems([](Config& c) { c.augmentation.pad_label = 255; }).empty());
  const auto pad_beyond = [](Config& c) {
    c.augmentation.pad_label = 255;
    c.dataset.lb_ignore = 11;
  };
  const auto found = problems(pad_beyond);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].what, "pad_label = 255, but classes are 0 to 1 and lb_ignore is 11");
  EXPECT_EQ(problems(pad_beyond, Purpose::batches).size(), 1U);
  EXPECT_TRUE(problems(pad_beyond, Purpose::evaluate).empty()) << "no crop is made";
}

TEST(Checks, ALabelMapEndsInClassesOrTheIgnoredLabel) {
  EXPECT_TRUE(problems([](Config& c) { c.dataset.label_map = LabelTable{{0, 0}, {7, 255}, {9, 1}}; }).empty());
  const auto found = problems([](Config& c) { c.dataset.label_map = LabelTable{{0, 0}, {255, 2}}; });
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].what, "label_map sends 255 to 2, but classes are 0 to 1 and lb_ignore is 255");
  EXPECT_EQ(found[0].remedy, "another class, or n_cats=3");
}

TEST(Checks, ScalesGoUp) {
  const auto found = problems([](Config& c) { c.augmentation.scales = {2, 0.5}; });
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].remedy, "scales=0.5,2");
}

TEST(Checks, WeightsAreOneAClass) {
  EXPECT_EQ(problems([](Config& c) { c.loss.class_weights = std::vector<double>{1, 2, 3}; }).size(), 1U);
  EXPECT_TRUE(problems([](Config& c) { c.loss.class_weights = std::vector<double>{1, 2}; }).empty());
}

TEST(Checks, WhatARunStopsForIsAMetricThatItsEvaluationsGive) {
  const auto count = [](const char* metric, std::int64_t patience = 3, bool has_boundaries = true) {
    return problems([&](Config& c) {
             c.evaluation.eval_protocols = {"ss", "msf"};
             c.evaluation.early_stop_patience = patience;
             c.evaluation.early_stop_metric = metric;
             c.evaluation.boundary_metrics = has_boundaries;
           })
        .size();
  };
  for (const char* metric : {"ss.miou", "msf.fw_f1", "ss.boundary_f1"}) EXPECT_EQ(count(metric), 0U) << metric;
  for (const char* metric : {"", "miou", "ss.", "ss.iou", "ss.miou.road", "ssc.miou"})
    EXPECT_EQ(count(metric), 1U) << metric;
  EXPECT_EQ(count("nothing", 0), 0U) << "it stops for nothing";
  EXPECT_EQ(count("ss.boundary_iou", 3, false), 1U);
}

TEST(Checks, ARunThatMayStopEarlyHasEvaluations) {
  const auto found = problems([](Config& c) {
    c.evaluation.early_stop_patience = 3;
    c.evaluation.eval_interval = 0;
  });
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].where, "early_stop_patience");
}

TEST(Checks, ALossIsASumOfKnownTerms) {
  for (const char* loss : {"ohem", "ce", "ohem + 0.5*dice", "0.5 * ce+lovasz"}) {
    EXPECT_TRUE(problems([&](Config& c) { c.loss.loss = loss; }).empty()) << loss;
  }
  for (const char* loss : {"", "+", "ohem +", "0.5*", "*ce", "ohem + x*dice", "-1*ce", "dise", "ce ohem"}) {
    EXPECT_EQ(problems([&](Config& c) { c.loss.loss = loss; }).size(), 1U) << loss;
  }
}

TEST(Checks, ALossNamesATermOnce) {
  const auto found = problems([](Config& c) { c.loss.loss = "ce + dice + 2*ce"; });
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].what, "loss = \"ce + dice + 2*ce\" names ce twice");
}

TEST(Checks, WhatIsOfPixelsNeedsALossThatIsAMeanOverThem) {
  const auto smoothed = [](const char* loss) {
    return problems([&](Config& c) {
             c.loss.loss = loss;
             c.loss.label_smoothing = 0.1;
             c.boundaries.boundary_weight = 4;
           })
        .size();
  };
  for (const char* loss : {"ohem", "ce", "focal", "dice + 0.1*ce"}) EXPECT_EQ(smoothed(loss), 0U) << loss;
  for (const char* loss : {"dice", "lovasz", "dice+lovasz"}) EXPECT_EQ(smoothed(loss), 2U) << loss;
}

TEST(Checks, DoubtsARunThatOnlyWarmsUp) {
  ResolvedConfig resolved;
  resolved.config.run.max_iter = 1000;
  ASSERT_EQ(doubts(resolved, Purpose::train).size(), 1U);
  EXPECT_NE(doubts(resolved, Purpose::train)[0].find("is as long as the run"), std::string::npos);
  resolved.config.step.warmup_iters = 1001;
  EXPECT_NE(doubts(resolved, Purpose::train).at(0).find("is longer than the run"), std::string::npos);
  resolved.config.step.warmup_iters = 100;
  EXPECT_TRUE(doubts(resolved, Purpose::train).empty());
}

TEST(Checks, ALimitOfTheDistanceHeadBeyondAllDistancesIsDoubted) {
  ResolvedConfig resolved;
  BoundariesConfig& boundaries = resolved.config.boundaries;
  boundaries = {.distance_map_radius = 8, .distance_head = true};
  ASSERT_EQ(doubts(resolved, Purpose::train).size(), 1U);
  EXPECT_NE(doubts(resolved, Purpose::train)[0].find("distance_head_limit = 16 is beyond distance_map_radius = 8"),
            std::string::npos);
  EXPECT_NE(doubts(resolved, Purpose::train)[0].find("ends at 0.50 in the place of 1; try distance_head_limit=8"),
            std::string::npos);
  EXPECT_TRUE(doubts(resolved, Purpose::evaluate).empty()) << "the head is not looked at";
  boundaries.distance_head_limit = 8;
  EXPECT_TRUE(doubts(resolved, Purpose::train).empty());
}

}  // namespace
}  // namespace seg
