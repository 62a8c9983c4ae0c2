// SPDX-License-Identifier: Apache-2.0
#include "training/run_figures.h"

#include <gtest/gtest.h>

#include "base/machine.h"
#include "tests/training/tiny_run.h"

namespace seg {
namespace {

RunMoment moment(const PhaseSeconds& phases, const LoaderStatistics& loader) {
  RunMoment moment(phases, loader);
  moment.load = {};
  moment.page_faults = 0;
  moment.reads_back = {};
  return moment;
}

// Eight steps of four images: two seconds of waiting, six of steps, and as much again of evaluation and checkpoints.
struct Stretch {
  RunMoment before = moment({}, {}), after = moment(phases(), loader());

  static PhaseSeconds phases() {
    PhaseSeconds phases;
    phases[Phase::data_wait] = 2;
    phases[Phase::backward] = 5;
    phases[Phase::other] = 1;
    phases[Phase::evaluation] = 6;
    phases[Phase::checkpoint] = 2;
    return phases;
  }
  static LoaderStatistics loader() {
    LoaderStatistics loader;
    loader.samples = 40;
    loader.seconds[static_cast<std::size_t>(LoaderStage::decode)] = 2;
    return loader;
  }
};

TEST(RunFigures, RatesLeaveOutWhatIsBetweenSteps) {
  Figures figures;
  const Stretch stretch;
  add_speed(stretch.before, stretch.after, 8, 4, figures);
  EXPECT_DOUBLE_EQ(*figures.run_rate, 32.0 / 8);
  EXPECT_DOUBLE_EQ(*figures.step_rate, 32.0 / 6);
  EXPECT_DOUBLE_EQ(*figures.phase(Phase::data_wait), 0.25);
  EXPECT_DOUBLE_EQ(*figures.phase(Phase::evaluation), 6.0 / 16);
  EXPECT_DOUBLE_EQ(*figures.phase(Phase::checkpoint), 2.0 / 16);
  EXPECT_DOUBLE_EQ(*figures.stage(LoaderStage::decode), 50);
}

TEST(RunFigures, CountsAreOfAStepAndSharesOfTheStretch) {
  Stretch stretch;
  stretch.after.page_faults = 16;
  stretch.before.reads_back = {{"a.cpp:1", 7}};
  stretch.after.reads_back = {{"a.cpp:1", 7}, {"b.cpp:2", 1}, {"c.cpp:3", 3}};
  stretch.before.load = {.own_seconds = 1, .ran_seconds = 1, .waited_seconds = 0, .busy_seconds = 10};
  stretch.after.load = {.own_seconds = 9,
                        .ran_seconds = 7,
                        .waited_seconds = 2,
                        .busy_seconds = 26,
                        .disk_faults = 80,
                        .swapped_bytes = 5};
  Figures figures;
  add_speed(stretch.before, stretch.after, 8, 4, figures);
  EXPECT_DOUBLE_EQ(*figures.page_faults_per_step, 2);
  EXPECT_DOUBLE_EQ(*figures.reads_back_per_step, 0.5);
  EXPECT_EQ(figures.reads_back_by, "b.cpp:2 0.1, c.cpp:3 0.4");
  EXPECT_DOUBLE_EQ(*figures.disk_faults_per_step, 10);
  EXPECT_DOUBLE_EQ(*figures.processor_wait_share, 0.25);
  EXPECT_DOUBLE_EQ(*figures.busy_elsewhere, 0.5);
  EXPECT_EQ(figures.swapped_bytes, 5);
}

TEST(RunFigures, OfNoTimeNothingIsKnown) {
  const Stretch stretch;
  for (const auto& [after, steps] : {std::pair(stretch.before, 8), std::pair(stretch.after, 0)}) {
    Figures figures;
    add_speed(stretch.before, after, steps, 4, figures);
    EXPECT_FALSE(figures.run_rate);
    EXPECT_FALSE(figures.phase(Phase::backward));
  }
}

TEST(RunFigures, OfALoaderThatMadeNothingStagesAreUnknown) {
  Stretch stretch;
  stretch.after.loader = {};
  Figures figures;
  add_speed(stretch.before, stretch.after, 8, 4, figures);
  EXPECT_FALSE(figures.stage(LoaderStage::decode));
}

TEST(RunFigures, SettingsAreThoseInEffect) {
  const Config config =
      testing::tiny_config({"gradient_accumulation_steps=2", "num_workers=0", "deterministic=true"}).config;
  const auto dataset = open_dataset(config.dataset, Split::train);
  const RunSettings settings = resolve_settings(config, *dataset);
  const Figures figures = figures_of(config, settings, *dataset);
  EXPECT_EQ(figures.micro_batches, 2);
  EXPECT_EQ(figures.images_of_micro_batch, 2);
  EXPECT_EQ(figures.samples_per_step(), 4);
  EXPECT_EQ(figures.asked_workers, 0);
  EXPECT_EQ(figures.processors, usable_processors());
  EXPECT_EQ(figures.precision, "fp32");
  EXPECT_EQ(figures.deterministic, true);
  EXPECT_EQ(figures.images, 7);
  EXPECT_EQ(figures.image_pixels, 40 * 72);
  EXPECT_EQ(figures.steps, 6);
  EXPECT_DOUBLE_EQ(*figures.epochs, 6 * 4 / 7.0);
  EXPECT_FALSE(figures.run_rate);
}

}  // namespace
}  // namespace seg
