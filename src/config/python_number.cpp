// SPDX-License-Identifier: Apache-2.0
#include "config/python_number.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>

namespace seg {
namespace {

constexpr const char* kNoNumber = "is no number";
constexpr const char* kTooLarge = "does not fit in 64 bits";

int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  return 99;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Without the underscores, each of which stands between two digits; after a prefix (no decimal) also at the front.
std::optional<std::string> without_underscores(std::string_view text, int base) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain += text[i];
      continue;
    }
    const bool follows = i == 0 ? base != 10 : digit_of(text[i - 1]) < base;
    if (!follows || i + 1 == text.size() || digit_of(text[i + 1]) >= base) return std::nullopt;
  }
  return plain;
}

PythonResult whole_number(std::string_view digits, int base) {
  std::int64_t number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (parsed.ec == std::errc::result_out_of_range) return {.error = kTooLarge};
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return {.error = kNoNumber};
  return {.number = number};
}

PythonResult floating(double number) {
  if (!std::isfinite(number)) return {.error = "is not finite"};
  return {.number = number};
}

PythonResult decimal(std::string_view literal) {
  const auto digits = without_underscores(literal, 10);
  if (!digits || digits->empty() || !(is_digit((*digits)[0]) || (*digits)[0] == '.')) return {.error = kNoNumber};
  const std::string& text = *digits;
  if (text.find_first_not_of("0123456789") == std::string::npos) {
    if (text.size() > 1 && text[0] == '0' && text.find_first_not_of('0') != std::string::npos)
      return {.error = "begins with a 0, which Python refuses"};
    return whole_number(text, 10);
  }
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::general);
  if (parsed.ptr != text.data() + text.size()) return {.error = kNoNumber};
  if (parsed.ec == std::errc::result_out_of_range) return {.error = "is beyond the range of a double"};
  if (parsed.ec != std::errc() || !(is_digit(text[0]) || (text.size() > 1 && is_digit(text[1]))))
    return {.error = kNoNumber};
  return floating(number);
}

double as_double(const PythonNumber& number) {
  return std::visit([](auto value) { return static_cast<double>(value); }, number);
}

// a - b*floor(a/b), with the sign of b, as Python has it.
double remainder_of(double a, double b) {
  const double rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

PythonResult power(std::int64_t base, std::int64_t exponent) {
  std::int64_t product = 1;
  if (base == 0 || base == 1) return {.number = exponent == 0 ? std::int64_t{1} : base};
  if (base == -1) return {.number = std::int64_t{exponent % 2 == 0 ? 1 : -1}};
  for (; exponent > 0; --exponent)  // at most 63 times
    if (__builtin_mul_overflow(product, base, &product)) return {.error = kTooLarge};
  return {.number = product};
}

PythonResult whole_arithmetic(std::int64_t a, std::string_view operation, std::int64_t b) {
  std::int64_t result = 0;
  if (operation == "+" || operation == "-" || operation == "*") {
    const bool overflows = operation == "+"   ? __builtin_add_overflow(a, b, &result)
                           : operation == "-" ? __builtin_sub_overflow(a, b, &result)
                                              : __builtin_mul_overflow(a, b, &result);
    if (overflows) return {.error = kTooLarge};
    return {.number = result};
  }
  if (operation == "**") return power(a, b);
  if (a == std::numeric_limits<std::int64_t>::min() && b == -1)
    return operation == "%" ? PythonResult{.number = std::int64_t{0}} : PythonResult{.error = kTooLarge};
  const std::int64_t rest = a % b;
  const bool is_below = rest != 0 && (rest < 0) != (b < 0);
  if (operation == "%") return {.number = is_below ? rest + b : rest};
  return {.number = is_below ? a / b - 1 : a / b};
}

PythonResult floating_arithmetic(double a, std::string_view operation, double b) {
  if (operation == "+") return floating(a + b);
  if (operation == "-") return floating(a - b);
  if (operation == "*") return floating(a * b);
  if (operation == "/") return floating(a / b);
  if (operation == "%") return floating(remainder_of(a, b));
  if (operation == "//") return floating(std::round((a - remainder_of(a, b)) / b));
  if (a < 0 && std::trunc(b) != b) return {.error = "is complex"};
  return floating(std::pow(a, b));
}

}  // namespace

PythonResult python_number(std::string_view literal) {
  if (literal.ends_with('j') || literal.ends_with('J')) return {.error = "is a complex number, which no key takes"};
  if (literal.size() > 2 && literal[0] == '0') {
    const char kind = static_cast<char>(literal[1] | 0x20);
    const int base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 0;
    if (base != 0) {
      const auto digits = without_underscores(literal.substr(2), base);
      if (!digits) return {.error = kNoNumber};
      return digits->starts_with('-') ? PythonResult{.error = kNoNumber} : whole_number(*digits, base);
    }
  }
  return decimal(literal);
}

PythonResult python_arithmetic(PythonNumber a, std::string_view operation, PythonNumber b) {
  const bool divides = operation == "/" || operation == "//" || operation == "%";
  const bool inverts = operation == "**" && as_double(b) < 0;
  if ((divides && as_double(b) == 0) || (inverts && as_double(a) == 0)) return {.error = "divides by zero"};
  const auto* whole_a = std::get_if<std::int64_t>(&a);
  const auto* whole_b = std::get_if<std::int64_t>(&b);
  if (whole_a != nullptr && whole_b != nullptr && operation != "/" && !inverts)
    return whole_arithmetic(*whole_a, operation, *whole_b);
  return floating_arithmetic(as_double(a), operation, as_double(b));
}

}  // namespace seg
