// SPDX-License-Identifier: Apache-2.0
#include "config/python_tokens.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/utf8.h"

namespace seg {
namespace {

constexpr std::size_t kShownOfALine = 60;

// Longest first; every other mark is a symbol of one character.
constexpr std::array<std::string_view, 24> kLongSymbols = {
    "**=", "//=", ">>=", "<<=", "...", ":=", "->", "==", "!=", "<=", ">=", "**",
    "//",  "<<",  ">>",  "+=",  "-=",  "*=", "/=", "%=", "&=", "|=", "^=", "@="};

// What editors and web pages leave between words, and a reader takes for a blank.
constexpr std::array<std::string_view, 4> kForeignBlanks = {"\u00a0", "\u3000", "\u200b", "\ufeff"};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_name_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c) ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_quote(char c) noexcept { return c == '"' || c == '\''; }

// Every line's end is \n, whatever the editor wrote.
std::string with_plain_line_ends(std::string_view source) {
  std::string text;
  text.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      text += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    } else {
      text += source[i];
    }
  }
  return text;
}

std::size_t line_of(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

}  // namespace

PythonTokens::PythonTokens(std::string_view source, std::string file) : file_(std::move(file)) {
  if (source.starts_with("\xef\xbb\xbf")) source.remove_prefix(3);
  source_ = with_plain_line_ends(source);
  if (const auto broken = first_broken_byte(source_)) {
    line_ = line_of(source_, *broken);
    refuse("is not UTF-8: byte " + byte_text(source_[*broken]), "iconv -f latin1 -t utf-8 (or from its encoding)");
  }
  if (const std::size_t zero = source_.find('\0'); zero != std::string::npos) {
    line_ = line_of(source_, zero);
    refuse("holds a byte of value 0, so it is no Python source", "name a text file with cfg = dict(...)");
  }
  next_ = read();
}

PythonToken PythonTokens::take() { return std::exchange(next_, read()); }

std::string PythonTokens::line_text(std::size_t line) const {
  std::size_t start = 0;
  for (std::size_t i = 1; i < line && start != std::string::npos; ++i) {
    start = source_.find('\n', start);
    if (start != std::string::npos) ++start;
  }
  if (start == std::string::npos || start >= source_.size()) return "";
  std::string_view text = std::string_view(source_).substr(start, source_.find('\n', start) - start);
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t")));
  std::string shown;
  std::size_t i = 0;
  while (i < text.size() && i < kShownOfALine) {
    const std::size_t length = std::max<std::size_t>(character_length(text, i), 1);
    const auto c = static_cast<unsigned char>(text[i]);
    shown += c < ' ' || c == 127 ? std::string_view(" ") : text.substr(i, length);
    i += length;
  }
  return shown + (i < text.size() ? "…" : "");
}

void PythonTokens::refuse(std::string what, std::string remedy) const {
  fail(place(line_), std::move(what), std::move(remedy));
}

PythonToken PythonTokens::read() {
  const std::size_t before = line_;
  if (skip_blanks()) return {.kind = PythonTokenKind::line_end, .text = "end of line", .line = before};
  const char c = at(position_);
  if (c == '\0') return {.kind = PythonTokenKind::end, .text = "end of file", .line = before};
  if (is_digit(c) || (c == '.' && is_digit(at(position_ + 1)))) return read_number();
  if (is_name_character(c)) return read_name();
  if (is_quote(c)) {
    const std::size_t line = line_;
    return {.kind = PythonTokenKind::text, .text = read_text(false), .line = line};
  }
  return read_symbol();
}

bool PythonTokens::skip_blanks() {
  bool ended = false;
  while (position_ < source_.size()) {
    const char c = source_[position_];
    if (c == '#') {
      position_ = std::min(source_.find('\n', position_), source_.size());
    } else if (c == '\\' && at(position_ + 1) == '\n') {
      position_ += 2;
      ++line_;
    } else if (c == '\n' || (c == ';' && depth_ == 0)) {
      ended = ended || depth_ == 0;
      if (c == '\n') ++line_;
      ++position_;
    } else if (c == ' ' || c == '\t' || c == '\f') {
      ++position_;
    } else {
      break;
    }
  }
  return ended;
}

PythonToken PythonTokens::read_name() {
  const std::size_t start = position_, line = line_;
  while (is_name_character(at(position_))) ++position_;
  std::string name = source_.substr(start, position_ - start);
  for (const std::string_view blank : kForeignBlanks)
    if (name.find(blank) != std::string::npos)
      refuse("holds a blank that is none in Python (no-break, ideographic or of no width)",
             "replace it by a plain blank");
  if (!is_quote(at(position_))) return {.kind = PythonTokenKind::name, .text = std::move(name), .line = line};
  std::string prefix = name;
  std::ranges::transform(prefix, prefix.begin(), [](char c) { return static_cast<char>(c | 0x20); });
  const std::string shown = name + at(position_) + "…" + at(position_);
  if (prefix == "f" || prefix == "rf" || prefix == "fr")
    refuse(shown + " is an f-string: it would run the code in its braces", "write the text that comes out of it");
  if (prefix == "b" || prefix == "rb" || prefix == "br") refuse(shown + " is bytes, not a text", "leave the b away");
  if (prefix != "r" && prefix != "u") refuse(shown + " is no text", "write \"…\" or '…'");
  return {.kind = PythonTokenKind::text, .text = read_text(prefix == "r"), .line = line};
}

