// SPDX-License-Identifier: Apache-2.0
// Reads values as Python writes them: literals, lists, tuples, dicts, and arithmetic of numbers.
//
// What would have to be executed to become a value is refused by name with its line, as a UserError. Nesting has a
// limit. The tokens outlive the reader, which takes those of a value and leaves what follows.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/python_tokens.h"
#include "config/value.h"

namespace seg {

class PythonExpression {
 public:
  explicit PythonExpression(PythonTokens& tokens) : tokens_(tokens) {}

  ConfigValue read();
  // Where each entry of the last dict begins that was read. Of dicts in dicts the outermost is the last.
  const std::vector<std::size_t>& lines_of_last_table() const { return lines_of_last_table_; }

  // What stands in the parentheses of dict(...) and of an update(...): a dict, and key=value. They are taken, too.
  ConfigValue dict_arguments();
  std::string subscript();                 // the key in brackets, which are taken, too
  std::string texts();                     // adjacent texts are one
  std::string referred(std::string name);  // a name that was taken and what follows it, in words
  [[noreturn]] void refuse_next();         // says what is wrong with the next token, which no rule accepts

 private:
  struct Entries;

  const PythonToken& next() const { return tokens_.next(); }
  void check_depth() const;
  [[noreturn]] void refuse(std::size_t line, const std::string& what, std::string remedy) const;
  ConfigValue product();
  ConfigValue factor();
  ConfigValue negative(const ConfigValue& value, std::size_t line);
  ConfigValue calculated(const ConfigValue& a, const PythonToken& operation, const ConfigValue& b);
  ConfigValue operand();
  ConfigValue named();
  ConfigValue::List elements(std::string_view close);
  ConfigValue list();
  ConfigValue tuple_or_value();
  ConfigValue braces();
  void add(Entries& entries, std::string key, std::size_t line, ConfigValue value);
  void add_all(Entries& entries, ConfigValue value);
  ConfigValue finished(Entries entries);
  bool goes_on(std::string_view close);
  std::string key_text(const ConfigValue& key, std::size_t line);

  PythonTokens& tokens_;
  std::size_t depth_ = 0;
  std::vector<std::size_t> lines_of_last_table_;
};

}  // namespace seg
