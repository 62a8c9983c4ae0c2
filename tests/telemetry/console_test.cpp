// SPDX-License-Identifier: Apache-2.0
#include "telemetry/console.h"

#include <gtest/gtest.h>

#include <cmath>

namespace seg {
namespace {

// What a console wrote into a file.
class Written {
 public:
  std::FILE* stream() { return file_; }
  std::string text() {
    std::fflush(file_);
    std::string text(static_cast<std::size_t>(std::ftell(file_)), '\0');
    std::rewind(file_);
    text.resize(std::fread(text.data(), 1, text.size(), file_));
    return text;
  }
  ~Written() { std::fclose(file_); }

 private:
  std::FILE* file_ = std::tmpfile();
};

TEST(Console, WritesALineAMessageAndMarksWarnings) {
  Written written;
  Console console({.stream = written.stream()});
  console.info("one");
  console.warning("two");
  console.verbose("hidden");
  EXPECT_EQ(written.text(), "one\nwarning: two\n");
}

TEST(Console, QuietLeavesOnlyWarnings) {
  Written written;
  Console console({.stream = written.stream(), .lowest = LogLevel::warning});
  console.info("one");
  console.heading("head");
  console.table({{"a"}});
  console.warning("two");
  EXPECT_EQ(written.text(), "warning: two\n");
}

TEST(Console, DrawsNoProgressIntoFiles) {
  Written written;
  Console console({.stream = written.stream()});
  console.progress("50 %");
  console.info("line");
  EXPECT_EQ(written.text(), "line\n");
}

TEST(Console, KeepsTheProgressLineBelowTheText) {
  Written written;
  {
    Console console({.stream = written.stream(), .is_terminal = true, .columns = 10});
    console.progress("50 % and much more");
    console.info("line");
  }
  const std::string erase = "\r\x1b[2K";
  EXPECT_EQ(written.text(), "50 % and " + erase + "line\n" + "50 % and " + erase);
}

TEST(Table, AlignsWordsLeftAndNumbersRight) {
  const auto lines = table_lines({{"class", "IoU %"}, {"road", "95.10"}, {"Straße", "4.20"}, {"sky", "-"}});
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0], "class   IoU %");
  EXPECT_EQ(lines[1], "road    95.10");
  EXPECT_EQ(lines[2], "Straße   4.20");
  EXPECT_EQ(lines[3], "sky         -");
}

TEST(Table, TakesRowsOfDifferentLengths) {
  const auto lines = table_lines({{"a"}, {"b", "why"}, {}});
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[1], "b  why");
  EXPECT_EQ(lines[2], "");
}

TEST(ProgressBar, FillsFromLeftToRight) {
  EXPECT_EQ(progress_bar(0, 4), "[>   ]");
  EXPECT_EQ(progress_bar(0.5, 4), "[==> ]");
  EXPECT_EQ(progress_bar(1, 4), "[====]");
  EXPECT_EQ(progress_bar(std::nan(""), 4), "[>   ]");
  EXPECT_EQ(progress_bar(7, 4), "[====]");
}

}  // namespace
}  // namespace seg
