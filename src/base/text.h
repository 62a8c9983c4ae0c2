// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them, and small questions about texts. Pure functions; the same in every locale.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seg {

std::string fixed(double value, int decimals);                   // "0.2500"; "nan" and "inf" stay words
std::string shortest(double value);                              // the shortest text that reads back to the same double
std::string percent(double share, int decimals = 1);             // 0.754 -> "75.4"
std::string bytes_text(std::int64_t bytes);                      // "1.5 GB", powers of 1000
std::string count_text(double count);                            // "5.23 M"
std::string duration_text(double seconds);                       // "850 ms", "42 s", "3:05", "2:03:05"
std::string padded(std::int64_t number, int digits);             // 100, 6 -> "000100"
std::string size_text(std::int64_t width, std::int64_t height);  // "320 x 180"
std::string joined(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trimmed(std::string_view text) noexcept;  // of blanks and line ends
bool is_digits(std::string_view text) noexcept;            // at least one, and nothing else

}  // namespace seg
