// SPDX-License-Identifier: Apache-2.0
// Whole runs, whose memory the arena bounds: what one image needs and a bit, but not two.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/out_of_memory.h"
#include "base/signals.h"
#include "engine/memory.h"
#include "tests/support/problem_of.h"
#include "tests/training/small_network.h"
#include "tests/training/tiny_run.h"
#include "training/checkpoint.h"
#include "training/out_of_memory.h"

namespace seg {
namespace {

using testing::contains;
using testing::TinyRun;

class BoundedRun : public ::testing::Test {
 protected:
  // Of tensors, in a run of one step.
  static std::size_t peak_of(const testing::Words& keys) {
    Arena& arena = *installed_arena();
    const TinyRun run(kKeys);
    arena.reset_peak();
    const std::size_t before = arena.statistics().in_use;
    testing::Words words = keys;
    words.emplace_back("max_iter=1");
    (void)run.train(words);
    return arena.statistics().peak_in_use - before;
  }
  void SetUp() override {
    if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  }
  // Large enough that maps weigh more than weights; without the rehearsal, so that it is a step of the run that fails.
  static inline const testing::Words kKeys = {"cropsize=256x256", "synthetic_size=40x72", "sanity_check=false",
                                              "max_iter=4", "checkpoint_interval=2"};
  static inline const testing::Words kSplit = {"ims_per_gpu=1", "gradient_accumulation_steps=2"};
};

TEST_F(BoundedRun, OfWhichAStepFailsEndsAsOneThatWasSplitFromTheStart) {
  const std::size_t of_two = peak_of({}), of_one = peak_of(kSplit);
  ASSERT_GT(of_two, of_one + (std::size_t{1} << 20));
  const TinyRun configured(kKeys), bounded(kKeys);
  (void)configured.train(kSplit);
  const std::size_t in_use = installed_arena()->statistics().in_use;
  {
    const ArenaCap cap(in_use + of_one + (of_two - of_one) / 2);
    EXPECT_TRUE(bounded.train().is_complete);
  }
  EXPECT_TRUE(testing::same_tensors(bounded.final_weights(), configured.final_weights()));
  EXPECT_TRUE(testing::same_tensors(bounded.checkpoint(4), configured.checkpoint(4)));
  ASSERT_EQ(bounded.metrics("split").size(), 1U);
  const nlohmann::json event = bounded.metrics("split").front();
  EXPECT_EQ(event.at("step"), 1);
  EXPECT_EQ(event.at("micro_batches"), 2);
  EXPECT_EQ(event.at("images"), 1);
  EXPECT_TRUE(contains(bounded.text(), "2 micro-batches of 1 image instead of 1 micro-batch of 2 images"))
      << bounded.text();
}

TEST_F(BoundedRun, GoesOnSplitAfterAResumeThoughMemoryIsThere) {
  const std::size_t of_two = peak_of({}), of_one = peak_of(kSplit);
  const TinyRun configured(kKeys), bounded(kKeys);
  (void)configured.train(kSplit);
  {
    const ArenaCap cap(installed_arena()->statistics().in_use + of_one + (of_two - of_one) / 2);
    (void)bounded.train_a_step(SIGTERM);
    clear_requests();
  }
  EXPECT_TRUE(bounded.train().is_complete);
  EXPECT_EQ(bounded.metrics("split").size(), 1U);
  EXPECT_TRUE(testing::same_tensors(bounded.final_weights(), configured.final_weights()));
  EXPECT_TRUE(contains(bounded.text(), "on_oom=split")) << bounded.text();
}

TEST_F(BoundedRun, WhichRehearsesTakesNoMoreThanOneThatDoesNot) {
  EXPECT_LT(peak_of({"sanity_check=true"}), peak_of({}) + (std::size_t{1} << 20));
}

TEST_F(BoundedRun, WhoseRehearsalFailsIsSplitFromTheStartAndSaysSoInItsRecord) {
  const std::size_t of_two = peak_of({}), of_one = peak_of(kSplit);
  const TinyRun configured(kKeys), bounded(kKeys);
  (void)configured.train(kSplit);
  {
    const ArenaCap cap(installed_arena()->statistics().in_use + of_one + (of_two - of_one) / 2);
    EXPECT_TRUE(bounded.train({"sanity_check=true"}).is_complete);
  }
  EXPECT_TRUE(testing::same_tensors(bounded.final_weights(), configured.final_weights()));
  ASSERT_EQ(bounded.metrics("split").size(), 1U);
  const nlohmann::json event = bounded.metrics("split").front();
  EXPECT_EQ(event.at("step"), 1);
  EXPECT_EQ(event.at("micro_batches"), 2);
  EXPECT_EQ(event.at("images"), 1);
  EXPECT_EQ(read_run_state(bounded.checkpoint(4)).values.at("micro_batches"), "2 of 2");
  EXPECT_TRUE(contains(bounded.text(), "in the rehearsal of step 1")) << bounded.text();
}

TEST_F(BoundedRun, WhoseRehearsalFailsForGoodSaysWhatWasTriedAndThatNothingWasTrained) {
  const std::size_t of_two = peak_of({}), of_one = peak_of(kSplit);
  const TinyRun run(kKeys);
  const ArenaCap cap(installed_arena()->statistics().in_use + of_one - (of_two - of_one) / 2);
  const std::vector<Problem> problems = run.refusal({"sanity_check=true"});
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems.front().where, "the rehearsal");
  EXPECT_TRUE(contains(problems.front().what, "as it had on 2 at once; nothing was trained")) << problems.front().what;
  EXPECT_TRUE(contains(run.text(), "2 micro-batches of 1 image instead of 1 micro-batch of 2 images")) << run.text();
}

// What the message of the failure proposes.
TEST_F(BoundedRun, ThatFailedGoesOnWithLeaveToSplit) {
  const std::size_t of_two = peak_of({}), of_one = peak_of(kSplit);
  const TinyRun run(kKeys);
  (void)run.train_a_step(SIGTERM, {"on_oom=fail"});
  clear_requests();
  const ArenaCap cap(installed_arena()->statistics().in_use + of_one + (of_two - of_one) / 2);
  try {
    (void)run.train({"on_oom=fail"});
    ADD_FAILURE();
  } catch (const OutOfMemory&) {
    ADD_FAILURE() << "one image fits";
  } catch (const UserError& error) {
    EXPECT_TRUE(contains(error.problems().front().remedy, "on_oom=split")) << error.problems().front().remedy;
  }
  EXPECT_TRUE(run.train({"on_oom=split"}).is_complete);
  ASSERT_EQ(run.metrics("split").size(), 1U);
  EXPECT_EQ(run.metrics("split").front().at("step"), 2);
}

// Small steps, and an evaluation that takes many times as much.
class BoundedEvaluation : public BoundedRun {
 protected:
  static inline const testing::Words kLargeImages = {"cropsize=32x32", "synthetic_size=512x1024", "ims_per_gpu=1",
                                                     "max_iter=1"};
  static Problem problem_of(const TinyRun& run) {
    const ArenaCap cap(installed_arena()->statistics().in_use + (std::size_t{96} << 20));
    try {
      (void)run.train();
      ADD_FAILURE();
    } catch (const OutOfMemory& error) {
      ADD_FAILURE() << "steps fit: " << error.what();
    } catch (const UserError& error) {
      return error.problems().front();
    }
    return {};
  }
};

TEST_F(BoundedEvaluation, ThatDoesNotFitIsMendedBeforeAnythingIsTrained) {
  testing::Words words = kLargeImages;
  words.emplace_back("sanity_check=true");
  const Problem problem = problem_of(TinyRun(words));
  EXPECT_EQ(problem.where, "eval_protocols");
  EXPECT_TRUE(contains(problem.what, "evaluation of a single image by ss")) << problem.what;
  EXPECT_TRUE(contains(problem.what, "nothing was trained")) << problem.what;
  EXPECT_TRUE(contains(problem.remedy, "eval_protocols=ssc")) << problem.remedy;
}

TEST_F(BoundedEvaluation, ThatDoesNotFitAfterTheStepsLeavesThemToBeGoneOnFrom) {
  testing::Words words = kLargeImages;
  words.emplace_back("sanity_check=false");
  const TinyRun run(words);
  const Problem problem = problem_of(run);
  EXPECT_EQ(problem.where, "eval_protocols");
  EXPECT_TRUE(contains(problem.remedy, "goes on from the last checkpoint")) << problem.remedy;
  EXPECT_TRUE(run.train().is_complete);
  EXPECT_EQ(run.steps_of("step"), std::vector<int>{1});
}

// Nothing of a network that does not fit is a step's affair.
TEST_F(BoundedRun, WithoutRoomForTheNetworkSaysSo) {
  const TinyRun run(kKeys);
  const ArenaCap cap(1);
  try {
    (void)run.train();
    ADD_FAILURE();
  } catch (const RanOutWhile& error) {
    EXPECT_EQ(error.doing(), "making the network");
  }
}

// A copy of all weights and momenta at once would be more than a small step holds.
TEST_F(BoundedRun, SavesTensorByTensor) {
  const TinyRun run({"max_iter=1", "sanity_check=false"});
  (void)run.train();
  const auto checkpoint = static_cast<std::size_t>(std::filesystem::file_size(run.checkpoint(1)));
  const std::size_t held = 3 * checkpoint / 2;  // values, gradients, momenta; the file has no gradients
  const TinyRun bounded({"max_iter=1", "sanity_check=false", "ims_per_gpu=1"});
  const ArenaCap cap(installed_arena()->statistics().in_use + held + checkpoint / 2);
  EXPECT_TRUE(bounded.train().is_complete);
}

TEST_F(BoundedRun, FailsWithWhatToTryIfItMayNotBeSplitOrOneImageIsTooMuch) {
  const std::size_t of_two = peak_of({}), of_one = peak_of(kSplit);
  const std::size_t in_use = installed_arena()->statistics().in_use;
  const TinyRun unsplit(kKeys), too_small(kKeys);
  {
    const ArenaCap cap(in_use + of_one + (of_two - of_one) / 2);
    EXPECT_THROW((void)unsplit.train({"on_oom=fail"}), UserError);
  }
  const ArenaCap cap(in_use + of_one - (of_two - of_one) / 2);
  EXPECT_THROW((void)too_small.train(), OutOfMemory);
  EXPECT_EQ(too_small.metrics("end").front().at("reason"), "error");
}

}  // namespace
}  // namespace seg
