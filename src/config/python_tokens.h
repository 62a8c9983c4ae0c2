// SPDX-License-Identifier: Apache-2.0
// The words of a Python source, one after another, each with its line.
//
// What Python allows between words is gone: blanks, comments, continued lines, line ends inside brackets. Texts are
// decoded. A UserError for what no config holds: f-strings, bytes, open texts, bytes that are not UTF-8.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace seg {

enum class PythonTokenKind : std::uint8_t { name, number, text, symbol, line_end, end };

struct PythonToken {
  PythonTokenKind kind = PythonTokenKind::end;
  std::string text;  // of a text its characters, of all others what stands in the source; a line's end is "end of line"
  std::size_t line = 1;

  bool is_symbol(std::string_view symbol) const { return kind == PythonTokenKind::symbol && text == symbol; }
  bool is_name(std::string_view name) const { return kind == PythonTokenKind::name && text == name; }
};

class PythonTokens {
 public:
  // `file` stands for the source in messages.
  PythonTokens(std::string_view source, std::string file);

  const PythonToken& next() const noexcept { return next_; }
  PythonToken take();
  // The line as it stands in the source, shortened, for messages.
  std::string line_text(std::size_t line) const;
  std::string place(std::size_t line) const { return file_ + ':' + std::to_string(line); }

 private:
  PythonToken read();
  bool skip_blanks();  // true if a line ended that counts
  PythonToken read_name();
  PythonToken read_number();
  PythonToken read_symbol();
  std::string read_text(bool is_raw);
  void read_escape(std::string& text);
  void append_code_point(std::string& text, std::size_t digits, std::uint32_t base);
  char at(std::size_t i) const noexcept { return i < source_.size() ? source_[i] : '\0'; }
  [[noreturn]] void refuse(std::string what, std::string remedy) const;

  std::string source_, file_;
  std::size_t position_ = 0, line_ = 1, depth_ = 0;  // of brackets
  PythonToken next_;
};

}  // namespace seg
