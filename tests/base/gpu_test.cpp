// SPDX-License-Identifier: Apache-2.0
#include "base/gpu.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

// An imitation of a machine's root.
class Gpus : public ::testing::Test {
 protected:
  void put(const std::string& path, const std::string& text) const {
    make_folder((root_ / path).parent_path());
    write_file(root_ / path, text);
  }
  void put_gpu(const std::string& bus, const std::string& minor) const {
    put("proc/driver/nvidia/gpus/" + bus + "/information",
        "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 18\nBus Location: \t " + bus + "\nDevice Minor: \t " + minor +
            "\n");
  }

  testing::TemporaryFolder root_;
};

TEST_F(Gpus, WithoutADriverThereAreNone) {
  const GpuReport report = find_gpus(root_.path());
  EXPECT_TRUE(report.gpus.empty());
  EXPECT_FALSE(report.driver.has_value());
  EXPECT_EQ(names_of(report.gpus), "");
}

TEST_F(Gpus, AreNamedAsTheDriverNamesThem) {
  put("proc/driver/nvidia/version",
      "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version:  12\n");
  put_gpu("0000:04:00.0", "0");
  put_gpu("0000:05:00.0", "1");
  for (const char* file : {"nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"})
    put(std::string("dev/") + file, "");
  const GpuReport report = find_gpus(root_.path());
  EXPECT_EQ(report.driver, "535.104.05");
  ASSERT_EQ(report.gpus.size(), 2U);
  for (const Gpu& gpu : report.gpus) {
    EXPECT_EQ(gpu.name, "NVIDIA H100 80GB HBM3");
    EXPECT_TRUE(gpu.may_be_opened);
  }
  EXPECT_EQ(names_of(report.gpus), "2 x NVIDIA H100 80GB HBM3");
}

TEST_F(Gpus, TheVersionOfTheOpenDriverIsFoundToo) {
  put("proc/driver/nvidia/version",
      "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (dvs-builder@U22)\n");
  EXPECT_EQ(find_gpus(root_.path()).driver, "570.86.15");
}

TEST_F(Gpus, AContainerWithoutADeviceFileMayNotOpenIt) {
  put_gpu("0000:04:00.0", "0");
  put_gpu("0000:05:00.0", "1");
  put("dev/nvidia1", "");
  const GpuReport report = find_gpus(root_.path());
  ASSERT_EQ(report.gpus.size(), 2U);
  EXPECT_FALSE(report.gpus[0].may_be_opened);
  EXPECT_TRUE(report.gpus[1].may_be_opened);
}

TEST_F(Gpus, DeviceFilesAloneCountAsWell) {
  put("dev/nvidia0", "");
  put("proc/driver/nvidia/gpus/0000:05:00.0/information", "\nno colon\n:\nModel\n");
  const GpuReport report = find_gpus(root_.path());
  ASSERT_EQ(report.gpus.size(), 2U);
  EXPECT_EQ(report.gpus[0].name, "NVIDIA GPU");
  EXPECT_FALSE(report.gpus[0].may_be_opened);
  EXPECT_TRUE(report.gpus[1].may_be_opened);
}

TEST(GpuNames, KindsAreCounted) { EXPECT_EQ(names_of({{"A", true}, {"B", true}, {"A", true}}), "2 x A, B"); }

}  // namespace
}  // namespace seg
