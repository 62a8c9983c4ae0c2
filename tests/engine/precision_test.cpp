// SPDX-License-Identifier: Apache-2.0
#include "engine/precision.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace seg {
namespace {

const c10::Device kCpu(c10::kCPU), kGpu(c10::kCUDA, 0);

TEST(Precision, AutoIsBf16WhereTheProcessorHasIt) {
  EXPECT_EQ(choose_precision({}, kCpu, /*has_bf16=*/true).compute, c10::kBFloat16);
  const PrecisionChoice plain = choose_precision({}, kCpu, false);
  EXPECT_EQ(plain.compute, c10::kFloat);
  EXPECT_EQ(plain.name, "fp32");
  EXPECT_NE(plain.reason.find("no bf16"), std::string::npos);
  EXPECT_EQ(choose_precision({.use_fp16 = false}, kCpu, /*has_bf16=*/true).compute, c10::kFloat);
}

TEST(Precision, TheReasonNamesWhatComputes) {
  EXPECT_EQ(choose_precision({}, kGpu, true).compute, c10::kBFloat16);
  EXPECT_EQ(choose_precision({}, kGpu, true).reason, "this GPU computes in bf16");
  EXPECT_EQ(choose_precision({}, kCpu, true).reason, "this processor computes in bf16");
}

TEST(Precision, Fp16IsForGpus) {
  EXPECT_EQ(choose_precision({.precision = "fp16"}, kGpu, true).compute, c10::kHalf);
  EXPECT_EQ(choose_precision({}, kGpu, false).compute, c10::kHalf);
  EXPECT_EQ(choose_precision({}, kGpu, false).name, "fp16");
  EXPECT_EQ(choose_precision({.use_fp16 = false}, kGpu, false).compute, c10::kFloat);
}

TEST(Precision, AnExplicitTypeWins) {
  EXPECT_EQ(choose_precision({.precision = "fp32"}, kCpu, /*has_bf16=*/true).compute, c10::kFloat);
  EXPECT_EQ(choose_precision({.precision = "bf16"}, kCpu, false).compute, c10::kBFloat16);
}

TEST(Precision, WhatCannotBeHonouredIsRefused) {
  for (const char* name : {"fp16", "fp8"}) {
    try {
      choose_precision({.precision = name}, kCpu, /*has_bf16=*/true);
      FAIL() << name;
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems().at(0).where, "precision");
      EXPECT_FALSE(error.problems().at(0).remedy.empty());
    }
  }
}

}  // namespace
}  // namespace seg
