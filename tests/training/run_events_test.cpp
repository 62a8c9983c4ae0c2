// SPDX-License-Identifier: Apache-2.0
#include "training/run_events.h"

#include <gtest/gtest.h>

#include <csignal>
#include <sstream>

#include "base/signals.h"
#include "tests/support/event_lines.h"
#include "tests/training/tiny_run.h"

namespace seg {
namespace {

using testing::event_lines;
using testing::TinyRun;

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

class RunEventsTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder base_;
  RunFolder folder_{base_ / "res"};
};

TEST_F(RunEventsTest, AStepIsToldAsTheMetricsFileTellsIt) {
  SEG_NEEDS_PLAIN_PYTHON();
  RunEvents events(folder_, true);
  StepReport report{.step = 20,
                    .losses = {{"logits", 0.25}, {"aux2", 2.0}},
                    .total_loss = 2.25,
                    .rate = 0.5,
                    .group_rates = {0.5, 5.0},
                    .images_per_second = 12.5,
                    .skipped = 1};
  report.phases[Phase::data_wait] = 1;
  report.phases[Phase::forward] = 3;
  events.step(report);
  const std::string lines = event_lines(folder_.path());
  for (const char* line : {"loss\t2.25", "losses/logits\t0.25", "losses/aux2\t2.0", "lr\t0.5", "lr_groups/0\t0.5",
                           "lr_groups/1\t5.0", "images_per_second\t12.5", "skipped\t1.0", "phases/data_wait\t0.25",
                           "phases/forward\t0.75", "phases/other\t0.0"})
    EXPECT_EQ(count(lines, "scalar\t20\t" + std::string(line) + "\n"), 1) << line << " in\n" << lines;
  EXPECT_EQ(count(lines, "\n"), 1 + 9 + static_cast<int>(kNumPhases));
}

TEST_F(RunEventsTest, AnEvaluationCountsAbsentClassesAsTheConfigSays) {
  SEG_NEEDS_PLAIN_PYTHON();
  RunEvents events(folder_, true);
  ConfusionMatrix matrix(2);
  const std::vector<std::uint8_t> labels = {0, 0, 0}, predictions = {0, 0, 0};
  matrix.add(labels, predictions, 255);
  events.evaluation(7, {{.protocol = "ss", .matrix = matrix, .absent_class = AbsentClass::reference}}, {"road", "car"});
  // Road: 3 of 3 + 1; the absent car: 0 of 0 + 1; both count.
  const std::string lines = event_lines(folder_.path());
  EXPECT_EQ(count(lines, "scalar\t7\teval/ss/miou\t0.375\n"), 1) << lines;
}

TEST_F(RunEventsTest, AnEvaluationIsToldWithoutClassesThatAreNotThere) {
  SEG_NEEDS_PLAIN_PYTHON();
  RunEvents events(folder_, true);
  ConfusionMatrix matrix(3);
  const std::vector<std::uint8_t> labels = {0, 0, 0, 1}, predictions = {0, 0, 1, 1};
  matrix.add(labels, predictions, 255);
  events.evaluation(7, {{.protocol = "ss", .matrix = matrix}}, {"road", "car"});
  const std::string lines = event_lines(folder_.path());
  // Road: 2 of 3; car: 1 of 2; the third class appears nowhere.
  EXPECT_EQ(count(lines, "scalar\t7\teval/ss/iou/road\t0.6666666865348816\n"), 1) << lines;
  EXPECT_EQ(count(lines, "scalar\t7\teval/ss/iou/car\t0.5\n"), 1) << lines;
  EXPECT_EQ(count(lines, "eval/ss/iou/"), 2) << lines;
  EXPECT_EQ(count(lines, "scalar\t7\teval/ss/miou\t0.5833333134651184\n"), 1) << lines;
  EXPECT_EQ(count(lines, "scalar\t7\teval/ss/pixel_accuracy\t0.75\n"), 1) << lines;
  EXPECT_EQ(count(lines, "scalar\t7\teval/ss/mean_accuracy\t0.8333333134651184\n"), 1) << lines;
  EXPECT_EQ(count(lines, "eval/ss/boundary"), 0) << lines;
  EXPECT_EQ(count(lines, "image\t7\teval/ss/confusion_matrix\t"), 1) << lines;
}

TEST_F(RunEventsTest, BoundariesAreToldWhereTheyWereMeasured) {
  SEG_NEEDS_PLAIN_PYTHON();
  RunEvents events(folder_, true);
  BoundaryResult boundary{.options = {},
                          .counts = {.bands = {{1, 2, 1}}, .f1 = {{}}, .f1_of_images = {0.5, 2}, .trimaps = {}}};
  events.evaluation(7, {{.protocol = "ss", .matrix = ConfusionMatrix(1), .boundary = boundary}}, {"road"});
  const std::string lines = event_lines(folder_.path());
  EXPECT_EQ(count(lines, "scalar\t7\teval/ss/boundary_iou\t0.5\n"), 1) << lines;
  EXPECT_EQ(count(lines, "scalar\t7\teval/ss/boundary_f1\t0.25\n"), 1) << lines;
}

TEST_F(RunEventsTest, LargePicturesAreMadeSmaller) {
  SEG_NEEDS_PLAIN_PYTHON();
  RunEvents events(folder_, true);
  events.picture(3, "eval/predictions", Image({40, 3000, 3, PixelType::u8}));
  EXPECT_EQ(count(event_lines(folder_.path()), "image\t3\teval/predictions\t13\t1000\t3\t1000x13\n"), 1);
}

TEST_F(RunEventsTest, OffWritesNothing) {
  RunEvents events(folder_, false);
  events.step({.step = 1});
  events.evaluation(1, {}, {});
  events.picture(1, "train_batch", Image({4, 4, 3, PixelType::u8}));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), std::filesystem::directory_iterator()),
            1);  // the lock
}

