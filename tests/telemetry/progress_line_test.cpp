// SPDX-License-Identifier: Apache-2.0
#include "telemetry/progress_line.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace seg {
namespace {

// What is drawn for `done` of 40.
std::string drawn(bool is_terminal, std::initializer_list<std::size_t> done) {
  std::FILE* file = std::tmpfile();
  {
    Console console({.stream = file, .is_terminal = is_terminal});
    ProgressLine line(console, "images", 40);
    for (const std::size_t each : done) line.show(each);
  }
  std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

const std::string kErase = "\r\x1b[2K";

TEST(ProgressLine, IsABarOnATerminalAndGoesWithItsJob) {
  EXPECT_EQ(drawn(true, {20}), "images [============>           ] 20/40" + kErase);
}

TEST(ProgressLine, IsNothingElsewhere) { EXPECT_EQ(drawn(false, {20, 40}), ""); }

TEST(ProgressLine, IsNotDrawnForEveryStepButForTheLast) {
  EXPECT_EQ(drawn(true, {1, 2, 3, 40}),
            "images [>                       ] 1/40" + kErase + "images [========================] 40/40" + kErase);
}

}  // namespace
}  // namespace seg
