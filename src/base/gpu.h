// SPDX-License-Identifier: Apache-2.0
// The GPUs that the driver of this machine shows, whether this build can use them or not.
//
// Read from the files of NVIDIA's driver; no library is needed. What cannot be read is left out.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace seg {

struct Gpu {
  std::string name;            // "NVIDIA H100 80GB HBM3"; "NVIDIA GPU" if the driver does not say
  bool may_be_opened = false;  // whether its device file is there: a container may have been given none
};

struct GpuReport {
  std::vector<Gpu> gpus{};
  std::optional<std::string> driver{};  // its version
};

// `root` is "/", or the root of an imitation for tests.
GpuReport find_gpus(const std::filesystem::path& root = "/");

// "NVIDIA H100 80GB HBM3", "2 x NVIDIA A100, NVIDIA T4"; empty if there is none.
std::string names_of(const std::vector<Gpu>& gpus);

}  // namespace seg
