// SPDX-License-Identifier: Apache-2.0
#include "training/checkpoint.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "formats/safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/damage.h"
#include "tests/training/small_network.h"
#include "training/adamw.h"
#include "training/weight_file.h"

namespace seg {
namespace {

using testing::same_bits;
using testing::small_card;
using testing::SmallTraining;
using testing::TemporaryFolder;

RunState full_state() {
  return {.run = "run-12345678",
          .step = 1234,
          .seconds = 0.1 + 0.2,  // has no short decimal form
          .best = BestEvaluation{.step = 1200, .metric = 1.0 / 3, .protocol = "msf"},
          .early_stop =
              {.metric = "ss.fw_miou", .best = 1.0 / 7, .best_step = 900, .last_step = 1200, .without_progress = 3},
          .values = {{"threads", "2"}, {"precision", "fp32"}},
          .identity = {{"lr_start", "0.01"}, {"class_names", "[\"Straße\", \"say \\\"a\\\"\"]"}}};
}

class Checkpoint : public ::testing::Test {
 protected:
  const SmallTraining& save(const RunState& state = full_state()) const {
    save_checkpoint(path_, small_card(), training_.parameters, training_.optimizer, state);
    return training_;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "step_001234.safetensors";
  SmallTraining training_{5};
};

TEST_F(Checkpoint, GivesBackTheStateOfTheRun) {
  save();
  const RunState expected = full_state();
  const RunState state = read_run_state(path_);
  EXPECT_EQ(state.run, expected.run);
  EXPECT_EQ(state.step, expected.step);
  EXPECT_EQ(state.seconds, expected.seconds);
  EXPECT_EQ(state.early_stop.metric, expected.early_stop.metric);
  EXPECT_EQ(state.early_stop.best, expected.early_stop.best);
  EXPECT_EQ(state.early_stop.best_step, expected.early_stop.best_step);
  EXPECT_EQ(state.early_stop.last_step, expected.early_stop.last_step);
  EXPECT_EQ(state.early_stop.without_progress, expected.early_stop.without_progress);
  ASSERT_TRUE(state.best.has_value());
  EXPECT_EQ(state.best->step, expected.best->step);
  EXPECT_EQ(state.best->metric, expected.best->metric);
  EXPECT_EQ(state.best->protocol, expected.best->protocol);
  EXPECT_EQ(state.values, expected.values);
  EXPECT_EQ(state.identity, expected.identity);
}

TEST_F(Checkpoint, ARunWithoutAnEvaluationHasNoBest) {
  RunState state = full_state();
  state.best.reset();
  state.early_stop.best.reset();
  save(state);
  EXPECT_FALSE(read_run_state(path_).best.has_value());
  EXPECT_FALSE(read_run_state(path_).early_stop.best.has_value());
}

TEST_F(Checkpoint, TrainingGoesOnFromItAsIfItHadNotStopped) {
  save();
  SmallTraining resumed(99);
  ASSERT_FALSE(same_bits(resumed.parameters, training_.parameters));
  load_checkpoint(path_, resumed.parameters, resumed.optimizer);
  EXPECT_TRUE(same_bits(resumed.parameters, training_.parameters));
  for (std::uint64_t i = 0; i < 3; ++i) {  // depends on the momenta
    training_.step(i);
    resumed.step(i);
  }
  EXPECT_TRUE(same_bits(resumed.parameters, training_.parameters));
}

TEST_F(Checkpoint, HoldsTheLossScalerBesideTheWeights) {
  SmallTraining one(3), other(4);
  const c10::Device cpu(c10::kCPU);
  LossScaler scaler({.init = 4096, .interval = 5}, cpu), resumed({}, cpu), fresh({.init = 2}, cpu);
  for (int i = 0; i < 7; ++i) {
    scaler.unscale(one.parameters.gradients().mul(i == 1 ? std::numeric_limits<double>::infinity() : 1.0));
    scaler.update();
  }
  save_checkpoint(path_, small_card(), one.parameters, one.optimizer, full_state(), nullptr, &scaler);
  load_checkpoint(path_, other.parameters, other.optimizer, nullptr, &resumed);
  for (std::size_t i = 0; i < scaler.state().size(); ++i)
    EXPECT_TRUE(same_bits(scaler.state()[i].tensor, resumed.state()[i].tensor)) << scaler.state()[i].name;
  EXPECT_EQ(resumed.num_skipped().item<double>(), 1);
  // As a weight file it is the weights alone, and who has no scaler has no use for it.
  EXPECT_EQ(load_weights(path_).tensors.size(), one.parameters.names().size());
  load_checkpoint(path_, other.parameters, other.optimizer);
  // A run that computed in another precision so far begins with the scale of its options.
  save_checkpoint(path_, small_card(), one.parameters, one.optimizer, full_state());
  load_checkpoint(path_, other.parameters, other.optimizer, nullptr, &fresh);
  EXPECT_EQ(fresh.scale().item<double>(), 2);
}

TEST_F(Checkpoint, HoldsTheAverageAsItsWeightsAndWhatTrainingGoesOnWithBeside) {
  SmallTraining one(3), other(4), plain(5);
  WeightAverage average(testing::small_network(), one.parameters, 0.9);
  WeightAverage resumed(testing::small_network(), other.parameters, 0.9);
  one.step(1);
  average.update(50, testing::no_flag());
  ASSERT_FALSE(same_bits(average.parameters().values(), one.parameters.values()));
  save_checkpoint(path_, small_card(), one.parameters, one.optimizer, full_state(), &average);
  load_checkpoint(path_, other.parameters, other.optimizer, &resumed);
  EXPECT_TRUE(same_bits(other.parameters, one.parameters));
  EXPECT_TRUE(same_bits(resumed.parameters(), average.parameters()));
  // A run without an average goes on with the weights that were trained.
  load_checkpoint(path_, plain.parameters, plain.optimizer);
  EXPECT_TRUE(same_bits(plain.parameters, one.parameters));
  // As a weight file it is the average.
  ParameterStore weights(testing::small_network());
  load_exactly(load_weights(path_), weights, path_);
  EXPECT_TRUE(same_bits(weights, average.parameters()));
}

TEST_F(Checkpoint, IsRefusedWithNumbersThatAreNotFinite) {
  SmallTraining one(3), other(4);
  WeightAverage average(testing::small_network(), one.parameters, 0.9);
  one.parameters.value("head.conv.bias").fill_(-std::numeric_limits<double>::infinity());
  const auto refusal = [&](const WeightAverage* kept) -> std::string {
    save_checkpoint(path_, small_card(), one.parameters, one.optimizer, full_state(), kept);
    try {
      load_checkpoint(path_, other.parameters, other.optimizer);
    } catch (const UserError& error) {
      return error.problems().front().what;
    }
    return "";
  };
  EXPECT_NE(refusal(nullptr).find("\"head.conv.bias\" (3 of 3)"), std::string::npos);
  EXPECT_NE(refusal(&average).find("\"unaveraged.head.conv.bias\" (3 of 3)"), std::string::npos);
}

TEST_F(Checkpoint, AnAverageThatItDoesNotHoldBeginsWithItsWeights) {
  save();
  SmallTraining other(99);
  WeightAverage average(testing::small_network(), other.parameters, 0.9);
  load_checkpoint(path_, other.parameters, other.optimizer, &average);
  EXPECT_TRUE(same_bits(average.parameters(), training_.parameters));
}

TEST_F(Checkpoint, IsAWeightFile) {
  save();
  EXPECT_EQ(load_weights(path_).card.num_classes, small_card().num_classes);
}

TEST_F(Checkpoint, IsRefusedWhereverItEnds) {
  save();
  const std::string content = testing::content_of(path_);
  for (std::size_t size = 0; size < content.size(); size += 1 + size / 50) {
    testing::replace_content(path_, content.substr(0, size));
    EXPECT_THROW((void)read_run_state(path_), UserError) << size;
  }
}

TEST_F(Checkpoint, IsRefusedWhicheverByteChanged) {
  save();
  const std::string content = testing::content_of(path_);
  for (std::size_t i = 0; i < content.size(); ++i) {
    std::string damaged = content;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    testing::replace_content(path_, damaged);
    EXPECT_THROW((void)read_run_state(path_), UserError) << "byte " << i << " of " << content.size();
  }
}

TEST_F(Checkpoint, ErrorsNameTheFile) {
  save();
  testing::flip_last_bit(path_);
  try {
    (void)read_run_state(path_);
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().front().where, path_.string());
  }
}

TEST_F(Checkpoint, WeightsAloneAreNone) {
  save_weights(path_, small_card(), training_.parameters);
  EXPECT_THROW((void)read_run_state(path_), UserError);
  SmallTraining other(1);
  try {
    load_checkpoint(path_, other.parameters, other.optimizer);
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_NE(error.problems().front().what.find("momentum"), std::string::npos);
  }
}

TEST_F(Checkpoint, WhoseStateOfTheRunIsNoneIsRefusedByName) {
  for (const char* state : {"", "{}", "[3]", R"({"run": 7})"}) {
    write_safetensors(path_, {}, {{"segtrain.run", state}});
    try {
      (void)read_run_state(path_);
      ADD_FAILURE() << state;
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems().front().where, path_.string());
      EXPECT_NE(error.problems().front().what.find("state of the run is unusable"), std::string::npos);
    }
  }
}

TEST_F(Checkpoint, AFileOfWeightsIsRefusedWithWhatItIsGoodFor) {
  for (const char* const name : {"w.safetensors", "w.pth"}) {
    const auto file = path_.parent_path() / name;
    save_weights(file, small_card(), training_.parameters);
    try {
      (void)read_run_state(file);
      ADD_FAILURE() << name;
    } catch (const UserError& error) {
      const Problem& problem = error.problems().front();
      EXPECT_NE(problem.what.find("no checkpoint"), std::string::npos) << problem.what;
      EXPECT_NE(problem.remedy.find("finetune_from=" + file.string()), std::string::npos) << problem.remedy;
    }
  }
}

TEST_F(Checkpoint, WhoseMomentumHasAnotherShapeIsRefused) {
  save();
  const SafetensorsFile whole(path_);
  std::vector<TensorEntry> entries = whole.tensors();
  for (TensorEntry& entry : entries)
    if (entry.name == "momentum.conv.weight") entry.shape = {3, 4, 3, 3};  // its numbers, in another order
  const auto other = folder_ / "other.safetensors";
  write_safetensors(other, entries, whole.metadata());
  SmallTraining training(1);
  try {
    load_checkpoint(other, training.parameters, training.optimizer);
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().front().what, "its momentum.conv.weight does not have the parameter's shape");
  }
}

