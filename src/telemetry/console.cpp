// SPDX-License-Identifier: Apache-2.0
#include "telemetry/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace seg {
namespace {

constexpr std::string_view kEraseLine = "\r\x1b[2K";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kPlain = "\x1b[0m";

bool begins_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// The first `columns` characters of a UTF-8 text.
std::string_view cut(std::string_view text, int columns) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (begins_character(text[i]) && seen++ == static_cast<std::size_t>(std::max(columns, 0))) return text.substr(0, i);
  return text;
}

bool looks_like_number(std::string_view cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789.,+-eE%x ") == std::string_view::npos;
}

}  // namespace

ConsoleOptions console_options(std::FILE* stream) {
  ConsoleOptions options{.stream = stream};
  const int descriptor = fileno(stream);
  const char* const terminal = std::getenv("TERM");
  options.is_terminal = isatty(descriptor) != 0 && terminal != nullptr && std::string_view(terminal) != "dumb";
  const char* const no_color = std::getenv("NO_COLOR");
  options.use_color = options.is_terminal && (no_color == nullptr || *no_color == '\0');
  winsize size{};
  if (options.is_terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    options.columns = size.ws_col;
  return options;
}

Console::~Console() { erase_progress(); }

void Console::write(LogLevel level, std::string_view text) {
  if (level < options_.lowest) return;
  const std::lock_guard lock(mutex_);
  if (level != LogLevel::warning) return put(text);
  std::string line = options_.use_color ? std::string(kYellow) + "warning: " + std::string(kPlain) : "warning: ";
  put(line += text);
}

void Console::heading(std::string_view text) {
  if (LogLevel::info < options_.lowest) return;
  const std::lock_guard lock(mutex_);
  put(options_.use_color ? std::string(kBold) + std::string(text) + std::string(kPlain) : std::string(text));
}

void Console::table(const std::vector<std::vector<std::string>>& rows) {
  if (LogLevel::info < options_.lowest) return;
  const std::lock_guard lock(mutex_);
  for (const std::string& line : table_lines(rows)) put(line);
}

void Console::progress(std::string_view text) {
  if (!shows_progress()) return;
  const std::lock_guard lock(mutex_);
  erase_progress();
  progress_ = text;
  draw_progress();
}

void Console::put(std::string_view text) {
  const std::string progress = progress_;
  erase_progress();
  std::string line(text);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), options_.stream);
  progress_ = progress;
  draw_progress();
}

void Console::erase_progress() {
  if (progress_.empty()) return;
  std::fwrite(kEraseLine.data(), 1, kEraseLine.size(), options_.stream);
  std::fflush(options_.stream);
  progress_.clear();
}

void Console::draw_progress() {
  const std::string_view shown = cut(progress_, options_.columns - 1);
  std::fwrite(shown.data(), 1, shown.size(), options_.stream);
  std::fflush(options_.stream);
}

std::string progress_bar(double share, int width) {
  const double bounded = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  const auto places = static_cast<std::size_t>(width);
  const auto done = static_cast<std::size_t>(bounded * width);
  std::string bar(done, '=');
  if (done < places) bar += '>';
  bar.resize(places, ' ');
  return "[" + bar + "]";
}

std::vector<std::string> table_lines(const std::vector<std::vector<std::string>>& rows) {
  std::size_t num_columns = 0;
  for (const auto& row : rows) num_columns = std::max(num_columns, row.size());
  std::vector<std::size_t> widths(num_columns);
  std::vector<bool> flush_right(num_columns, true);
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      widths[c] = std::max(widths[c], display_width(rows[r][c]));
      if (c == 0 || (r > 0 && !rows[r][c].empty() && !looks_like_number(rows[r][c]))) flush_right[c] = false;
    }
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string gap(widths[c] - display_width(row[c]), ' ');
      if (c > 0) line += "  ";
      line += flush_right[c] ? gap + row[c] : row[c] + gap;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::size_t display_width(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

}  // namespace seg
