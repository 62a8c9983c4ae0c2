// SPDX-License-Identifier: Apache-2.0
// The syntax of one line of a list file, read and written. Pure functions.
//
// Columns are separated by commas; where a line has none, by tabs; where it has neither, by blanks. Blanks around a
// column do not count. A column that begins with " ends at the next lone ", and "" in it is one ": so names may hold
// commas, tabs and blanks at their ends. Backslashes are read as the separators that they are in lists from Windows.
// An empty line has no columns, nor has a comment, which begins with #; a name that begins with it stands in quotation
// marks. No other column is empty.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seg {

struct LineFault {
  std::string_view kind;  // completes "312 more …"
  std::string what;       // completes "line 7 …"
  std::string_view remedy;
};

struct ListLine {
  std::vector<std::string> columns;
  std::optional<LineFault> fault = {};  // then there are no columns
};

// `line` is without its terminator and without a byte order mark.
ListLine list_line(std::string_view line);

// The line that list_line() reads as these columns; nothing if no line is (a line break, a backslash, two empty ones).
std::optional<std::string> line_of(std::span<const std::string> columns);

// For messages: the beginning of a line in quotation marks, without control characters.
std::string shown_line(std::string_view line);

}  // namespace seg
