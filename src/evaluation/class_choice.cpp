// SPDX-License-Identifier: Apache-2.0
#include "evaluation/class_choice.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/spelling.h"

namespace seg {
namespace {

template <class Number>
bool parse(std::string_view text, Number& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && !text.empty();
}

}  // namespace

std::int64_t find_class(std::string_view text, const ClassList& classes, const std::string& where) {
  const auto named = std::ranges::find(classes.names, text);
  if (named != classes.names.end()) return named - classes.names.begin();
  std::int64_t number = -1;
  if (parse(text, number) && number >= 0 && number < classes.count) return number;
  const std::vector<std::string_view> candidates(classes.names.begin(), classes.names.end());
  const auto meant = nearest(text, candidates);
  fail(where, "\"" + std::string(text) + "\" is no class of these weights",
       (meant ? "\"" + *meant + "\", or " : std::string()) + "a number from 0 to " + std::to_string(classes.count - 1));
}

std::string class_name(std::int64_t class_id, const ClassList& classes) {
  const auto at = static_cast<std::size_t>(class_id);
  return at < classes.names.size() ? classes.names[at] : "class " + std::to_string(class_id);
}

ClassAndNumber find_class_and_probability(std::string_view text, const ClassList& classes, const std::string& where) {
  const std::size_t sign = text.rfind('=');
  ClassAndNumber found;
  if (sign == std::string_view::npos || !parse(text.substr(sign + 1), found.number) ||
      !(found.number >= 0 && found.number <= 1))
    fail(where, "\"" + std::string(text) + "\" is not CLASS=P with P from 0 to 1", "for example road=0.3");
  found.class_id = find_class(text.substr(0, sign), classes, where);
  return found;
}

}  // namespace seg
