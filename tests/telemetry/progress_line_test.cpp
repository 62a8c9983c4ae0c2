// SPDX-License-Identifier: Apache-2.0
#include "telemetry/progress_line.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "base/signals.h"
#include "tests/support/child_process.h"

namespace seg {
namespace {

std::string text_of(std::FILE* file) {
  std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

// What is drawn for each that is done.
std::string drawn(bool is_terminal, std::initializer_list<std::size_t> done, std::size_t total = 40) {
  std::FILE* file = std::tmpfile();
  {
    Console console({.stream = file, .is_terminal = is_terminal});
    ProgressLine line(console, "images", total);
    for (const std::size_t each : done) line.show(each);
  }
  return text_of(file);
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

TEST(ProgressLine, OfAnUnknownTotalTellsHowManyAreDone) { EXPECT_EQ(drawn(true, {20}, 0), "images 20" + kErase); }

TEST(ProgressUntilStopped, SaysNoOnceARequestHasCome) {
  EXPECT_TRUE(testing::exited_with(testing::run_in_child([] {
                                     install_signal_handlers();
                                     Console console({.stream = stderr});
                                     const auto goes_on = progress_until_stopped(console, "images");
                                     if (!goes_on(1, 40)) return 1;
                                     raise(SIGTERM);
                                     return goes_on(2, 40) ? 2 : 0;
                                   }),
                                   0));
}

TEST(ProgressUntilStopped, DrawsOneLineForAllCopiesOfTheFunction) {
  std::FILE* file = std::tmpfile();
  Console console({.stream = file, .is_terminal = true});
  {
    const auto goes_on = progress_until_stopped(console, "images");
    const auto copy = goes_on;
    EXPECT_TRUE(goes_on(20, 40));
    EXPECT_TRUE(copy(21, 40));  // too soon to be drawn again
  }
  EXPECT_EQ(text_of(file), "images [============>           ] 20/40" + kErase);
}

}  // namespace
}  // namespace seg
