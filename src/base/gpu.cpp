// SPDX-License-Identifier: Apache-2.0
#include "base/gpu.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUnnamed = "NVIDIA GPU";

// The value of "name: value" in a file of such lines.
std::string value_in(const fs::path& path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && trimmed(std::string_view(line).substr(0, colon)) == name)
      return std::string(trimmed(std::string_view(line).substr(colon + 1)));
  }
  return {};
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    entries.push_back(entry->path());
  std::ranges::sort(entries);
  return entries;
}

// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 …": the word of digits and points.
std::optional<std::string> driver_version(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::istringstream words(line);
  for (std::string word; words >> word;)
    if (word.find('.') != std::string::npos && word.find_first_not_of("0123456789.") == std::string::npos) return word;
  return std::nullopt;
}

}  // namespace

GpuReport find_gpus(const fs::path& root) {
  GpuReport report{.driver = driver_version(root / "proc/driver/nvidia/version")};
  std::vector<std::string> device_files;
  for (const fs::path& entry : entries_of(root / "dev")) {
    constexpr std::string_view kPrefix = "nvidia";
    const std::string name = entry.filename().string();
    if (name.starts_with(kPrefix) && is_digits(std::string_view(name).substr(kPrefix.size())))
      device_files.push_back(name.substr(kPrefix.size()));
  }
  for (const fs::path& entry : entries_of(root / "proc/driver/nvidia/gpus")) {
    const std::string name = value_in(entry / "information", "Model");
    const std::string minor = value_in(entry / "information", "Device Minor");
    const auto file = std::ranges::find(device_files, minor);
    const bool may_be_opened = file != device_files.end();
    if (may_be_opened) device_files.erase(file);
    report.gpus.push_back({.name = name.empty() ? kUnnamed : name, .may_be_opened = may_be_opened});
  }
  // A container may show the device files and hide the driver's descriptions.
  for (std::size_t i = 0; i < device_files.size(); ++i)
    report.gpus.push_back({.name = kUnnamed, .may_be_opened = true});
  return report;
}

std::string names_of(const std::vector<Gpu>& gpus) {
  std::vector<std::pair<std::string, int>> counts;
  for (const Gpu& gpu : gpus) {
    const auto known = std::ranges::find(counts, gpu.name, &std::pair<std::string, int>::first);
    if (known == counts.end()) {
      counts.emplace_back(gpu.name, 1);
    } else {
      ++known->second;
    }
  }
  std::vector<std::string> texts;
  for (const auto& [name, count] : counts)
    texts.push_back((count > 1 ? std::to_string(count) + " x " : std::string()) + name);
  return joined(texts, ", ");
}

}  // namespace seg
