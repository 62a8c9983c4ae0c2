// SPDX-License-Identifier: Apache-2.0
// What the command line's counts may be. (CLI::PositiveNumber says the range of a double, in 309 digits.)
#pragma once
#include <CLI/Error.hpp>  // Validators.hpp forgets it
#include <CLI/Validators.hpp>
#include <charconv>
#include <cmath>
#include <string>
#include <system_error>

#include "base/text.h"

namespace seg {

// A whole number from 1.
inline CLI::Validator from_one() {
  return CLI::Validator(
      [](const std::string& text) {
        const bool is_zero = text.find_first_not_of('0') == std::string::npos;
        return is_digits(text) && !is_zero ? std::string() : text + " is not a whole number from 1";
      },
      "FROM 1");
}

// A whole number from 0.
inline CLI::Validator whole_from_zero() {
  return CLI::Validator(
      [](const std::string& text) { return is_digits(text) ? std::string() : text + " is not a whole number from 0"; },
      "FROM 0");
}

// A number from 0.
inline CLI::Validator from_zero() {
  return CLI::Validator(
      [](const std::string& text) {
        double number = -1;
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, number);
        const bool is_number = read.ec == std::errc() && read.ptr == end && number >= 0 && std::isfinite(number);
        return is_number ? std::string() : text + " is not a number from 0";
      },
      "FROM 0");
}

}  // namespace seg
