// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_eval.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/printed.h"

namespace seg {
namespace {

TEST(BenchEvalCommand, TimesEachProtocolByBothRules) {
  const testing::Printed printed =
      testing::run({"bench", "eval", "dataset=Synthetic", "n_cats=11", "synthetic_val_images=2", "synthetic_size=64x96",
                    "cropsize=32x32", "eval_protocols=ss,ssc", "num_workers=0", "--warmup", "1", "--json"});
  ASSERT_EQ(printed.code, kExitDone) << printed.err;
  const nlohmann::json result = nlohmann::json::parse(printed.out);
  EXPECT_EQ(result.at("images"), 2);
  EXPECT_EQ(result.at("passes"), 1);
  for (const char* protocol : {"ss", "ssc"})
    for (const char* rules : {"config", "reference"})
      EXPECT_GT(result.at("protocols").at(protocol).at(rules).at("images_per_second").get<double>(), 0);
}

TEST(BenchEvalCommand, WeightsOfAnotherKindAreRefused) {
  const testing::Printed printed =
      testing::run({"bench", "eval", "dataset=Synthetic", "n_cats=11", "--weights", "/no/such/file.safetensors"});
  EXPECT_EQ(printed.code, kExitUser);
  EXPECT_NE(printed.err.find("/no/such/file.safetensors"), std::string::npos) << printed.err;
}

}  // namespace
}  // namespace seg
