// SPDX-License-Identifier: Apache-2.0
// Damages files, as disks and killed copies do.
#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace seg::testing {

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void replace_content(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

inline void flip_bit(const std::filesystem::path& path, std::size_t byte, int bit = 0) {
  std::string content = content_of(path);
  content.at(byte) = static_cast<char>(content.at(byte) ^ (1 << bit));
  replace_content(path, content);
}

// In the last tensor's data.
inline void flip_last_bit(const std::filesystem::path& path) {
  flip_bit(path, static_cast<std::size_t>(std::filesystem::file_size(path)) - 1);
}

inline void cut_in_half(const std::filesystem::path& path) {
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
}

}  // namespace seg::testing
