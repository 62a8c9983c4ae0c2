// SPDX-License-Identifier: Apache-2.0
// The program run as a user runs it, within the test: its exit code and what it printed.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/program.h"

namespace seg::testing {

struct Printed {
  int code;
  std::string out, err;
};

inline Printed run(std::vector<std::string> words) {
  words.insert(words.begin(), "segtrain");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int code = run_program(static_cast<int>(arguments.size()), arguments.data());
  return {code, ::testing::internal::GetCapturedStdout(), ::testing::internal::GetCapturedStderr()};
}

}  // namespace seg::testing
