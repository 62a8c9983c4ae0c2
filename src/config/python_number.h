// SPDX-License-Identifier: Apache-2.0
// Numbers as Python writes them, and the arithmetic of constants: 1e-2, 5_000, 0x1F; 2*8, 1024//3. Pure functions.
//
// Whole numbers have 64 bits; what needs more is an error, not another number.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace seg {

using PythonNumber = std::variant<std::int64_t, double>;

struct PythonResult {
  PythonNumber number = std::int64_t{0};
  std::string error = {};  // completes "2 ** 99 …"; empty if there is a number
};

// A literal without a sign.
PythonResult python_number(std::string_view literal);

// + - * / // % **; of whole numbers all but / and a negative power are whole.
PythonResult python_arithmetic(PythonNumber a, std::string_view operation, PythonNumber b);

}  // namespace seg