TEST(RunWithEvents, HoldsEachStepAndEvaluationOnceHoweverOftenItWasStopped) {
  SEG_NEEDS_PLAIN_PYTHON();
  const TinyRun run({"eval_interval=3", "eval_ims_per_gpu=100"});
  clear_requests();
  install_signal_handlers();
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(run.train_a_step(SIGTERM).is_complete);
    clear_requests();
  }
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) std::signal(signal, SIG_DFL);
  // As if it had been killed at step 2 with its last checkpoint at step 1.
  std::filesystem::remove(run.checkpoint(2));
  EXPECT_TRUE(run.train().is_complete);
  // As if it had been killed after the last evaluation and before the weights were written.
  std::filesystem::remove(run.final_weights());
  EXPECT_TRUE(run.train().is_complete);

  const std::string lines = event_lines(run.folder());
  EXPECT_EQ(count(lines, "\tloss\t"), 6) << lines;
  for (int step = 1; step <= 6; ++step)
    EXPECT_EQ(count(lines, "scalar\t" + std::to_string(step) + "\tloss\t"), 1) << step << " in\n" << lines;
  EXPECT_EQ(count(lines, "eval/ss/miou"), 2) << lines;
  EXPECT_EQ(count(lines, "scalar\t6\teval/ss/miou\t"), 1) << lines;
  EXPECT_EQ(count(lines, "image\t0\ttrain_batch\t"), 1) << lines;
  EXPECT_EQ(count(lines, "image\t3\teval/predictions\t"), 1) << lines;
  EXPECT_EQ(count(lines, "image\t6\teval/predictions\t"), 1) << lines;
}

TEST(RunWithEvents, TensorboardOffLeavesNoFile) {
  const TinyRun run({"tensorboard=false", "max_iter=1"});
  EXPECT_TRUE(run.train().is_complete);
  for (const auto& entry : std::filesystem::directory_iterator(run.folder()))
    EXPECT_FALSE(EventFile::is_name(entry.path().filename().string())) << entry.path();
}

}  // namespace
}  // namespace seg
