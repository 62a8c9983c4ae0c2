// SPDX-License-Identifier: Apache-2.0
// What the control group of this process allows: processors and memory, in cgroup v2 and v1, in a container or not.
//
// A limit of an enclosing group binds as well, so the smallest one on the way up counts.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

namespace seg {

struct CgroupLimits {
  std::optional<double> processors;          // quota / period; none: not limited
  std::optional<std::int64_t> memory_bytes;  // what may still be used below the limit; caches of files count as free
};

// `root` is "/", or the root of an imitation for tests.
CgroupLimits cgroup_limits(const std::filesystem::path& root = "/");

}  // namespace seg
