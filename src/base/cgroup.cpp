// SPDX-License-Identifier: Apache-2.0
#include "base/cgroup.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace seg {
namespace {

namespace fs = std::filesystem;

// v1 says "no limit" with the largest multiple of a page; nothing real is that large.
constexpr std::int64_t kUnlimited = std::int64_t{1} << 60;

std::optional<std::int64_t> read_number(const fs::path& path) {
  std::ifstream file(path);
  std::int64_t value = 0;
  if (!(file >> value)) return std::nullopt;  // absent, or "max"
  return value;
}

std::int64_t read_statistic(const fs::path& path, std::string_view wanted) {
  std::ifstream file(path);
  std::string name;
  std::int64_t value = 0;
  while (file >> name >> value) {
    if (name == wanted) return value;
  }
  return 0;
}

template <class T>
void keep_smaller(std::optional<T>& limit, T value) {
  limit = limit ? std::min(*limit, value) : value;
}

// The group's folder and those above it, up to the mount. Inside a container the path in /proc/self/cgroup may be the
// host's and not exist here: then the mount itself is the group.
std::vector<fs::path> folders_upwards(const fs::path& mount, const fs::path& group) {
  std::vector<fs::path> folders;
  std::error_code ignored;
  for (fs::path part = group.relative_path(); !part.empty(); part = part.parent_path()) {
    if (fs::is_directory(mount / part, ignored)) folders.push_back(mount / part);
  }
  folders.push_back(mount);
  return folders;
}

void apply_v2(const fs::path& folder, CgroupLimits& limits) {
  std::ifstream cpu(folder / "cpu.max");
  double quota = 0, period = 0;
  if (cpu >> quota >> period && quota > 0 && period > 0) keep_smaller(limits.processors, quota / period);

  const auto limit = read_number(folder / "memory.max");
  const auto used = read_number(folder / "memory.current");
  if (!limit || !used) return;
  const std::int64_t cached =
      read_statistic(folder / "memory.stat", "active_file") + read_statistic(folder / "memory.stat", "inactive_file");
  keep_smaller(limits.memory_bytes, std::max<std::int64_t>(*limit - *used + cached, 0));
}

void apply_v1_cpu(const fs::path& folder, CgroupLimits& limits) {
  const auto quota = read_number(folder / "cpu.cfs_quota_us");
  const auto period = read_number(folder / "cpu.cfs_period_us");
  if (!quota || !period || *quota <= 0 || *period <= 0) return;
  keep_smaller(limits.processors, static_cast<double>(*quota) / static_cast<double>(*period));
}

void apply_v1_memory(const fs::path& folder, CgroupLimits& limits) {
  const auto limit = read_number(folder / "memory.limit_in_bytes");
  const auto used = read_number(folder / "memory.usage_in_bytes");
  if (!limit || !used || *limit >= kUnlimited) return;
  const std::int64_t cached = read_statistic(folder / "memory.stat", "total_active_file") +
                              read_statistic(folder / "memory.stat", "total_inactive_file");
  keep_smaller(limits.memory_bytes, std::max<std::int64_t>(*limit - *used + cached, 0));
}

bool lists(std::string_view controllers, std::string_view wanted) {
  std::istringstream stream{std::string(controllers)};
  for (std::string one; std::getline(stream, one, ',');) {
    if (one == wanted) return true;
  }
  return false;
}

}  // namespace

CgroupLimits cgroup_limits(const fs::path& root) {
  CgroupLimits limits;
  std::ifstream groups(root / "proc/self/cgroup");
  const fs::path mounts = root / "sys/fs/cgroup";
  for (std::string line; std::getline(groups, line);) {  // hierarchy:controllers:path
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    if (controllers.empty()) {
      for (const fs::path& folder : folders_upwards(mounts, group)) apply_v2(folder, limits);
    }
    if (lists(controllers, "cpu")) {
      for (const fs::path& folder : folders_upwards(mounts / "cpu", group)) apply_v1_cpu(folder, limits);
    }
    if (lists(controllers, "memory")) {
      for (const fs::path& folder : folders_upwards(mounts / "memory", group)) apply_v1_memory(folder, limits);
    }
  }
  return limits;
}

}  // namespace seg
