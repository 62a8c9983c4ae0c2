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
std::map<std::string, int> layers_by_kernel(const Json& json, const std::string& use) {
  std::map<std::string, int> layers;
  for (const Json& kernel : json.at("kernels")) {
    if (kernel.at("use") != use) continue;
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
    EXPECT_LT(kernel.at("max_error").get<double>(), 1e-3) << kernel;
    EXPECT_TRUE(kernel.at("errors").is_object());
  }
  std::map<std::string, int> layers = layers_by_kernel(json, "step");
  EXPECT_EQ(layers["loss"], 5);
  EXPECT_EQ(layers["dropout"], 5);
  EXPECT_EQ(layers["normalize"], 1) << json;
  EXPECT_GT(layers["batch_norm"], 25);  // those of the smallest maps are the composite's
  EXPECT_GT(layers["depthwise"], 5);
  EXPECT_EQ(json.at("machine").at("threads"), 1);
}

// Each with all that it gives: of an error in any of them the time is not told.
TEST(BenchKernels, GradientsOfWeightsAndWhatEvaluationRunsAreThereToo) {
  const Json json = bench({"cropsize=64x64"});
  std::map<std::string, int> step = layers_by_kernel(json, "step"), evaluation = layers_by_kernel(json, "evaluation");
  EXPECT_GT(evaluation["convolution"], 10);
  EXPECT_GT(evaluation["depthwise"], 5);
  EXPECT_EQ(evaluation["class"], 1);
  EXPECT_EQ(evaluation["loss"], 0);
  bool has_stride_2 = false;
  for (const Json& kernel : json.at("kernels")) {
    const auto name = kernel.at("name").get<std::string>();
    if (kernel.at("use") == "evaluation") {
      EXPECT_EQ(kernel.at("errors").size(), 1U) << kernel;
      continue;
    }
    has_stride_2 = has_stride_2 || name.starts_with("convolution 3x3 stride 2");
    const std::string kind = name.substr(0, name.find(' '));
    EXPECT_EQ(kind == "convolution" || kind == "depthwise" || kind == "winograd",
              kernel.at("errors").contains("weight gradient"))
        << kernel;
    EXPECT_EQ(name.starts_with("batch_norm"), kernel.at("errors").contains("running variance")) << kernel;
  }
  EXPECT_TRUE(has_stride_2) << json;
}

TEST(BenchKernels, APointHeadHasItsOwn) {
  const Json json = bench({"point_rend=true", "point_rend_points=90", "point_source=mixed"});
  std::map<std::string, int> step = layers_by_kernel(json, "step"), evaluation = layers_by_kernel(json, "evaluation");
  EXPECT_EQ(step["point_sample"], 2);
  EXPECT_EQ(step["choose_points"], 1);
  EXPECT_EQ(step["loss"], 6);
  EXPECT_EQ(evaluation["choose_cells"], 2);
  EXPECT_EQ(evaluation["point_sample"], 4);
}

TEST(BenchKernels, TheKernelsAreThoseOfPassesPrecisionAndLoss) {
  const Json json = bench({"passes=phase_convolution", "precision=bf16", "loss=ce"});
  const std::map<std::string, int> layers = layers_by_kernel(json, "step");
  EXPECT_TRUE(layers.contains("join_phases"));
  EXPECT_FALSE(layers.contains("winograd"));
  EXPECT_TRUE(json.dump().find("loss ce K=") != std::string::npos) << json;
}

}  // namespace
}  // namespace seg
