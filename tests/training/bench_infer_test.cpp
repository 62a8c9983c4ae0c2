// SPDX-License-Identifier: Apache-2.0
#include "training/bench_infer.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <limits>

#include "base/error.h"

namespace seg {
namespace {

using Json = nlohmann::json;

class BenchInfer : public ::testing::Test {
 protected:
  BenchInfer() {
    bench_.card = {.model = "bisenetv2", .num_classes = 5, .mean = {0.4, 0.5, 0.6}, .std = {0.2, 0.2, 0.2}};
    bench_.precision = {.name = "fp32", .reason = {}};
    bench_.height = 32;
    bench_.width = 64;
  }
  ~BenchInfer() override { std::fclose(text_); }

  Json run(std::int64_t steps = 3) {
    ParameterStore parameters(graph_of(bench_.card), {.gradients = false});
    return bench_infer(bench_, parameters, {.warmup = 1, .steps = steps}, console_);
  }

  InferenceBench bench_;
  std::FILE* text_ = std::tmpfile();
  Console console_{{.stream = text_}};
};

TEST_F(BenchInfer, HasTheMembersOfTheContract) {
  bench_.images = 2;
  const Json json = run();
  const Json& milliseconds = json.at("milliseconds");
  EXPECT_LE(milliseconds.at("median").get<double>(), milliseconds.at("p90").get<double>());
  EXPECT_LE(milliseconds.at("p90").get<double>(), milliseconds.at("p99").get<double>());
  EXPECT_NEAR(json.at("fps").get<double>() * milliseconds.at("median").get<double>(), 2000, 1e-6);
  EXPECT_TRUE(json.at("folded").get<bool>());
  EXPECT_EQ(json.at("includes").size(), 4U);
  EXPECT_EQ(json.at("batch"), (Json{2, 3, 32, 64}));
  EXPECT_GT(json.at("peak_bytes").get<std::int64_t>(), 2 * 64 * 16 * 32 * 4);  // the first map
  EXPECT_LT(json.at("agreement").at("relative_error").get<double>(), 1e-4);
  EXPECT_GT(json.at("agreement").at("same_class").get<double>(), 0.99);
}

// What is compared is not refined: rounding may choose other cells.
TEST_F(BenchInfer, ARefinementIsTimedButNotCompared) {
  const Json plain = run();
  bench_.card.point_head = PointHead{};
  const Json json = run();
  EXPECT_EQ(json.at("includes").size(), 5U);
  EXPECT_EQ(json.at("includes")[2], "refinement");
  EXPECT_EQ(json.at("agreement"), plain.at("agreement"));
  EXPECT_GE(json.at("peak_bytes").get<std::int64_t>(), plain.at("peak_bytes").get<std::int64_t>());
}

TEST_F(BenchInfer, PassesAreSwitchedAsInTraining) {
  bench_.passes = {{"none"}};
  const Json json = run();
  EXPECT_FALSE(json.at("folded").get<bool>());
  EXPECT_EQ(json.at("passes"), "none");
  EXPECT_EQ(json.at("agreement").at("max_abs_difference"), 0);
}

TEST_F(BenchInfer, InBf16ItIsComparedWithFp32) {
  bench_.precision = {.compute = c10::kBFloat16, .name = "bf16", .reason = {}};
  const Json json = run();
  EXPECT_GT(json.at("agreement").at("relative_error").get<double>(), 0);
  EXPECT_EQ(json.at("machine").at("precision"), "bf16");
}

TEST_F(BenchInfer, ASizeThatTheNetworkCannotDivideIsRefused) {
  bench_.width = 50;
  EXPECT_THROW(run(), UserError);
}

// A weight that is not finite, say: nothing that disagrees is timed.
TEST_F(BenchInfer, WhatDoesNotAgreeIsNotTimed) {
  ParameterStore parameters(graph_of(bench_.card), {.gradients = false});
  parameters.values().fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_THROW(bench_infer(bench_, parameters, {.warmup = 1, .steps = 1}, console_), std::runtime_error);
}

}  // namespace
}  // namespace seg
