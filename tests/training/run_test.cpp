// SPDX-License-Identifier: Apache-2.0
#include "training/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "base/signals.h"
#include "config/resolve.h"
#include "evaluation/results.h"
#include "image/png.h"
#include "telemetry/event_file.h"
#include "tests/support/problem_of.h"
#include "tests/training/small_network.h"
#include "tests/training/tiny_run.h"
#include "training/identity.h"
#include "training/validation.h"
#include "training/weight_file.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::contains;
using testing::same_tensors;
using testing::TinyRun;
using testing::Words;

// What six steps without any disturbance lead to; made once.
const TinyRun& undisturbed() {
  static const TinyRun run;
  static const TrainResult result = run.train();
  EXPECT_TRUE(result.is_complete);
  return run;
}

TEST(Run, WritesTheRunFolderOfTheContract) {
  const TinyRun run({"eval_interval=4"});
  const TrainResult result = run.train();
  EXPECT_EQ(result.reason, "finished");
  EXPECT_TRUE(result.is_complete);

  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(run.folder())) {
    const std::string name = entry.path().filename().string();
    names.insert(EventFile::is_name(name) ? "events" : name);
  }
  EXPECT_EQ(names, (std::set<std::string>{".lock", "config.toml", "metrics.jsonl", "train_batch.png", "checkpoints",
                                          "events", "model_final.safetensors", "model_final.pth", "predictions.png",
                                          "worst_predictions.png", "report.html"}));
  const Bytes picture = read_file(run.folder() / "train_batch.png");
  EXPECT_EQ(png_layout(picture, "train_batch.png").channels, 3);

  EXPECT_EQ(run.steps_of("start"), std::vector<int>{0});
  EXPECT_EQ(run.steps_of("step"), (std::vector<int>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(run.steps_of("eval"), (std::vector<int>{4, 6}));
  EXPECT_EQ(run.steps_of("checkpoint"), (std::vector<int>{2, 4, 6}));
  EXPECT_EQ(run.steps_of("end"), std::vector<int>{6});
  const Json start = run.metrics("start").front();
  for (const char* member : {"version", "argv", "host", "device", "config_hash", "time", "run", "epoch"})
    EXPECT_TRUE(start.contains(member)) << member;
  EXPECT_EQ(run.metrics("end").front().at("reason"), "finished");
}

TEST(Run, ItsReportTellsTheEndAndIsLeftOutOnRequest) {
  const TinyRun run({"max_iter=2"});
  (void)run.train({"max_iter=2", "report=false"});
  EXPECT_FALSE(fs::exists(run.folder() / "report.html"));
  (void)run.train({"max_iter=2"}, Resume::never);
  const std::string page = testing::content_of(run.folder() / "report.html");
  EXPECT_TRUE(contains(page, "finished"));
  EXPECT_TRUE(contains(page, "road")) << "the run says the names of its classes";
  EXPECT_TRUE(contains(page, "the images predicted worst")) << "and keeps pictures";
  EXPECT_TRUE(contains(run.text(), "report.html: open it in a browser")) << run.text();
}

TEST(Run, AReportThatCannotBeWrittenIsAWarning) {
  const TinyRun run({"max_iter=60", "checkpoint_interval=60", "log_interval=60"});
  ASSERT_FALSE(run.train({"max_hours=0.0001"}).is_complete);
  fs::remove(run.folder() / "report.html");
  fs::create_directories(run.folder() / "report.html" / "in the way");
  EXPECT_TRUE(run.train().is_complete);
  EXPECT_TRUE(contains(run.text(), "report.html was not written")) << run.text();
  EXPECT_FALSE(contains(run.text(), "report.html: open it")) << run.text();
}

TEST(Run, TheResultHasTheMembersOfTheContract) {
  const TinyRun run;
  const Json json = run.train().json;
  EXPECT_EQ(json.at("run_folder"), run.folder().string());
  EXPECT_EQ(json.at("reason"), "finished");
  EXPECT_EQ(json.at("steps"), 6);
  EXPECT_GT(json.at("images_per_second").get<double>(), 0);
  double sum = 0;
  for (const std::string_view phase : kPhaseNames) sum += json.at("phases").at(std::string(phase)).get<double>();
  EXPECT_NEAR(sum, 1, 1e-9);
  EXPECT_GT(json.at("final").at("loss").get<double>(), 0);
  EXPECT_EQ(json.at("best").at("step"), 6);
  EXPECT_EQ(json.at("best").at("metric"), json.at("metrics").at("protocols").at("ss").at("miou"));
  EXPECT_EQ(json.at("metrics").at("protocols").at("ss").at("images"), 3);
  EXPECT_EQ(json.at("checkpoints"), (Json{run.checkpoint(6).string(), run.checkpoint(4).string()}));
}

TEST(Run, TheFinalWeightsAreWhatWasEvaluated) {
  const TinyRun run;
  const Json json = run.train().json;
  const Weights weights = load_weights(run.final_weights());
  const ResolvedConfig config = testing::tiny_config();
  const auto data = open_dataset(config.config.dataset, Split::validation);
  RunSettings settings = resolve_settings(config.config, *data);
  settings.card = weights.card;
  ParameterStore parameters(graph_of(weights.card), {.gradients = false});
  load_exactly(weights, parameters, run.final_weights());
  Validation validation(config.config, settings, *data, parameters, silent_log());
  EXPECT_TRUE(validation.run());
  EXPECT_EQ(to_json(validation.results()), json.at("metrics").at("protocols"));
}

TEST(Run, TheConfigInTheFolderGivesTheSameRun) {
  const TinyRun run({"max_iter=none", "max_epochs=0.5"});
  (void)run.train();
  const ResolvedConfig again =
      load_config({.file = run.folder() / "config.toml", .overrides = {}, .purpose = Purpose::train}, silent_log());
  const auto identity = [](const Config& config) {
    return run_identity(config, *open_dataset(config.dataset, Split::train),
                        *open_dataset(config.dataset, Split::validation));
  };
  EXPECT_EQ(identity(again.config), identity(testing::tiny_config({"max_iter=none", "max_epochs=0.5"}).config));
  EXPECT_EQ(again.config.run.respth, run.folder().string());
  EXPECT_EQ(load_weights(run.final_weights()).card.config, testing::content_of(run.folder() / "config.toml"));
}

TEST(Run, SaysHowManyStepsItPreparesAheadAndKeepsWhatIsAutomatic) {
  const TinyRun run({"max_iter=1"});
  (void)run.train();
  EXPECT_TRUE(contains(run.text(), "the training thread loads, and nothing ahead")) << run.text();
  EXPECT_TRUE(contains(testing::content_of(run.folder() / "config.toml"), "prefetch_factor = \"auto\""));
}

TEST(Run, TheSameConfigGivesTheSameBits) {
  const TinyRun run;
  (void)run.train();
  EXPECT_TRUE(same_tensors(run.final_weights(), undisturbed().final_weights()));
  EXPECT_EQ(run.metrics("step").back().at("losses"), undisturbed().metrics("step").back().at("losses"));
}

TEST(Run, AnotherSeedDoesNot) {
  const TinyRun run({"seed=1"});
  (void)run.train();
  EXPECT_FALSE(same_tensors(run.final_weights(), undisturbed().final_weights()));
}

TEST(Run, EvaluationsLoaderWorkersAndLinesDoNotMoveTheWeights) {
  for (const Words& keys : std::vector<Words>{{"eval_interval=1"},
                                              {"num_workers=1", "prefetch_factor=5"},
                                              {"log_interval=100", "progress=off", "checkpoint_interval=1"}}) {
    const TinyRun run(keys);
    (void)run.train();
    EXPECT_TRUE(same_tensors(run.final_weights(), undisturbed().final_weights())) << keys.front();
  }
}

TEST(Run, AFinishedRunSaysSoAndChangesNothing) {
  const TinyRun run;
  (void)run.train();
  const std::string metrics = testing::content_of(run.folder() / "metrics.jsonl");
  const auto written = fs::last_write_time(run.final_weights());
  const TrainResult again = run.train();
  EXPECT_EQ(again.reason, "already finished");
  EXPECT_TRUE(again.is_complete);
  EXPECT_EQ(again.json.at("steps"), 6);
  EXPECT_TRUE(contains(run.text(), "already finished at step 6"));
  EXPECT_EQ(testing::content_of(run.folder() / "metrics.jsonl"), metrics);
  EXPECT_EQ(fs::last_write_time(run.final_weights()), written);
}

TEST(Run, BeginsWithGivenWeightsAndNeedsTheirFileNoMoreWhenItGoesOn) {
  const TinyRun run({"lr_start=1e-9", "weight_decay=0"});
  const auto file = run.base() / "start.pth";
  fs::copy_file(undisturbed().folder() / "model_final.pth", file);
  const std::string key = "finetune_from=" + file.string();
  (void)run.train({key});
  const SafetensorsFile given(undisturbed().final_weights()), end(run.final_weights());
  const auto value_of = [](const SafetensorsFile& weights) {
    return to_tensor(*weights.find("detail.S1.0.conv.weight"), "detail");
  };
  EXPECT_TRUE(value_of(end).allclose(value_of(given), 1e-4, 1e-6));
  EXPECT_TRUE(contains(run.text(), "are those of " + file.string()));
  const Json record = run.metrics("start").front().at("start_weights").at("finetune_from");
  EXPECT_EQ(record.at("taken").get<std::size_t>(), given.tensors().size());
  EXPECT_TRUE(record.at("anew").empty());

  fs::remove(file);
  fs::rename(run.final_weights(), run.base() / "first.safetensors");
  fs::remove(run.checkpoint(6));
  (void)run.train({key});  // goes on from step 4
  EXPECT_TRUE(same_tensors(run.final_weights(), run.base() / "first.safetensors"));
  EXPECT_TRUE(contains(run.refusal().front().what, "finetune_from was start.pth, now"));
}

TEST(Run, WithoutItsFinalWeightsTheLastStepIsFinishedAgain) {
  const TinyRun run;
  (void)run.train();
  fs::remove(run.final_weights());
  const TrainResult again = run.train();
  EXPECT_EQ(again.reason, "finished");
  EXPECT_TRUE(again.is_complete);
  EXPECT_EQ(again.json.at("final").at("loss"), run.metrics("step").back().at("loss"));  // though no step was made
  EXPECT_TRUE(again.json.at("images_per_second").is_null());
  EXPECT_FALSE(contains(run.text(), "0.0 images/s")) << run.text();
  EXPECT_TRUE(contains(run.text(), "finished 6 steps;")) << run.text();
  EXPECT_TRUE(same_tensors(run.final_weights(), undisturbed().final_weights()));
  EXPECT_EQ(run.steps_of("checkpoint"), (std::vector<int>{2, 4, 6}));
}

TEST(Run, AtATimeLimitItSavesAndSaysHowToGoOn) {
  const TinyRun run({"max_iter=100000", "max_hours=0.0001", "checkpoint_interval=100000", "log_interval=1000"});
  const TrainResult result = run.train();
  EXPECT_EQ(result.reason, "time limit");
  EXPECT_FALSE(result.is_complete);
  const int steps = result.json.at("steps").get<int>();
  EXPECT_GT(steps, 0);
  EXPECT_TRUE(fs::exists(run.checkpoint(steps)));
  EXPECT_FALSE(fs::exists(run.final_weights()));
  EXPECT_TRUE(contains(run.text(), "run the same command again"));
  EXPECT_EQ(run.metrics("end").front().at("reason"), "time limit");
  EXPECT_TRUE(result.json.at("best").is_null());
}

// Requests come as signals; the handlers are the program's own.
class SignalledRun : public ::testing::Test {
 protected:
  SignalledRun() {
    clear_requests();
    install_signal_handlers();
  }
  ~SignalledRun() override {
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) std::signal(signal, SIG_DFL);
    clear_requests();
  }
};