TEST_F(Checkpoint, OfAnotherOptimizerIsRefused) {
  save();
  SmallTraining other(1);
  AdamW optimizer(other.parameters, {.kind = OptimizerKind::adamw});
  try {
    load_checkpoint(path_, other.parameters, optimizer);
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_NE(error.problems().front().what.find("no exp_avg."), std::string::npos);
    EXPECT_NE(error.problems().front().remedy.find("the optimizer that it was trained with"), std::string::npos);
  }
}

TEST_F(Checkpoint, KeepsAllThatAdamWNeeds) {
  SmallTraining one(3), other(4);
  AdamW optimizer(one.parameters, {.kind = OptimizerKind::adamw}),
      resumed(other.parameters, {.kind = OptimizerKind::adamw});
  for (int i = 0; i < 3; ++i) optimizer.step(0.1, testing::no_flag());
  save_checkpoint(path_, small_card(), one.parameters, optimizer, full_state());
  load_checkpoint(path_, other.parameters, resumed);
  other.parameters.gradients().copy_(one.parameters.gradients());
  optimizer.step(0.1, testing::no_flag());
  resumed.step(0.1, testing::no_flag());
  EXPECT_TRUE(same_bits(other.parameters, one.parameters));
  EXPECT_TRUE(load_weights(path_).tensors.size() == one.parameters.names().size());  // and it is a weight file
}

TEST_F(Checkpoint, OfAnotherNetworkIsRefused) {
  save();
  const ParameterStore other(testing::small_network(5));
  ParameterStore parameters(testing::small_network(5));
  Sgd optimizer(parameters, {});
  EXPECT_THROW(load_checkpoint(path_, parameters, optimizer), UserError);
}

TEST_F(Checkpoint, AppearsWholeOrNotAtAll) {
  save();
  const std::string before = testing::content_of(path_);
  std::filesystem::create_directories(folder_ / "full");
  // A folder stands where the file should go: the old file and the folder stay as they were.
  EXPECT_THROW(save_checkpoint(folder_ / "full", small_card(), training_.parameters, training_.optimizer, full_state()),
               UserError);
  EXPECT_EQ(testing::content_of(path_), before);
  std::size_t num_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) num_files += entry.exists() ? 1U : 0U;
  EXPECT_EQ(num_files, 2U);
}

}  // namespace
}  // namespace seg
