// SPDX-License-Identifier: Apache-2.0
#include "doctor/figures.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/doctor/judged.h"

namespace seg {
namespace {

using Json = nlohmann::json;

TEST(FiguresAsJson, ReadBackToTheSame) {
  const Json json = to_json(testing::healthy_figures());
  EXPECT_EQ(to_json(figures_from(json)), json);
  EXPECT_EQ(json.at("threads"), 7);
  EXPECT_EQ(json.at("phases").at("forward"), 0.34);
  EXPECT_EQ(json.at("stages").at("decode"), 12);
  EXPECT_EQ(json.at("precision"), "bf16");
}

TEST(FiguresAsJson, WhatIsUnknownIsLeftOut) {
  EXPECT_EQ(to_json(Figures()), Json::object());
  EXPECT_FALSE(to_json(testing::healthy_figures()).at("stages").contains("points"));
  const Figures figures = figures_from({{"threads", nullptr}, {"phases", {{"loss", 0.5}}}, {"of tomorrow", 1}});
  EXPECT_FALSE(figures.threads);
  EXPECT_EQ(figures.phase(Phase::loss), 0.5);
  EXPECT_FALSE(figures.phase(Phase::forward));
}

TEST(FiguresAsJson, AWrongTypeIsAnError) { EXPECT_ANY_THROW((void)figures_from({{"threads", "many"}})); }

TEST(FiguresUpdate, WhatIsNewlyKnownWins) {
  Figures figures = testing::healthy_figures(), newer;
  newer.run_rate = 31;
  newer.phases[0] = 0.25;
  update(figures, newer);
  EXPECT_EQ(figures.run_rate, 31);
  EXPECT_EQ(figures.phase(Phase::data_wait), 0.25);
  EXPECT_EQ(figures.phase(Phase::forward), 0.34);
  EXPECT_EQ(figures.step_rate, 30);
}

TEST(FiguresOfLoading, AreOfAllStagesThatAreKnown) {
  EXPECT_EQ(Figures().loading_milliseconds(), 0);
  EXPECT_DOUBLE_EQ(testing::healthy_figures().loading_milliseconds(), 20);
}

TEST(FiguresOfBatches, TheEffectiveBatchIsOfAllMicroBatches) {
  EXPECT_EQ(Figures().samples_per_step(), 0);
  EXPECT_EQ((Figures{.images_of_micro_batch = 4, .micro_batches = 3}.samples_per_step()), 12);
}

}  // namespace
}  // namespace seg