PythonToken PythonTokens::read_number() {
  const std::size_t start = position_;
  const bool is_decimal = at(start) != '0' || (at(start + 1) | 0x20) != 'x';
  while (is_name_character(at(position_)) || at(position_) == '.') {
    const bool is_exponent = is_decimal && (at(position_) | 0x20) == 'e';
    ++position_;
    if (is_exponent && (at(position_) == '+' || at(position_) == '-')) ++position_;
  }
  return {.kind = PythonTokenKind::number, .text = source_.substr(start, position_ - start), .line = line_};
}

PythonToken PythonTokens::read_symbol() {
  const std::string_view rest = std::string_view(source_).substr(position_);
  std::string_view symbol = rest.substr(0, 1);
  const auto found = std::ranges::find_if(kLongSymbols, [&](std::string_view one) { return rest.starts_with(one); });
  if (found != kLongSymbols.end()) symbol = *found;
  if (symbol.size() == 1 && std::string_view("()[]{}<>=+-*/%&|^~@,:.").find(symbol[0]) == std::string_view::npos)
    refuse(symbol == "\\" ? "holds a backslash within a line"
                          : "holds a character that Python has no use for: byte " + byte_text(symbol[0]),
           "remove it; texts stand in quotation marks");
  if (symbol == "(" || symbol == "[" || symbol == "{") ++depth_;
  if ((symbol == ")" || symbol == "]" || symbol == "}") && depth_ > 0) --depth_;
  position_ += symbol.size();
  return {.kind = PythonTokenKind::symbol, .text = std::string(symbol), .line = line_};
}

std::string PythonTokens::read_text(bool is_raw) {
  const std::size_t first_line = line_;
  const char quote = source_[position_];
  const std::string triple(3, quote);
  const bool is_long = source_.compare(position_, 3, triple) == 0;
  const std::string_view mark = is_long ? std::string_view(triple) : std::string_view(triple).substr(0, 1);
  position_ += mark.size();
  std::string text;
  while (std::string_view(source_).substr(position_, mark.size()) != mark) {
    const char c = at(position_);
    if (c == '\0' || (c == '\n' && !is_long)) {
      line_ = first_line;
      refuse("begins a text that does not end", std::string("close it with ") + std::string(mark));
    }
    if (c == '\\' && !is_raw) {
      read_escape(text);
      continue;
    }
    // In a raw text a backslash still keeps the mark behind it from closing.
    const std::size_t count = c == '\\' && position_ + 1 < source_.size() ? 2 : 1;
    for (std::size_t i = 0; i < count; ++i) {
      if (source_[position_] == '\n') ++line_;
      text += source_[position_++];
    }
  }
  position_ += mark.size();
  return text;
}

void PythonTokens::read_escape(std::string& text) {
  constexpr std::string_view kNames = "\\'\"abfnrtv", kCharacters = "\\'\"\a\b\f\n\r\t\v";
  const char c = at(++position_);
  if (c == '\0') return;  // the open text is refused by the caller
  ++position_;
  if (const std::size_t known = kNames.find(c); known != std::string_view::npos) {
    text += kCharacters[known];
  } else if (c == '\n') {
    ++line_;
  } else if (c >= '0' && c <= '7') {
    --position_;
    std::size_t digits = 1;
    while (digits < 3 && at(position_ + digits) >= '0' && at(position_ + digits) <= '7') ++digits;
    append_code_point(text, digits, 8);
  } else if (c == 'x' || c == 'u' || c == 'U') {
    append_code_point(text, c == 'x' ? 2 : c == 'u' ? 4 : 8, 16);
  } else if (c == 'N') {
    refuse("names a character by \\N{…}", "write the character itself");
  } else {
    text += '\\';  // Python keeps what it does not know
    text += c;
  }
}

void PythonTokens::append_code_point(std::string& text, std::size_t digits, std::uint32_t base) {
  std::uint64_t code = 0;
  for (std::size_t i = 0; i < digits; ++i, ++position_) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const char c = at(position_);
    const std::size_t digit = kDigits.find(is_digit(c) ? c : static_cast<char>(c | 0x20));
    if (digit >= base) refuse("has an escape in a text with too few digits", "\\x41, \\u0041 or \\U00000041");
    code = code * base + digit;
  }
  const auto character = code > 0xffffffff ? std::nullopt : utf8_of(static_cast<std::uint32_t>(code));
  if (!character || code == 0)
    refuse("has an escape in a text that stands for no character", "write the character itself");
  text += *character;
}

}  // namespace seg
