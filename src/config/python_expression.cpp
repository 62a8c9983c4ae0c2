// SPDX-License-Identifier: Apache-2.0
#include "config/python_expression.h"

#include <array>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "config/python_number.h"

namespace seg {
namespace {

constexpr std::size_t kDeepest = 32;  // of brackets in brackets
constexpr const char* kWriteTheValue = "write the value itself; nothing in a config is executed";

struct Place {
  std::string_view words;
  std::string_view what;
};
// What may stand behind a value in Python but makes it no literal.
constexpr std::array<Place, 9> kWordsBehind = {{{"for", "a comprehension"},
                                                {"async", "a comprehension"},
                                                {"if", "a conditional expression"},
                                                {"and", "the operator and"},
                                                {"or", "the operator or"},
                                                {"in", "the operator in"},
                                                {"is", "the operator is"},
                                                {"not", "the operator not in"},
                                                {"else", "a conditional expression"}}};

std::optional<PythonNumber> number_in(const ConfigValue& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value.content)) return *whole;
  if (const auto* real = std::get_if<double>(&value.content)) return *real;
  return std::nullopt;
}

ConfigValue value_of(const PythonNumber& number) {
  return std::visit([](auto value) { return ConfigValue{value}; }, number);
}

class Nesting {
 public:
  explicit Nesting(std::size_t& depth) : depth_(depth) { ++depth_; }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  std::size_t& depth_;
};

}  // namespace

// The entries of one dict, and no key twice.
struct PythonExpression::Entries {
  ConfigValue::Table table;
  std::vector<std::size_t> lines;
  std::map<std::string, std::size_t> first_lines;
};

void PythonExpression::refuse(std::size_t line, const std::string& what, std::string remedy) const {
  fail(tokens_.place(line), what + " (" + tokens_.line_text(line) + ')', std::move(remedy));
}

void PythonExpression::refuse_next() {
  const PythonToken token = tokens_.take();
  if (token.kind == PythonTokenKind::end) refuse(token.line, "the file ends too early", "close what is open");
  for (const Place& place : kWordsBehind)
    if (token.is_name(place.words)) refuse(token.line, std::string(place.what), kWriteTheValue);
  if (token.is_symbol(".")) {
    refuse(token.line, "the attribute ." + next().text + " of a value", kWriteTheValue);
  } else if (token.is_symbol("[") || token.is_symbol("(")) {
    refuse(token.line, token.text == "[" ? "an index into a value" : "a call of a value", kWriteTheValue);
  } else if (token.kind == PythonTokenKind::symbol &&
             std::string_view(")]},:=").find(token.text) == std::string::npos) {
    refuse(token.line, "the operator " + token.text, kWriteTheValue);
  }
  refuse(token.line, "unexpected: " + token.text, "commas between entries, and each bracket closed by its own kind");
}

std::string PythonExpression::referred(std::string name) {
  bool has_dots = false;
  while (next().is_symbol(".") && name.size() < 60) {
    tokens_.take();
    has_dots = true;
    if (next().kind == PythonTokenKind::name) name += '.' + tokens_.take().text;
  }
  if (next().is_symbol("(")) return "the call " + name + "()";
  if (next().is_symbol("[")) return "an index into " + name;
  return (has_dots ? "the attribute " : "the name ") + name;
}

void PythonExpression::check_depth() const {
  if (depth_ > kDeepest)
    refuse(next().line, "is nested deeper than " + std::to_string(kDeepest) + " brackets", "fewer of them");
}

// sum := product (+|- product)*
ConfigValue PythonExpression::read() {
  const Nesting nesting(depth_);
  check_depth();
  ConfigValue value = product();
  while (next().is_symbol("+") || next().is_symbol("-")) {
    const PythonToken operation = tokens_.take();
    value = calculated(value, operation, product());
  }
  return value;
}

ConfigValue PythonExpression::product() {
  ConfigValue value = factor();
  while (next().is_symbol("*") || next().is_symbol("/") || next().is_symbol("//") || next().is_symbol("%")) {
    const PythonToken operation = tokens_.take();
    value = calculated(value, operation, factor());
  }
  return value;
}

