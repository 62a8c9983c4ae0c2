// SPDX-License-Identifier: Apache-2.0
// What the command line's counts may be. (CLI::PositiveNumber says the range of a double, in 309 digits.)
#pragma once
#include <CLI/Error.hpp>  // Validators.hpp forgets it
#include <CLI/Validators.hpp>
#include <string>

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

}  // namespace seg
