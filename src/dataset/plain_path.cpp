// SPDX-License-Identifier: Apache-2.0
#include "dataset/plain_path.h"

#include <filesystem>
#include <system_error>

namespace seg {

std::string current_folder() {
  std::error_code ignored;
  return std::filesystem::current_path(ignored).string() + '/';
}

std::string plain_path(std::string path, std::string_view here) {
  if (!path.starts_with('/')) path.insert(0, here);
  if (path.find("//") == path.npos && path.find("/.") == path.npos) return path;
  return std::filesystem::path(path).lexically_normal().string();
}

}  // namespace seg