// Of six steps.
void stop_at_every_step_and_go_on(const TinyRun& run) {
  for (int step = 1; step <= 5; ++step) {
    const TrainResult result = run.train_a_step(step == 3 ? SIGINT : SIGTERM);
    EXPECT_EQ(result.reason, step == 3 ? "SIGINT" : "SIGTERM");
    EXPECT_FALSE(result.is_complete);
    EXPECT_EQ(result.json.at("steps"), step);
    clear_requests();
  }
  EXPECT_EQ(run.train().reason, "finished");
}

TEST_F(SignalledRun, StoppedAtEveryStepAndResumedItEndsWithTheSameBits) {
  const TinyRun run({"log_interval=4"});
  stop_at_every_step_and_go_on(run);
  EXPECT_TRUE(same_tensors(run.final_weights(), undisturbed().final_weights()));
  EXPECT_TRUE(same_tensors(run.checkpoint(6), undisturbed().checkpoint(6)));  // momenta, too
  EXPECT_EQ(run.steps_of("resume"), (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_EQ(run.metrics("resume").back().at("run"), run.metrics("start").front().at("run"));
}

TEST_F(SignalledRun, ARequestBeforeTheFirstStepLeavesNothing) {
  const TinyRun run;
  raise(SIGTERM);  // found while the labels are looked at
  const TrainResult result = run.train();
  EXPECT_EQ(result.reason, "SIGTERM");
  EXPECT_FALSE(result.is_complete);
  EXPECT_EQ(result.json.at("steps"), 0);
  EXPECT_FALSE(fs::exists(run.folder()));
  EXPECT_TRUE(contains(run.text(), "stopped before step 1 (SIGTERM)")) << run.text();
}

TEST_F(SignalledRun, ARequestWhileItRehearsesLeavesNothingAndMakesNoStep) {
  const TinyRun run;
  const TrainResult result = run.train_until("forecast: ", SIGTERM);
  EXPECT_EQ(result.reason, "SIGTERM");
  EXPECT_FALSE(result.is_complete);
  EXPECT_EQ(result.json.at("steps"), 0);
  EXPECT_FALSE(fs::exists(run.folder()));
  EXPECT_TRUE(contains(run.text(), "stopped before step 1 (SIGTERM); nothing was written")) << run.text();
  EXPECT_FALSE(contains(run.text(), "rehearsed")) << run.text();
}

TEST_F(SignalledRun, ARequestBeforeItGoesOnLeavesAllAsItWas) {
  const TinyRun run;
  (void)run.train_a_step(SIGTERM);
  clear_requests();
  const std::string metrics = testing::content_of(run.folder() / "metrics.jsonl");
  const TrainResult result = run.train_until("forecast: ", SIGINT);
  EXPECT_EQ(result.reason, "SIGINT");
  EXPECT_FALSE(result.is_complete);
  EXPECT_EQ(result.json.at("steps"), 1);
  EXPECT_EQ(testing::content_of(run.folder() / "metrics.jsonl"), metrics);
  EXPECT_TRUE(contains(run.text(), "stopped before step 2 (SIGINT)")) << run.text();
  clear_requests();
  EXPECT_EQ(run.train().reason, "finished");
  EXPECT_TRUE(same_tensors(run.final_weights(), undisturbed().final_weights()));
}

TEST_F(SignalledRun, SoItDoesWithAdamWClippingAnAverageAndAccumulation) {
  const Words keys = {"optimizer=adamw", "clip_grad_norm=1",   "ema_decay=0.6",
                      "ims_per_gpu=1",   "lr_schedule=cosine", "gradient_accumulation_steps=2"};
  const TinyRun whole(keys), run(keys);
  (void)whole.train();
  stop_at_every_step_and_go_on(run);
  EXPECT_TRUE(same_tensors(run.final_weights(), whole.final_weights()));
  EXPECT_TRUE(same_tensors(run.checkpoint(6), whole.checkpoint(6)));
  EXPECT_FALSE(same_tensors(run.final_weights(), undisturbed().final_weights()));
}

TEST_F(SignalledRun, ARequestToSaveIsHonouredAndTheRunGoesOn) {
  const TinyRun run({"checkpoint_interval=100", "keep_checkpoints=10"});
  raise(SIGUSR1);
  EXPECT_EQ(run.train().reason, "finished");
  EXPECT_EQ(run.steps_of("checkpoint"), (std::vector<int>{1, 6}));
}

TEST_F(SignalledRun, NoLineAppearsTwiceAfterALossOfWork) {
  const TinyRun run({"max_iter=8", "checkpoint_interval=1", "keep_checkpoints=10", "eval_interval=2",
                     "eval_ims_per_gpu=100"});  // an evaluation is one batch: no request can cut it short
  for (int i = 0; i < 5; ++i) {
    (void)run.train_a_step(SIGTERM);
    clear_requests();
  }
  // As if the run had been killed at step 5, with its last checkpoint at step 3.
  for (const int step : {4, 5}) fs::remove(run.checkpoint(step));
  (void)run.train();
  EXPECT_EQ(run.steps_of("step"), (std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(run.steps_of("eval"), (std::vector<int>{2, 4, 6, 8}));
  EXPECT_EQ(run.steps_of("checkpoint"), (std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8}));
}

// Class weights are found in the labels and kept in the checkpoint: going on gives the bits of the undisturbed run.
TEST_F(SignalledRun, WeightsByFrequencyAndSmoothedLabelsAreLearnedWith) {
  const Words keys = {"class_weights=median_frequency", "label_smoothing=0.1"};
  const TinyRun whole(keys), parts(keys);
  (void)whole.train();
  EXPECT_FALSE(same_tensors(whole.final_weights(), undisturbed().final_weights()));
  const auto weights = whole.metrics("start").front().at("class_weights").get<std::vector<double>>();
  EXPECT_LT(std::ranges::min(weights), 0.9);
  EXPECT_GT(std::ranges::max(weights), 1.1);
  (void)parts.train_a_step(SIGTERM);
  clear_requests();
  const TrainResult result = parts.train();
  EXPECT_TRUE(result.is_complete);
  EXPECT_TRUE(same_tensors(parts.final_weights(), whole.final_weights()));
}

TEST_F(SignalledRun, AnEvaluationThatWasCutShortIsMadeUpFor) {
  const TinyRun run({"max_iter=4", "eval_interval=2", "eval_ims_per_gpu=1"});
  for (int i = 0; i < 2; ++i) {  // to step 1, to step 2 and the beginning of its evaluation
    EXPECT_FALSE(run.train_a_step(SIGTERM).is_complete);
    clear_requests();
  }
  EXPECT_EQ(run.steps_of("eval"), std::vector<int>{});
  EXPECT_TRUE(run.train().is_complete);
  EXPECT_EQ(run.steps_of("eval"), (std::vector<int>{2, 4}));
}

TEST_F(SignalledRun, ADamagedNewestCheckpointCostsItsStepsAndNoMore) {
  const TinyRun run({"checkpoint_interval=1", "keep_checkpoints=1", "save_best=false"});
  for (int i = 0; i < 2; ++i) {
    (void)run.train_a_step(SIGTERM, {"keep_checkpoints=5"});
    clear_requests();
  }
  testing::flip_last_bit(run.checkpoint(2));
  (void)run.train();
  EXPECT_TRUE(contains(run.text(), "passed over a checkpoint"));
  EXPECT_TRUE(fs::exists(run.base() / "res.old-1" / "checkpoints" / run.checkpoint(2).filename()));
  EXPECT_TRUE(same_tensors(run.final_weights(), undisturbed().final_weights()));
}

TEST(Run, AnotherRunInTheFolderIsLeftAlone) {
  const TinyRun run;
  (void)run.train();
  const std::string config = testing::content_of(run.folder() / "config.toml");
  const std::vector<Problem> problems = run.refusal({"lr_start=0.02"});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_TRUE(contains(problems.front().what, "lr_start")) << problems.front().what;
  EXPECT_EQ(testing::content_of(run.folder() / "config.toml"), config);
  EXPECT_TRUE(run.refusal({"log_interval=3"}).empty());  // has no effect on what is learned
}

TEST(Run, AnotherWayOfSteppingIsAnotherRun) {
  const TinyRun run({"max_iter=1"});
  (void)run.train();
  for (const char* key : {"optimizer=adamw", "adam_eps=0.1", "lr_schedule=exp", "lr_milestones=0.5", "lr_gamma=0.5",
                          "clip_grad_norm=1", "ema_decay=0.5", "gradient_accumulation_steps=2"}) {
    const std::vector<Problem> problems = run.refusal({key});
    ASSERT_EQ(problems.size(), 1U) << key;
    const std::string name = std::string(key).substr(0, std::string(key).find('='));
    EXPECT_TRUE(contains(problems.front().what, name + " was ")) << problems.front().what;
  }
}

TEST(Run, NeverMovesTheOldRunAsideAndBeginsAnew) {
  const TinyRun run;
  (void)run.train();
  EXPECT_EQ(run.train({"lr_start=0.02"}, Resume::never).reason, "finished");
  EXPECT_TRUE(same_tensors(run.base() / "res.old-1" / "model_final.safetensors", undisturbed().final_weights()));
  EXPECT_EQ(run.steps_of("step").size(), 6U);
  EXPECT_FALSE(same_tensors(run.final_weights(), undisturbed().final_weights()));
}

TEST(Run, AFileGoesOnFromItsStepWithTheNewValues) {
  const TinyRun first({"keep_checkpoints=10"});
  (void)first.train();
  const TrainResult result = first.train({"lr_start=0.02"}, Resume::from_file, first.checkpoint(4));
  EXPECT_EQ(result.reason, "finished");
  EXPECT_EQ(first.steps_of("step"), (std::vector<int>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(first.metrics("step").back().at("lr").get<double>(),
            2 * undisturbed().metrics("step").back().at("lr").get<double>());
  EXPECT_TRUE(same_tensors(first.base() / "res.old-1" / "model_final.safetensors", undisturbed().final_weights()));
  // In a folder of its own the same file gives the same.
  const TinyRun second;
  (void)second.train({"lr_start=0.02"}, Resume::from_file, first.checkpoint(4));
  EXPECT_TRUE(same_tensors(second.final_weights(), first.final_weights()));
}

TEST(Run, ACheckpointBeyondTheEndIsRefused) {
  const TinyRun run;
  (void)run.train();
  EXPECT_THROW((void)run.train({"max_iter=5"}, Resume::from_file, run.checkpoint(6)), UserError);
}

TEST(Run, OnALossThatIsNotFiniteItStopsAndNamesWhatIsNeeded) {
  // Weights grow a hundredfold a step until they overflow.
  const TinyRun run({"lr_start=100", "weight_decay=1", "warmup_iters=0", "max_iter=200", "log_interval=5",
                     "checkpoint_interval=1", "keep_checkpoints=20"});
  const std::vector<Problem> problems = run.refusal();
  ASSERT_EQ(problems.size(), 1U);
  const Problem& problem = problems.front();
  const Json end = run.metrics("end").front();
  EXPECT_EQ(run.metrics("end").size(), 1U);
  EXPECT_EQ(end.at("reason"), "not finite");
  EXPECT_TRUE(contains(testing::content_of(run.folder() / "report.html"), "not finite"));
  const int bad_step = end.at("step").get<int>();
  EXPECT_EQ(problem.where, "step " + std::to_string(bad_step));
  EXPECT_TRUE(contains(problem.remedy, "lr_start")) << problem.remedy;

  // The batch is that step's batch.
  const SafetensorsFile batch(run.folder() / "bad_batch.safetensors");
  EXPECT_EQ(batch.metadata().at("step"), std::to_string(bad_step));
  const Config config = testing::tiny_config().config;
  const auto data = open_dataset(config.dataset, Split::train);
  Loader loader(*data, loader_options(config, *data, resolve_settings(config, *data)), host_memory(), silent_log());
  loader.start(bad_step);
  const HostBatch expected = loader.next();
  EXPECT_TRUE(std::ranges::equal(batch.find("images")->data, expected.images()));
  for (const std::uint32_t index : expected.dataset_indices())
    EXPECT_TRUE(contains(problem.what, data->name(index))) << problem.what;

  // The last good checkpoint lies before it: variances overflow sooner than the loss does.
  int last_good = bad_step;
  const auto is_good = [&](int step) {
    if (!fs::exists(run.checkpoint(step))) return false;
    const SafetensorsFile file(run.checkpoint(step));
    return std::ranges::none_of(file.tensors(), [](const TensorEntry& entry) {
      const at::Tensor tensor = to_tensor(entry, "checkpoint");
      return tensor.is_floating_point() && !tensor.isfinite().all().item<bool>();
    });
  };
  while (last_good > 0 && !is_good(last_good)) --last_good;
  ASSERT_GT(last_good, 0);
  EXPECT_TRUE(contains(problem.what, "The last good checkpoint is " + run.checkpoint(last_good).string()))
      << problem.what;
  EXPECT_FALSE(fs::exists(run.final_weights()));
}

}  // namespace
}  // namespace seg