// Signs, and powers of one power: 2**3**2 is seldom meant and would have to nest.
ConfigValue PythonExpression::factor() {
  bool is_negative = false, has_sign = false;
  const std::size_t line = next().line;
  while (next().is_symbol("-") || next().is_symbol("+")) {
    has_sign = true;
    is_negative ^= tokens_.take().text == "-";
  }
  ConfigValue value = operand();
  if (next().is_symbol("**")) {
    const PythonToken operation = tokens_.take();
    const bool inverts = next().is_symbol("-");
    if (inverts) tokens_.take();
    ConfigValue exponent = operand();
    if (inverts) exponent = negative(exponent, operation.line);
    value = calculated(value, operation, exponent);
    if (next().is_symbol("**")) refuse(next().line, "a power of a power", kWriteTheValue);
  }
  if (has_sign && !number_in(value)) refuse(line, "a sign before what is no number", kWriteTheValue);
  return is_negative ? negative(value, line) : value;
}

ConfigValue PythonExpression::negative(const ConfigValue& value, std::size_t line) {
  // Not 0 - x, which is 0.0 where Python has -0.0.
  const auto number = number_in(value);
  if (number && std::holds_alternative<double>(*number)) return {-std::get<double>(*number)};
  return calculated({std::int64_t{0}}, {.kind = PythonTokenKind::symbol, .text = "-", .line = line}, value);
}

ConfigValue PythonExpression::calculated(const ConfigValue& a, const PythonToken& operation, const ConfigValue& b) {
  const auto left = number_in(a), right = number_in(b);
  if (!left || !right)
    refuse(operation.line, "the operator " + operation.text + " with what is no number", kWriteTheValue);
  const PythonResult result = python_arithmetic(*left, operation.text, *right);
  if (!result.error.empty())
    refuse(operation.line, text_of(a) + ' ' + operation.text + ' ' + text_of(b) + ' ' + result.error, kWriteTheValue);
  return value_of(result.number);
}

ConfigValue PythonExpression::operand() {
  const PythonToken& token = next();
  if (token.kind == PythonTokenKind::text) return {texts()};
  if (token.kind == PythonTokenKind::number) {
    const PythonToken number = tokens_.take();
    const PythonResult read = python_number(number.text);
    if (!read.error.empty()) refuse(number.line, number.text + ' ' + read.error, "a number such as 5e-3, 5_000 or 0.5");
    return value_of(read.number);
  }
  if (token.kind == PythonTokenKind::name) return named();
  if (token.is_symbol("(")) return tuple_or_value();
  if (token.is_symbol("[")) return list();
  if (token.is_symbol("{")) return braces();
  if (token.is_symbol("*") || token.is_symbol("**"))
    refuse(token.line, "unpacking by " + token.text, "write its entries themselves; nothing in a config is executed");
  refuse_next();
}

std::string PythonExpression::texts() {
  std::string text;
  while (next().kind == PythonTokenKind::text) text += tokens_.take().text;
  return text;
}

ConfigValue PythonExpression::named() {
  const PythonToken token = tokens_.take();
  if (token.text == "True" || token.text == "False") return {token.text == "True"};
  if (token.text == "None") return {Nothing{}};
  if (token.text == "dict" && next().is_symbol("(")) return dict_arguments();
  if (token.text == "not") refuse(token.line, "the operator not", kWriteTheValue);
  if (token.text == "lambda" || token.text == "await" || token.text == "yield")
    refuse(token.line, "the expression " + token.text, kWriteTheValue);
  refuse(token.line, referred(token.text), kWriteTheValue);
}

// Elements up to the closing bracket.
ConfigValue::List PythonExpression::elements(std::string_view close) {
  ConfigValue::List elements;
  bool may_follow = true;
  while (!next().is_symbol(close)) {
    if (!may_follow) refuse_next();
    elements.push_back(read());
    may_follow = next().is_symbol(",");
    if (may_follow) tokens_.take();
  }
  tokens_.take();
  return elements;
}

ConfigValue PythonExpression::list() {
  tokens_.take();
  return {elements("]")};
}

