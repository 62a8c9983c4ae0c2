// SPDX-License-Identifier: Apache-2.0
#include "engine/device.h"

#include <ATen/Context.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/error.h"

namespace seg {
namespace {

TEST(Device, TheCpuIsAlwaysThere) {
  for (const char* request : {"auto", "cpu"}) {
    const DeviceChoice choice = choose_device(request);
    EXPECT_TRUE(choice.device.is_cpu());
    EXPECT_EQ(choice.name.substr(0, 3), "cpu");
    EXPECT_FALSE(choice.reason.empty());
  }
}

TEST(Device, WhatIsNotThereIsRefusedByItsKey) {
  for (const char* request : {"cuda", "cuda:1", "tpu", ""}) {
    try {
      choose_device(request);
      FAIL() << request;
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems().at(0).where, "device");
    }
  }
}

TEST(Device, AGpuThatThisBuildCannotUseIsNamedWithTheWayOut) {
  const GpuReport seen{.gpus = {{.name = "NVIDIA H100", .may_be_opened = true}}};
  const DeviceChoice choice = choose_device("auto", seen);
  EXPECT_NE(choice.notice.find("NVIDIA H100"), std::string::npos) << choice.notice;
  EXPECT_NE(choice.notice.find("device=cpu"), std::string::npos) << choice.notice;
  EXPECT_EQ(choose_device("cpu", seen).notice, "");  // then it was asked for
  EXPECT_EQ(choose_device("auto", GpuReport{}).notice, "");
  for (const bool is_seen : {false, true}) {
    try {
      choose_device("cuda", is_seen ? seen : GpuReport{});
      FAIL();
    } catch (const UserError& error) {
      const Problem& problem = error.problems().at(0);
      EXPECT_EQ(problem.what.find("NVIDIA H100") != std::string::npos, is_seen) << problem.what;
      EXPECT_NE(problem.remedy.find("device=cpu"), std::string::npos) << problem.remedy;
    }
  }
}

TEST(Device, AGpuThatMayBeUsedIs) {
  const CudaReport two{.is_built = true, .gpus = {{.name = "NVIDIA A"}, {.name = "NVIDIA B"}}};
  for (const char* request : {"auto", "cuda", "cuda:0"}) {
    const DeviceChoice choice = choose_device(request, {}, two);
    EXPECT_EQ(choice.device, c10::Device(c10::kCUDA, 0)) << request;
    EXPECT_EQ(choice.name, "cuda:0 (NVIDIA A)");
    EXPECT_TRUE(choice.notice.empty());
  }
  EXPECT_EQ(choose_device("cuda:1", {}, two).device, c10::Device(c10::kCUDA, 1));
  EXPECT_TRUE(choose_device("cpu", {}, two).device.is_cpu());
  for (const char* request : {"cuda:2", "cuda:", "cuda:x", "cuda:1x", "cudax", "cuda:99999999999999999999"})
    EXPECT_THROW((void)choose_device(request, {}, two), UserError) << request;
}

TEST(Device, TheSwitchesReachTorch) {
  const auto precision = [] {
    return at::globalContext().float32Precision(at::Float32Backend::CUDA, at::Float32Op::CONV);
  };
  set_switches({.deterministic = true, .cudnn_benchmark = true});
  EXPECT_TRUE(at::globalContext().deterministicAlgorithms());
  EXPECT_TRUE(at::globalContext().deterministicCuDNN());
  EXPECT_FALSE(at::globalContext().benchmarkCuDNN());
  EXPECT_EQ(precision(), at::Float32Precision::TF32);
  ASSERT_NE(std::getenv("CUBLAS_WORKSPACE_CONFIG"), nullptr);
  EXPECT_EQ(std::string(std::getenv("CUBLAS_WORKSPACE_CONFIG")), ":4096:8");
  set_switches({.cudnn_deterministic = true, .allow_tf32 = false});
  EXPECT_FALSE(at::globalContext().deterministicAlgorithms());
  EXPECT_TRUE(at::globalContext().deterministicCuDNN());
  EXPECT_TRUE(at::globalContext().benchmarkCuDNN());
  EXPECT_EQ(precision(), at::Float32Precision::IEEE);
  set_switches({});
  EXPECT_FALSE(at::globalContext().deterministicCuDNN());
}

TEST(Device, OnlyBatchesForAGpuWaitInPinnedMemory) {
  EXPECT_EQ(&batch_memory(c10::Device(c10::kCPU), true), &host_memory());
  EXPECT_EQ(&batch_memory(c10::Device(c10::kCUDA, 0), false), &host_memory());
  wait_for(c10::Device(c10::kCPU));
}

TEST(Device, ThreadsAreSet) {
  const int before = compute_threads();
  set_compute_threads(1);
  EXPECT_EQ(compute_threads(), 1);
  set_compute_threads(before);
}

TEST(Device, TorchSaysWhichInstructionsItUses) { EXPECT_FALSE(torch_cpu_capability().empty()); }

TEST(Device, TorchSaysItsVersion) { EXPECT_NE(torch_version().find('.'), std::string::npos); }

}  // namespace
}  // namespace seg
