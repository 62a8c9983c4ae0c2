// SPDX-License-Identifier: Apache-2.0
// The loop alone, on a data set in memory; whole runs are tried in run_test.cpp.
#include "training/trainer.h"

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "evaluation/results.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/damage.h"
#include "training/validation.h"
#include "training/weight_file.h"

namespace seg {
namespace {

using Json = nlohmann::json;
using testing::FakeDataset;
using testing::TemporaryFolder;

// The same images, of which no pixel counts.
class Unlabelled final : public Dataset {
 public:
  explicit Unlabelled(const Dataset& data) : data_(data) { traits_ = data.traits(); }
  std::size_t size() const noexcept override { return data_.size(); }
  std::string name(std::size_t i) const override { return data_.name(i); }
  std::string label_name(std::size_t i) const override { return data_.label_name(i); }
  void fetch(std::size_t i, EncodedSample& encoded) const override { data_.fetch(i, encoded); }
  void fetch_label(std::size_t i, EncodedSample& encoded) const override { data_.fetch_label(i, encoded); }
  void decode_image(std::size_t i, const EncodedSample& encoded, const Window& window, Image& image) const override {
    data_.decode_image(i, encoded, window, image);
  }
  void decode_label(std::size_t, const EncodedSample&, const Window& window, LabelMap& label) const override {
    label.resize(window.height, window.width);
    std::ranges::fill(label.values(), traits_.ignore_label);
  }

 private:
  const Dataset& data_;
};

class TrainerTest : public ::testing::Test {
 protected:
  TrainerTest() {
    config_.augmentation.cropsize = {32, 64};
    config_.loader.ims_per_gpu = 2;
    config_.loader.num_workers = 0;
    config_.run.threads = 1;
    config_.run.max_iter = 12;
    config_.step.warmup_iters = 0;
    config_.step.lr_start = 0.01;
    config_.precision.precision = "fp32";
    config_.evaluation.eval_interval = 0;
    config_.watching.log_interval = 10;
  }
  ~TrainerTest() override { std::fclose(text_); }

  TrainResult run(const RunState& state = {.run = "run-1"}, const std::filesystem::path& checkpoint = {}) {
    return run_on(train_, validation_, state, checkpoint);
  }
  TrainResult run_on(const Dataset& train, const Dataset& validation, const RunState& state = {.run = "run-1"},
                     const std::filesystem::path& checkpoint = {}) {
    RunSettings settings = resolve_settings(config_, train);
    if (in_fp16_) settings.precision.compute = c10::kHalf;  // which a config cannot have on a CPU
    Trainer trainer({.config = config_,
                     .settings = settings,
                     .train = train,
                     .validation = validation,
                     .folder = folder_,
                     .console = console_},
                    state);
    if (!checkpoint.empty()) trainer.load(checkpoint);
    return trainer.run();
  }
  std::vector<Json> lines(const std::string& event) const {
    std::vector<Json> chosen;
    std::istringstream content(testing::content_of(folder_.metrics_file()));
    for (std::string line; std::getline(content, line);)
      if (const Json json = Json::parse(line); json.at("event") == event) chosen.push_back(json);
    return chosen;
  }
  std::vector<int> steps(const std::string& event) const {
    std::vector<int> steps;
    for (const Json& line : lines(event)) steps.push_back(line.at("step").get<int>());
    return steps;
  }