ConfigValue PythonExpression::tuple_or_value() {
  tokens_.take();
  if (next().is_symbol(")")) return {elements(")")};
  ConfigValue first = read();
  if (next().is_symbol(")")) {
    tokens_.take();
    return first;
  }
  if (!next().is_symbol(",")) refuse_next();
  tokens_.take();
  ConfigValue::List all;
  all.push_back(std::move(first));
  for (ConfigValue& other : elements(")")) all.push_back(std::move(other));
  return {std::move(all)};
}

void PythonExpression::add(Entries& entries, std::string key, std::size_t line, ConfigValue value) {
  const auto [first, is_new] = entries.first_lines.emplace(key, line);
  if (!is_new)
    refuse(line, key + " is given a second time; the first is on line " + std::to_string(first->second),
           "keep one of them");
  entries.table.push_back({std::move(key), std::move(value)});
  entries.lines.push_back(line);
}

// Of the dict that was read last.
void PythonExpression::add_all(Entries& entries, ConfigValue value) {
  const std::vector<std::size_t> lines = lines_of_last_table_;
  auto& table = std::get<ConfigValue::Table>(value.content);
  for (std::size_t i = 0; i < table.size(); ++i)
    add(entries, std::move(table[i].key), lines[i], std::move(table[i].value));
}

ConfigValue PythonExpression::finished(Entries entries) {
  tokens_.take();
  lines_of_last_table_ = std::move(entries.lines);  // the outermost dict is the last one that is finished
  return {std::move(entries.table)};
}

// Takes the comma between two entries; false at the closing bracket.
bool PythonExpression::goes_on(std::string_view close) {
  if (next().is_symbol(close)) return false;
  if (!next().is_symbol(",")) refuse_next();
  tokens_.take();
  return !next().is_symbol(close);
}

ConfigValue PythonExpression::dict_arguments() {
  const Nesting nesting(depth_);
  check_depth();
  tokens_.take();
  Entries entries;
  bool is_first = true;
  if (next().is_symbol(")")) return finished(std::move(entries));
  do {
    if (next().is_symbol("*") || next().is_symbol("**")) operand();  // refuses
    const PythonToken key = next();
    if (key.kind == PythonTokenKind::end) refuse_next();
    if (key.kind == PythonTokenKind::name) tokens_.take();
    const bool may_be_dict = std::exchange(is_first, false);
    if (may_be_dict && (key.is_symbol("{") || (key.is_name("dict") && next().is_symbol("(")))) {
      add_all(entries, key.is_symbol("{") ? braces() : dict_arguments());
      continue;
    }
    if (key.kind != PythonTokenKind::name || !next().is_symbol("="))
      refuse(key.line, "an entry of dict(...) that is not key=value",
             "dict(lr_start=5e-3, ...), or {\"lr_start\": 5e-3}");
    tokens_.take();
    add(entries, key.text, key.line, read());
  } while (goes_on(")"));
  return finished(std::move(entries));
}

ConfigValue PythonExpression::braces() {
  const std::size_t start = tokens_.take().line;
  Entries entries;
  if (next().is_symbol("}")) return finished(std::move(entries));
  do {
    const std::size_t line = next().line;
    const ConfigValue key = read();
    if (next().is_symbol(",") || next().is_symbol("}")) refuse(start, "a set, not a dict", "a list in [ ]");
    if (!next().is_symbol(":")) refuse_next();
    tokens_.take();
    add(entries, key_text(key, line), line, read());
  } while (goes_on("}"));
  return finished(std::move(entries));
}

std::string PythonExpression::subscript() {
  const std::size_t line = tokens_.take().line;
  std::string key = key_text(read(), line);
  if (!next().is_symbol("]")) refuse_next();
  tokens_.take();
  return key;
}

std::string PythonExpression::key_text(const ConfigValue& key, std::size_t line) {
  if (const auto* text = std::get_if<std::string>(&key.content)) return *text;
  if (number_in(key)) return text_of(key);
  refuse(line, "a key that is neither text nor number", "{\"lr_start\": 5e-3}");
}

}  // namespace seg
