// SPDX-License-Identifier: Apache-2.0
#include "base/disk.h"

#include <system_error>

namespace seg {

namespace fs = std::filesystem;

std::optional<DiskSpace> disk_space(const fs::path& path) {
  std::error_code error;
  fs::path place = fs::absolute(path, error);
  while (!error && !fs::exists(place, error) && place.has_relative_path()) place = place.parent_path();
  const fs::space_info space = fs::space(place, error);
  if (error) return std::nullopt;
  return DiskSpace{.total_bytes = static_cast<std::int64_t>(space.capacity),
                   .free_bytes = static_cast<std::int64_t>(space.available)};
}

}  // namespace seg