  TemporaryFolder base_;
  Config config_;
  bool in_fp16_ = false;
  FakeDataset train_{{.size = 5}}, validation_{{.size = 2}};
  RunFolder folder_{base_ / "res"};
  std::FILE* text_ = std::fopen((base_ / "text").c_str(), "w");
  Console console_{{.stream = text_}};
};

TEST_F(TrainerTest, InFp16SkippedStepsAreToldAndGoOn) {
  in_fp16_ = true;
  config_.run.max_iter = 4;
  config_.watching.log_interval = 1;
  config_.keeping.checkpoint_interval = 2;
  config_.precision.loss_scale_init = 1e30;
  config_.precision.loss_scale_backoff = 1e-29;
  EXPECT_TRUE(run().is_complete);
  const std::vector<Json> told = lines("step");
  ASSERT_EQ(told.size(), 4U);
  EXPECT_EQ(told[0].at("skipped_steps"), 1);
  EXPECT_NEAR(told[0].at("loss_scale").get<double>(), 10, 1e-3);
  EXPECT_EQ(told[0].at("gradient_norm"), 0);
  EXPECT_EQ(told[3].at("skipped_steps"), 1);
  EXPECT_GT(told[1].at("gradient_norm").get<double>(), 0);
  // Going on goes on with the scale.
  run({.run = "run-1", .step = 2}, folder_.checkpoint(2));
  EXPECT_NEAR(lines("step").back().at("loss_scale").get<double>(), 10, 1e-3);
  EXPECT_EQ(lines("step").back().at("skipped_steps"), 1);
}

TEST_F(TrainerTest, TheFirstLinesComeSoonerThanTheInterval) {
  (void)run();
  EXPECT_EQ(steps("step"), (std::vector<int>{1, 2, 5, 10, 12}));
}

TEST_F(TrainerTest, ALineHoldsTheWeightedSumOfTheLossesAndTheRateOfEachGroup) {
  config_.loss.aux_weight = 0.25;
  config_.step.lr_multiplier = 7;
  (void)run();
  for (const Json& line : lines("step")) {
    double total = 0;
    ASSERT_EQ(line.at("losses").size(), 5U);
    for (const auto& [name, loss] : line.at("losses").items())
      total += (name == "logits" ? 1 : 0.25) * loss.get<double>();
    EXPECT_NEAR(line.at("loss").get<double>(), total, 1e-9);
    const RateSchedule schedule{.rate = 0.01, .warmup_steps = 0, .last_step = 12};
    const double rate = schedule.at(line.at("step").get<int>());
    EXPECT_EQ(line.at("lr").get<double>(), rate);
    EXPECT_EQ(line.at("lr_groups"), (Json{rate, rate, 7 * rate, 7 * rate}));
    EXPECT_NEAR(line.at("epoch").get<double>(), line.at("step").get<double>() * 2 / 5, 1e-12);
    EXPECT_GT(line.at("images_per_second").get<double>(), 0);
    EXPECT_GT(line.at("gradient_norm").get<double>(), 0);
  }
}

// The first weights guess among 20 classes, and are sure of what they guess: the loss is at least that of a fair guess.
TEST_F(TrainerTest, TheFirstLossIsAtLeastThatOfAGuessAndFalls) {
  config_.run.max_iter = 40;
  config_.loss.loss = "ce";
  (void)run();
  const double first = lines("step").front().at("losses").at("logits").get<double>();
  const double last = lines("step").back().at("losses").at("logits").get<double>();
  EXPECT_GT(first, std::log(20.0));
  EXPECT_LT(last, 0.9 * first);
}

TEST_F(TrainerTest, TheTermsOfALossAreToldByName) {
  config_.run.max_iter = 3;
  config_.loss.loss = "ohem + 0.5*dice + 0.25*lovasz";
  config_.loss.aux_weight = 0.5;
  (void)run();
  const nlohmann::json line = lines("step").back();
  double total = 0;
  for (const auto& [name, value] : line.at("losses").items()) {
    const double of_term = name.ends_with(".dice") ? 0.5 : name.ends_with(".lovasz") ? 0.25 : 1.0;
    total += (name.starts_with("logits.") ? 1.0 : 0.5) * of_term * value.get<double>();
  }
  EXPECT_TRUE(line.at("losses").contains("logits.ohem"));
  EXPECT_TRUE(line.at("losses").contains("logits.dice"));
  EXPECT_GT(line.at("losses").at("logits.lovasz").get<double>(), 0);
  EXPECT_NEAR(line.at("loss").get<double>(), total, 1e-6 * total);
}

TEST_F(TrainerTest, EvaluationsComeAtTheirIntervalAndAtTheEndOnce) {
  config_.evaluation.eval_interval = 4;
  const TrainResult result = run();
  EXPECT_EQ(steps("eval"), (std::vector<int>{4, 8, 12}));
  EXPECT_EQ(lines("eval").back().at("protocols"), result.json.at("metrics").at("protocols"));
}

TEST_F(TrainerTest, TheBestEvaluationsCheckpointIsKept) {
  config_.evaluation.eval_interval = 2;
  config_.keeping.checkpoint_interval = 2;
  config_.keeping.keep_checkpoints = 1;
  const TrainResult result = run();
  double best = -1;
  int best_step = 0;
  for (const Json& line : lines("eval"))
    if (const double miou = line.at("protocols").at("ss").at("miou").get<double>(); miou > best) {
      best = miou;
      best_step = line.at("step").get<int>();
    }
  EXPECT_EQ(result.json.at("best").at("step"), best_step);
  EXPECT_EQ(result.json.at("best").at("metric"), best);
  EXPECT_TRUE(std::filesystem::exists(folder_.checkpoint(best_step)));
  EXPECT_TRUE(std::filesystem::exists(folder_.checkpoint(12)));
  EXPECT_LE(folder_.checkpoints().size(), 2U);
}

// A run may go on with other protocols, whose figures say nothing of each other.
TEST_F(TrainerTest, TheBestByAnotherProtocolIsNotCompared) {
  config_.evaluation.eval_interval = 0;
  const auto best_after = [&](const char* protocol) {
    return run({.run = "run-1", .best = BestEvaluation{.step = 0, .metric = 2.0, .protocol = protocol}})
        .json.at("best")
        .at("metric")
        .get<double>();
  };
  EXPECT_EQ(best_after("ss"), 2.0);
  EXPECT_LT(best_after("msf"), 1.0);
}

TEST_F(TrainerTest, WithoutSaveBestOnlyTheNewestAreKept) {
  config_.evaluation.eval_interval = 2;
  config_.keeping.checkpoint_interval = 2;
  config_.keeping.keep_checkpoints = 1;
  config_.keeping.save_best = false;
  (void)run();
  EXPECT_EQ(folder_.checkpoints(), std::vector<std::filesystem::path>{folder_.checkpoint(12)});
}

TEST_F(TrainerTest, ByItselfItSavesAtEachEvaluation) {
  config_.evaluation.eval_interval = 5;
  (void)run();
  EXPECT_EQ(steps("checkpoint"), (std::vector<int>{5, 10, 12}));
}

TEST_F(TrainerTest, GoesOnAfterTheStepOfACheckpoint) {
  config_.keeping.checkpoint_interval = 5;
  config_.keeping.keep_checkpoints = 10;
  (void)run();
  const std::string weights = testing::content_of(folder_.final_weights());
  std::filesystem::remove(folder_.metrics_file());
  const TrainResult result = run({.run = "run-1", .step = 5}, folder_.checkpoint(5));
  EXPECT_EQ(result.json.at("steps"), 12);
  EXPECT_EQ(steps("step"), (std::vector<int>{10, 12}));
  EXPECT_EQ(testing::content_of(folder_.final_weights()), weights);
}

TEST_F(TrainerTest, AShortGradientLimitHoldsTheWeightsBack) {
  config_.run.max_iter = 1;
  config_.step.weight_decay = 0;
  (void)run();
  const double norm = lines("step").front().at("gradient_norm").get<double>();
  const Weights free = load_weights(folder_.final_weights());
  std::filesystem::remove(folder_.metrics_file());
  config_.step.clip_grad_norm = norm / 1e6;
  (void)run();
  EXPECT_EQ(lines("step").front().at("gradient_norm").get<double>(), norm);  // of before
  const Weights held = load_weights(folder_.final_weights());
  const auto& name = "head.conv_out.1.weight";
  ParameterStore start(graph_of(held.card));
  const auto moved = [&](const Weights& weights) {
    return (*find_tensor(weights.tensors, name) - start.value(name)).norm().item<double>();
  };
  EXPECT_GT(moved(free), 0);
  EXPECT_LT(moved(held), 1e-4 * moved(free));
}

TEST_F(TrainerTest, AnAverageIsWhatIsEvaluatedAndKept) {
  config_.step.ema_decay = 0.9;
  config_.evaluation.eval_interval = 12;
  const TrainResult result = run();
  const Weights final = load_weights(folder_.final_weights());
  const Weights checkpoint = load_weights(folder_.checkpoint(12));
  const SafetensorsFile file(folder_.checkpoint(12));
  for (const NamedTensor& weight : final.tensors)
    EXPECT_TRUE(weight.tensor.equal(*find_tensor(checkpoint.tensors, weight.name))) << weight.name;
  const TensorEntry* const trained = file.find("unaveraged.head.conv_out.1.weight");
  ASSERT_NE(trained, nullptr);
  EXPECT_FALSE(to_tensor(*trained, "").equal(*find_tensor(final.tensors, "head.conv_out.1.weight")));
  // The evaluation is that of the file.
  const RunSettings settings = resolve_settings(config_, train_);
  ParameterStore parameters(graph_of(final.card), {.gradients = false});
  load_exactly(final, parameters, folder_.final_weights());
  Validation validation(config_, settings, validation_, parameters, silent_log());
  ASSERT_TRUE(validation.run());
  EXPECT_EQ(to_json(validation.results()), result.json.at("metrics").at("protocols"));
}

TEST_F(TrainerTest, AccumulationKeepsTheEffectiveBatch) {
  config_.step.gradient_accumulation_steps = 3;
  config_.run.max_iter = 2;
  (void)run();
  EXPECT_NEAR(lines("step").back().at("epoch").get<double>(), 2 * 6 / 5.0, 1e-12);
}

TEST_F(TrainerTest, ABadImageEndsTheRunAtItsStepAndIsNamed) {
  const FakeDataset damaged({.size = 5, .bad = {3}});
  try {
    (void)run_on(damaged, validation_);
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().front().where, damaged.name(3));
    const std::vector<Json> ends = lines("end");
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(ends.front().at("reason"), "error");
    EXPECT_EQ(ends.front().at("what"), error.what());
  }
}

TEST_F(TrainerTest, AnEvaluationInWhichNothingCountsIsNotTheBest) {
  config_.run.max_iter = 4;
  config_.evaluation.eval_interval = 2;
  const TrainResult result = run_on(train_, Unlabelled(validation_));
  EXPECT_TRUE(result.json.at("best").is_null());
  EXPECT_TRUE(result.json.at("metrics").at("protocols").at("ss").at("miou").is_null());
  EXPECT_FALSE(read_run_state(folder_.checkpoint(4)).best.has_value());  // and the checkpoint can be read
}

TEST_F(TrainerTest, ABatchInWhichNothingCountsIsNoReasonToStop) {
  config_.run.max_iter = 3;
  EXPECT_EQ(run_on(Unlabelled(train_), validation_).reason, "finished");
  for (const Json& line : lines("step")) EXPECT_EQ(line.at("loss"), 0);
}

}  // namespace
}  // namespace seg
