// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/printed.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/small_network.h"
#include "training/weight_file.h"

namespace seg {
namespace {

using Json = nlohmann::json;

TEST(BenchInferCommand, TakesAConfigOrAWeightFile) {
  const testing::TemporaryFolder folder;
  const std::string weights = folder / "w.safetensors";
  const ModelCard card = testing::small_card();
  save_weights(weights, card, ParameterStore(graph_of(card), {.gradients = false}));
  const testing::Printed of_weights =
      testing::run({"bench", "infer", weights, "--size", "32x64", "--steps", "2", "--json"});
  ASSERT_EQ(of_weights.code, kExitDone) << of_weights.err;
  EXPECT_EQ(Json::parse(of_weights.out).at("batch"), (Json{1, 3, 32, 64}));
  const testing::Printed of_config = testing::run({"bench", "infer", "dataset=Synthetic", "n_cats=11", "cropsize=64x32",
                                                   "--images", "2", "--steps", "2", "--json"});
  ASSERT_EQ(of_config.code, kExitDone) << of_config.err;
  EXPECT_EQ(Json::parse(of_config.out).at("batch"), (Json{2, 3, 64, 32}));
}

TEST(BenchInferCommand, OptionsOfOtherPartsAreRefused) {
  const auto said = [](const std::vector<std::string>& words) {
    std::vector<std::string> all = {"bench", "infer", "dataset=Synthetic", "n_cats=11", "--steps", "1"};
    all.insert(all.end(), words.begin(), words.end());
    const testing::Printed result = testing::run(all);
    EXPECT_EQ(result.code, kExitUser);
    return result.err;
  };
  EXPECT_NE(said({"--evaluate"}).find("--evaluate\n  what: is of bench run, not of bench infer"), std::string::npos);
  EXPECT_NE(said({"--seconds", "1.5"}).find("is of bench loader and run"), std::string::npos);
  EXPECT_NE(said({"--warmup", "-1"}).find("-1 is not a whole number from 0"), std::string::npos);
  EXPECT_NE(said({"--seconds", "-1"}).find("-1 is not a number from 0"), std::string::npos);
}

TEST(BenchInferCommand, ASizeThatIsNoneIsRefused) {
  for (const char* size : {"off", "auto", "100x200", "big"}) {
    const testing::Printed result =
        testing::run({"bench", "infer", "dataset=Synthetic", "n_cats=11", "--size", size, "--steps", "1"});
    EXPECT_EQ(result.code, kExitUser) << size;
    EXPECT_NE(result.err.find("--size"), std::string::npos) << result.err;
    EXPECT_EQ(result.err.find("tiles"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find(std::string(size) == "100x200" ? "96x192" : "512x1024"), std::string::npos) << result.err;
  }
}

TEST(BenchInferCommand, TheKeyIsNamedWhereTheConfigSaysTheSize) {
  const testing::Printed result =
      testing::run({"bench", "infer", "dataset=Synthetic", "n_cats=11", "cropsize=100x200", "--steps", "1"});
  EXPECT_EQ(result.code, kExitUser);
  EXPECT_NE(result.err.find("cropsize"), std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("--size"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace seg
