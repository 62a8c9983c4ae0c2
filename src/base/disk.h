// SPDX-License-Identifier: Apache-2.0
// Space on disks.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

namespace seg {

struct DiskSpace {
  std::int64_t total_bytes = 0;
  std::int64_t free_bytes = 0;  // for this user
};

// Of the disk that `path` lies on, or will lie on: what is not there yet counts as the folder above it. Nothing if the
// system does not say.
std::optional<DiskSpace> disk_space(const std::filesystem::path& path);

}  // namespace seg
