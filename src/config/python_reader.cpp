// SPDX-License-Identifier: Apache-2.0
#include "config/python_reader.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "config/python_expression.h"
#include "config/python_tokens.h"

namespace seg {
namespace {

constexpr std::array<std::string_view, 24> kStatements = {
    "import",  "from",  "def",    "class",  "if",  "elif",   "else",     "for",   "while", "with", "try",    "except",
    "finally", "raise", "assert", "return", "del", "global", "nonlocal", "async", "await", "pass", "lambda", "match"};

constexpr const char* kRemove = "remove it; a config holds cfg = dict(...) and comments only";

// The keys so far, in the order in which they were first given.
class Keys {
 public:
  // As Python has it, the later value counts.
  void set(KeyValue entry) {
    const auto [known, is_new] = places_.emplace(entry.key, entries_.size());
    if (is_new)
      entries_.push_back(std::move(entry));
    else
      entries_[known->second] = std::move(entry);
  }
  std::vector<KeyValue> take() { return std::move(entries_); }

 private:
  std::vector<KeyValue> entries_;
  std::unordered_map<std::string, std::size_t> places_;
};

class PythonReader {
 public:
  PythonReader(std::string_view source, const std::string& file) : tokens_(source, file), file_(file) {}

  std::vector<KeyValue> read() {
    while (true) {
      while (next().kind == PythonTokenKind::line_end) tokens_.take();
      if (next().kind == PythonTokenKind::end) break;
      if (next().kind == PythonTokenKind::text)  // a description of the file
        (void)expression_.texts();
      else
        read_statement();
      if (next().kind != PythonTokenKind::line_end && next().kind != PythonTokenKind::end) expression_.refuse_next();
    }
    if (name_.empty())
      fail(file_, "holds no cfg = dict(...)", "the keys as cfg = dict(lr_start=5e-3, ...), or a config in TOML");
    return keys_.take();
  }

 private:
  const PythonToken& next() const { return tokens_.next(); }

  [[noreturn]] void refuse(std::size_t line, const std::string& what, std::string remedy) const {
    fail(tokens_.place(line), what + " (" + tokens_.line_text(line) + ')', std::move(remedy));
  }

  void read_statement() {
    const PythonToken token = tokens_.take();
    if (token.kind != PythonTokenKind::name)
      refuse(token.line, "neither cfg = dict(...) nor a comment", "remove it; only cfg is read");
    const bool is_config = token.text == "cfg" || token.text == "config";
    if (is_config && (next().is_symbol("=") || next().is_symbol(":"))) return define(token);
    if (!name_.empty() && token.text == name_) return change(token);
    if (std::ranges::count(kStatements, token.text) != 0) refuse(token.line, "the statement " + token.text, kRemove);
    if (next().is_symbol("="))
      refuse(token.line, "assigns to " + token.text + ", but only cfg is read",
             "write the value in cfg = dict(...) where it is used");
    refuse(token.line, expression_.referred(token.text), kRemove);
  }

  // `cfg = dict(...)`; a type that stands beside the name means nothing to Python either.
  void define(const PythonToken& name) {
    if (!name_.empty())
      refuse(name.line, name.text + " is given a second time; the first is on line " + std::to_string(line_),
             "keep one of them");
    name_ = name.text;
    line_ = name.line;
    if (next().is_symbol(":")) {
      const auto is_of_type = [](const PythonToken& token) {
        return token.kind == PythonTokenKind::name || (token.kind == PythonTokenKind::symbol &&
                                                       std::string_view("[],.|").find(token.text) != std::string::npos);
      };
      do tokens_.take();
      while (is_of_type(next()));
    }
    expect("=");
    set_all(expression_.read(), name.line);
  }

  // `cfg["key"] = …` and `cfg.update(...)`.
  void change(const PythonToken& name) {
    if (next().is_symbol("[")) {
      std::string key = expression_.subscript();
      expect("=");
      ConfigValue value = expression_.read();
      return keys_.set({std::move(key), std::move(value), tokens_.place(name.line)});
    }
    if (!next().is_symbol("."))
      refuse(name.line, "changes " + name.text + " behind its definition",
             "write the key in " + name.text + " = dict(...), or " + name.text + "[\"key\"] = value");
    tokens_.take();
    const PythonToken member = tokens_.take();
    const std::string words = name.text + '.' + member.text;
    if (!member.is_name("update") || !next().is_symbol("("))
      refuse(name.line, next().is_symbol("(") ? "the call " + words + "()" : "the attribute " + words, kRemove);
    set_all(expression_.dict_arguments(), name.line);
  }

  void set_all(ConfigValue value, std::size_t line) {
    auto* table = std::get_if<ConfigValue::Table>(&value.content);
    if (table == nullptr) refuse(line, name_ + " is no dict", name_ + " = dict(lr_start=5e-3, ...)");
    const std::vector<std::size_t>& lines = expression_.lines_of_last_table();
    for (std::size_t i = 0; i < table->size(); ++i)
      keys_.set({std::move((*table)[i].key), std::move((*table)[i].value), tokens_.place(lines[i])});
  }

  void expect(std::string_view symbol) {
    if (!next().is_symbol(symbol)) expression_.refuse_next();
    tokens_.take();
  }

  PythonTokens tokens_;
  PythonExpression expression_{tokens_};
  std::string file_;
  std::string name_;      // of the config; empty while there is none
  std::size_t line_ = 0;  // of its definition
  Keys keys_;
};

}  // namespace

std::vector<KeyValue> read_python(std::string_view source, const std::string& name) {
  return PythonReader(source, name).read();
}

}  // namespace seg
