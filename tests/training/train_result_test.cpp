// SPDX-License-Identifier: Apache-2.0
#include "training/train_result.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

TEST(TrainResult, OfARunThatHadEndedTellsItsLossAndMetrics) {
  const testing::TemporaryFolder place;
  const RunFolder folder(place / "run");
  write_file(folder.metrics_file(), R"({"event":"step","step":1,"loss":3.5}
{"event":"step","step":2,"loss":2.5}
{"event":"eval","step":2,"protocols":{"ss":{"miou":0.25}},"seconds":1.5}
{"event":"end","step":2,"reason":"finished"}
)");
  RunState state;
  state.step = 2;
  state.best = BestEvaluation{.step = 2, .metric = 0.25};
  const TrainResult result = train_result("already finished", true, folder, state);
  EXPECT_TRUE(result.is_complete);
  EXPECT_EQ(result.json.at("reason"), "already finished");
  EXPECT_EQ(result.json.at("steps"), 2);
  EXPECT_EQ(result.json.at("final").at("loss"), 2.5);
  EXPECT_EQ(result.json.at("metrics").at("protocols").at("ss").at("miou"), 0.25);
  EXPECT_EQ(result.json.at("best").at("step"), 2);
  EXPECT_TRUE(result.json.at("images_per_second").is_null());
  EXPECT_EQ(result.json.at("phases").size(), kNumPhases);
}

TEST(TrainResult, OfARunThatHasNothingYetHasTheSameMembers) {
  const testing::TemporaryFolder place;
  const RunFolder folder(place / "run");
  const TrainResult result = train_result("dry run", true, folder, {});
  for (const char* member :
       {"run_folder", "reason", "steps", "images_per_second", "phases", "final", "best", "metrics", "checkpoints"})
    EXPECT_TRUE(result.json.contains(member)) << member;
  EXPECT_TRUE(result.json.at("final").at("loss").is_null());
  EXPECT_TRUE(result.json.at("metrics").is_null());
}

}  // namespace
}  // namespace seg
