// SPDX-License-Identifier: Apache-2.0
#include "training/validation.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/out_of_memory.h"
#include "evaluation/results.h"
#include "tests/engine/support/failing_allocator.h"
#include "tests/loader/fake_dataset.h"
#include "tests/training/small_network.h"

namespace seg {
namespace {

using testing::FakeDataset;
using testing::same_bits;

class ValidationTest : public ::testing::Test {
 protected:
  ValidationTest() {
    config_.augmentation.cropsize = {32, 64};
    config_.precision.precision = "fp32";
    config_.loader.num_workers = 0;
  }
  static constexpr double kPixels = 3 * 64 * 64;  // of the data set as the network sees it: 40x60, padded

  Config config_;
  FakeDataset data_{{.size = 3, .sizes_differ = false}};
  RunSettings settings_ = resolve_settings(config_, data_);
  ParameterStore parameters_{graph_of(settings_.card)};
};

TEST_F(ValidationTest, ChangesNothingOfTheNetworkInTraining) {
  Validation validation(config_, settings_, data_, parameters_, silent_log());
  const at::Tensor values = parameters_.values().clone();
  const at::Tensor statistics = parameters_.statistics().clone();
  const at::Tensor counters = parameters_.counters().clone();
  const at::Tensor gradients = parameters_.gradients().clone();
  (void)validation.run();
  EXPECT_TRUE(same_bits(parameters_.values(), values));
  EXPECT_TRUE(same_bits(parameters_.statistics(), statistics));
  EXPECT_TRUE(same_bits(parameters_.counters(), counters));
  EXPECT_TRUE(same_bits(parameters_.gradients(), gradients));
}

TEST_F(ValidationTest, SeesTheParametersAsTheyAreNow) {
  Validation validation(config_, settings_, data_, parameters_, silent_log());
  const auto result = [&] {
    EXPECT_TRUE(validation.run());
    return to_json(validation.results());
  };
  const auto before = result();
  parameters_.initialise(7);
  EXPECT_NE(result(), before);
  parameters_.initialise(0);
  EXPECT_EQ(result(), before);
}

TEST_F(ValidationTest, EvaluatesEveryImageOnceAndKeepsTheResult) {
  Validation validation(config_, settings_, data_, parameters_, silent_log());
  EXPECT_TRUE(validation.results().empty());
  std::int64_t done = 0;
  EXPECT_TRUE(validation.run([&](std::int64_t images) {
    done = images;
    return true;
  }));
  ASSERT_EQ(validation.results().size(), 1U);
  EXPECT_EQ(validation.results().front().images, 3);
  EXPECT_EQ(done, 3);
  EXPECT_GT(validation.last_seconds(), 0);
}

TEST_F(ValidationTest, KnowsTheImagesThatItPredictedWorst) {
  const FakeDataset data{{.size = 9, .sizes_differ = false}};
  Validation validation(config_, settings_, data, parameters_, silent_log());
  std::vector<std::pair<double, std::size_t>> all;
  EXPECT_TRUE(validation.run({}, [&](std::size_t index, const ImageCounts& counts) {
    all.emplace_back(metrics_of(counts.matrix, AbsentClass::leave_out).miou, index);
  }));
  std::ranges::stable_sort(all, {}, &std::pair<double, std::size_t>::first);
  ASSERT_EQ(validation.worst().size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(validation.worst()[i].metrics.miou, all[i].first);
    EXPECT_EQ(validation.worst()[i].image, data.name(validation.worst()[i].index));
  }
}

TEST_F(ValidationTest, OneThatIsCutShortHasNoResult) {
  Validation validation(config_, settings_, data_, parameters_, silent_log());
  EXPECT_FALSE(validation.run([](std::int64_t) { return false; }));
  EXPECT_TRUE(validation.results().empty());
}

TEST_F(ValidationTest, ARehearsalEndsAfterItsImagesOrWhenItIsAsked) {
  Validation validation(config_, settings_, data_, parameters_, silent_log());
  EXPECT_EQ(validation.rehearse(2, [] { return true; }), 2);
  EXPECT_EQ(validation.rehearse(20, [] { return true; }), 3);
  EXPECT_EQ(validation.rehearse(1, [] { return false; }), 1);
  config_.evaluation.eval_ims_per_gpu = 1;
  Validation one_by_one(config_, settings_, data_, parameters_, silent_log());
  EXPECT_EQ(one_by_one.rehearse(3, [] { return false; }), 1);
  EXPECT_TRUE(one_by_one.results().empty());
}

TEST_F(ValidationTest, WhereMemoryRunsOutFewerImagesAtOnceAreTheWayOutUntilThereIsOne) {
  const auto problem_with = [&](std::int64_t images, bool& is_out_of_memory) -> Problem {
    config_.evaluation.eval_ims_per_gpu = images;
    Validation validation(config_, settings_, data_, parameters_, silent_log());
    testing::FailingAllocator allocator;
    allocator.fail_at(5);
    try {
      (void)validation.run();
      ADD_FAILURE();
    } catch (const UserError& error) {
      is_out_of_memory = dynamic_cast<const OutOfMemory*>(&error) != nullptr;
      return error.problems().front();
    }
    return {};
  };
  bool is_out_of_memory = true;
  const Problem several = problem_with(2, is_out_of_memory);
  EXPECT_FALSE(is_out_of_memory);
  EXPECT_EQ(several.where, "eval_ims_per_gpu");
  EXPECT_NE(several.what.find("of 2 images at once"), std::string::npos) << several.what;
  EXPECT_NE(several.remedy.find("a smaller eval_ims_per_gpu"), std::string::npos) << several.remedy;
  const Problem one = problem_with(1, is_out_of_memory);
  EXPECT_TRUE(is_out_of_memory);
  EXPECT_EQ(one.remedy.find("a smaller eval_ims_per_gpu"), std::string::npos) << one.remedy;
  EXPECT_NE(one.remedy.find("eval_protocols=ssc"), std::string::npos) << one.remedy;
}

TEST_F(ValidationTest, HalfPrecisionIsEvaluatedInHalfPrecision) {
  config_.precision.precision = "bf16";
  settings_ = resolve_settings(config_, data_);
  Validation validation(config_, settings_, data_, parameters_, silent_log());
  EXPECT_TRUE(validation.run());
  EXPECT_EQ(validation.results().front().images, 3);
}

TEST_F(ValidationTest, EachProtocolSeesEachImageAndTheFirstIsObserved) {
  config_.evaluation.eval_protocols = {"ssc", "ss", "msf"};
  config_.evaluation.eval_scales = {1.0, 0.5};
  config_.evaluation.eval_ims_per_gpu = 2;
  Validation validation(config_, settings_, data_, parameters_, silent_log());
  EXPECT_EQ(validation.images_to_see(), 9);
  std::vector<std::int64_t> told;
  std::vector<std::size_t> observed;
  EXPECT_TRUE(validation.run(
      [&](std::int64_t images) {
        told.push_back(images);
        return true;
      },
      [&](std::size_t index, const ImageCounts&) { observed.push_back(index); }));
  EXPECT_EQ(told, (std::vector<std::int64_t>{2, 3, 5, 6, 8, 9}));
  EXPECT_EQ(observed, (std::vector<std::size_t>{0, 1, 2}));
  ASSERT_EQ(validation.results().size(), 3U);
  EXPECT_EQ(validation.results()[0].protocol, "ssc");
  EXPECT_EQ(validation.results()[2].protocol, "msf");
  for (const ProtocolResult& result : validation.results()) EXPECT_EQ(result.images, 3);
  EXPECT_EQ(validation.rehearse(2, [] { return true; }), 2);
}

TEST_F(ValidationTest, AStopInALaterProtocolLeavesTheResultsOfBefore) {
  config_.evaluation.eval_protocols = {"ss", "msf"};
  config_.evaluation.eval_scales = {1.0};
  Validation validation(config_, settings_, data_, parameters_, silent_log());
  EXPECT_TRUE(validation.run());
  EXPECT_FALSE(validation.run([](std::int64_t images) { return images < 5; }));
  EXPECT_EQ(validation.results().size(), 2U);
}

TEST_F(ValidationTest, TheFirstOneIsForecastFromTheSpeedOfTraining) {
  const Validation validation(config_, settings_, data_, parameters_, silent_log());
  // At 1/3 of training's cost a pixel this takes one second; that is 5 % of 20 seconds with it.
  const double pixels_per_second = kPixels / 3;
  const auto fits_after = [&](double seconds) {
    return validation.fits_into_its_share({.run_seconds = seconds, .training_pixels_per_second = pixels_per_second});
  };
  EXPECT_FALSE(fits_after(18.9));
  EXPECT_TRUE(fits_after(19.1));
}

TEST_F(ValidationTest, LaterOnesAreForecastFromWhatTheLastOneTook) {
  Validation validation(config_, settings_, data_, parameters_, silent_log());
  (void)validation.run();
  const double spent = validation.last_seconds();
  const auto fits_after = [&](double seconds) {
    return validation.fits_into_its_share({.run_seconds = seconds, .evaluation_seconds = spent});
  };
  // Two of them are 5 % of 40 times as long, one of which is the evaluation itself.
  EXPECT_FALSE(fits_after(38.9 * spent));
  EXPECT_TRUE(fits_after(39.1 * spent));
}

TEST_F(ValidationTest, TheReferencesRuleForAbsentClassesIsAKey) {
  Validation validation(config_, settings_, data_, parameters_, silent_log());
  ASSERT_TRUE(validation.run());
  config_.evaluation.absent_class = "reference";
  Validation other(config_, settings_, data_, parameters_, silent_log());
  ASSERT_TRUE(other.run());
  EXPECT_EQ(to_json(other.results()).at("ss").at("pixel_accuracy"),
            to_json(validation.results()).at("ss").at("pixel_accuracy"));
  EXPECT_NE(to_json(other.results()).at("ss").at("iou"), to_json(validation.results()).at("ss").at("iou"));
}

TEST_F(ValidationTest, BoundariesAreMeasuredAsTheKeysSay) {
  config_.evaluation.trimap_radii = {5, 1, 5};
  config_.evaluation.boundary_f1_tolerance = 0.1;
  Validation validation(config_, settings_, data_, parameters_, silent_log());
  ASSERT_TRUE(validation.run());
  const auto ss = to_json(validation.results()).at("ss");
  EXPECT_TRUE(ss.at("boundary_iou").is_number());
  EXPECT_EQ(ss.at("boundary_iou_width"), 0.02);
  EXPECT_EQ(ss.at("boundary_f1_tolerance"), 0.1);
  ASSERT_EQ(ss.at("trimaps").size(), 2U);
  EXPECT_EQ(ss.at("trimaps")[0].at("radius"), 1);
  config_.dataset.dataset = "CityScapes";
  Validation of_city(config_, settings_, data_, parameters_, silent_log());
  ASSERT_TRUE(of_city.run());
  EXPECT_EQ(to_json(of_city.results()).at("ss").at("boundary_iou_width"), 0.005);
  config_.evaluation.boundary_iou_width = 0.1;
  Validation wide(config_, settings_, data_, parameters_, silent_log());
  ASSERT_TRUE(wide.run());
  EXPECT_EQ(to_json(wide.results()).at("ss").at("boundary_iou_width"), 0.1);
  config_.evaluation.boundary_metrics = false;
  Validation without(config_, settings_, data_, parameters_, silent_log());
  ASSERT_TRUE(without.run());
  EXPECT_TRUE(to_json(without.results()).at("ss").at("boundary_iou").is_null());
}

}  // namespace
}  // namespace seg
