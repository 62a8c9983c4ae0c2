// SPDX-License-Identifier: Apache-2.0
// Classes as people name them on a command line: by name or by number. Pure functions; UserErrors name `where`.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seg {

struct ClassList {
  std::int64_t count = 0;
  std::vector<std::string> names{};  // may be fewer
};

// A name wins over a number that another class has.
std::int64_t find_class(std::string_view text, const ClassList& classes, const std::string& where);
// Its name, or "class 7".
std::string class_name(std::int64_t class_id, const ClassList& classes);

// "CLASS=P", P from 0 to 1.
struct ClassAndNumber {
  std::int64_t class_id = 0;
  double number = 0;
};
ClassAndNumber find_class_and_probability(std::string_view text, const ClassList& classes, const std::string& where);

}  // namespace seg
