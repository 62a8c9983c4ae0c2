// SPDX-License-Identifier: Apache-2.0
// TensorBoard's event files as tests/support/event_reader.py reads them, which knows nothing of our code.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/environment.h"

namespace seg::testing {

// A line an event, of all event files of a folder in the order of their names.
inline std::string event_lines(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("events.out.tfevents.")) files.push_back(entry.path());
  std::ranges::sort(files);
  std::string command = "python3 '" + (source_folder() / "tests" / "support" / "event_reader.py").string() + "'";
  for (const auto& file : files) command += " '" + file.string() + "'";
  std::FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  std::string text;
  std::array<char, 4096> part{};
  for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), pipe)) > 0;) text.append(part.data(), got);
  EXPECT_EQ(pclose(pipe), 0) << text;
  return text;
}

inline bool has_plain_python() { return std::system("command -v python3 >/dev/null") == 0; }

}  // namespace seg::testing

// First line of a test with event_lines().
#define SEG_NEEDS_PLAIN_PYTHON() \
  if (!seg::testing::has_plain_python()) GTEST_SKIP() << "no python3"
