// SPDX-License-Identifier: Apache-2.0
#include "config/python_reader.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/error.h"
#include "config/python_expression.h"
#include "config/python_tokens.h"

namespace seg {
namespace {

constexpr std::array<std::string_view, 24> kStatements = {
    "import",  "from",  "def",    "class",  "if",  "elif",   "else",     "for",   "while", "with", "try",    "except",
    "finally", "raise", "assert", "return", "del", "global", "nonlocal", "async", "await", "pass", "lambda", "match"};

class PythonReader {
 public:
  PythonReader(std::string_view source, const std::string& name) : tokens_(source, name), name_(name) {}

  std::vector<KeyValue> read() {
    std::optional<std::vector<KeyValue>> config;
    std::size_t config_line = 0;
    while (true) {
      while (next().kind == PythonTokenKind::line_end) tokens_.take();
      if (next().kind == PythonTokenKind::end) break;
      const std::size_t line = next().line;
      if (next().kind == PythonTokenKind::text) {  // a description of the file
        (void)expression_.texts();
      } else {
        begin_assignment();
        if (config)
          refuse(line, "cfg is given a second time; the first is on line " + std::to_string(config_line),
                 "keep one of them");
        config_line = line;
        config = assigned_table(line);
      }
      expect_line_end();
    }
    if (!config)
      fail(name_, "holds no cfg = dict(...)", "the keys as cfg = dict(lr_start=5e-3, ...), or a config in TOML");
    return *std::move(config);
  }

 private:
  const PythonToken& next() const { return tokens_.next(); }

  [[noreturn]] void refuse(std::size_t line, const std::string& what, std::string remedy) const {
    fail(tokens_.place(line), what + " (" + tokens_.line_text(line) + ')', std::move(remedy));
  }

  // `cfg =`, or a refusal that tells what stands there instead.
  void begin_assignment() {
    const PythonToken token = tokens_.take();
    if (token.kind != PythonTokenKind::name)
      refuse(token.line, "neither cfg = dict(...) nor a comment", "remove it; only cfg is read");
    if (next().is_symbol("=") && token.text == "cfg") {
      tokens_.take();
      return;
    }
    if (std::ranges::count(kStatements, token.text) != 0)
      refuse(token.line, "the statement " + token.text, "remove it; a config holds cfg = dict(...) and comments only");
    if (next().is_symbol("="))
      refuse(token.line, "assigns to " + token.text + ", but only cfg is read",
             "write the value in cfg = dict(...) where it is used");
    if (token.text == "cfg")
      refuse(token.line, "changes cfg behind its definition", "write the key in cfg = dict(...)");
    refuse(token.line, expression_.referred(token.text), "remove it; a config holds cfg = dict(...) and comments only");
  }

  std::vector<KeyValue> assigned_table(std::size_t line) {
    ConfigValue value = expression_.read();
    auto* table = std::get_if<ConfigValue::Table>(&value.content);
    if (table == nullptr) refuse(line, "cfg is no dict", "cfg = dict(lr_start=5e-3, ...)");
    const std::vector<std::size_t>& lines = expression_.lines_of_last_table();
    std::vector<KeyValue> entries;
    for (std::size_t i = 0; i < table->size(); ++i)
      entries.push_back({std::move((*table)[i].key), std::move((*table)[i].value), tokens_.place(lines[i])});
    return entries;
  }

  void expect_line_end() {
    if (next().kind == PythonTokenKind::line_end || next().kind == PythonTokenKind::end) return;
    expression_.refuse_next();
  }

  PythonTokens tokens_;
  PythonExpression expression_{tokens_};
  std::string name_;
};

}  // namespace

std::vector<KeyValue> read_python(std::string_view source, const std::string& name) {
  return PythonReader(source, name).read();
}

}  // namespace seg
