// SPDX-License-Identifier: Apache-2.0
// Text for people on a terminal or in a log file: lines, tables, and one line of progress that is drawn over itself.
//
// On a terminal the progress line stays below all other text; elsewhere it is not drawn at all. Thread-safe.
#pragma once
#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace seg {

struct ConsoleOptions {
  std::FILE* stream = stdout;
  bool is_terminal = false;  // whether lines can be drawn over
  bool use_color = false;
  LogLevel lowest = LogLevel::info;  // what is below is not shown
  int columns = 100;                 // of the terminal; a longer progress line is cut
};
// What the environment says of a stream: is it a terminal, how wide, and does NO_COLOR speak against colour.
ConsoleOptions console_options(std::FILE* stream);

class Console final : public Log {
 public:
  explicit Console(const ConsoleOptions& options) : options_(options) {}
  ~Console() override;

  void write(LogLevel level, std::string_view text) override;  // warnings begin with "warning: "
  // Columns as wide as their longest cell; the first row is the head. Numbers (of a column after the first) are set
  // flush right.
  void table(const std::vector<std::vector<std::string>>& rows);
  void heading(std::string_view text);
  // Replaces the progress line; an empty text takes it away.
  void progress(std::string_view text);

  bool shows_progress() const noexcept { return options_.is_terminal && options_.lowest <= LogLevel::info; }

 private:
  void put(std::string_view text);  // one line above the progress line
  void erase_progress();
  void draw_progress();

  const ConsoleOptions options_;
  std::mutex mutex_;
  std::string progress_;
};

// "[=====>    ]" with `width` places between the brackets.
std::string progress_bar(double share, int width);

// The lines of a table, for those who print elsewhere.
std::vector<std::string> table_lines(const std::vector<std::vector<std::string>>& rows);

// Places that a UTF-8 text takes on a terminal, if each character takes one.
std::size_t display_width(std::string_view text) noexcept;

}  // namespace seg
