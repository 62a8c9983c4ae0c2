// SPDX-License-Identifier: Apache-2.0
#include "training/bench_kernels.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <string>

#include "tests/training/tiny_run.h"

namespace seg {
namespace {

using Json = nlohmann::json;

// By the first word of their names: how many layers each kernel has.
std::map<std::string, int> layers_by_kernel(const Json& json) {
  std::map<std::string, int> layers;
  for (const Json& kernel : json.at("kernels")) {
    const auto name = kernel.at("name").get<std::string>();
    layers[name.substr(0, name.find(' '))] += kernel.at("layers").get<int>();
  }
  return layers;
}

Json bench(const testing::Words& keys) {
  std::FILE* const text = std::tmpfile();
  Console console({.stream = text});
  Json json = bench_kernels(testing::tiny_config(keys).config, 1, console);
  std::fclose(text);
  return json;
}

TEST(BenchKernels, HasTheMembersOfTheContractForEveryOwnKernelOfTheNetwork) {
  const Json json = bench({});
  for (const Json& kernel : json.at("kernels")) {
    EXPECT_FALSE(kernel.at("shape").get<std::string>().empty());
    for (const char* member : {"ours_ms", "composite_ms", "ratio"})
      EXPECT_GT(kernel.at(member).get<double>(), 0) << member;
    EXPECT_LT(kernel.at("max_error").get<double>(), 1e-2) << kernel;
  }
  std::map<std::string, int> layers = layers_by_kernel(json);
  EXPECT_EQ(layers["loss"], 5);
  EXPECT_EQ(layers["dropout"], 5);
  EXPECT_EQ(layers["normalize"], 1) << json;
  EXPECT_GT(layers["batch_norm"], 40);
  EXPECT_GT(layers["depthwise"], 5);
  EXPECT_EQ(json.at("machine").at("threads"), 1);
}

TEST(BenchKernels, TheKernelsAreThoseOfPassesPrecisionAndLoss) {
  const Json json = bench({"passes=phase_convolution", "precision=bf16", "loss=ce"});
  const std::map<std::string, int> layers = layers_by_kernel(json);
  EXPECT_TRUE(layers.contains("join_phases"));
  EXPECT_FALSE(layers.contains("winograd"));
  EXPECT_TRUE(json.dump().find("loss ce K=") != std::string::npos) << json;
}

}  // namespace
}  // namespace seg
