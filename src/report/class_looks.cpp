// SPDX-License-Identifier: Apache-2.0
#include "report/class_looks.h"

#include "image/color_map.h"

namespace seg {
namespace {

// "[[128, 64, 128], [244, 35, 232]]"; what is no such list has no colours.
std::vector<Rgb> colors_of(const std::string& text) {
  std::vector<int> levels;
  bool is_in_number = false;
  for (const char c : text) {
    const bool is_digit = c >= '0' && c <= '9';
    if (is_digit && !is_in_number) levels.push_back(0);
    if (is_digit) levels.back() = (10 * levels.back() + (c - '0')) % 256;
    is_in_number = is_digit;
  }
  std::vector<Rgb> colors;
  for (std::size_t i = 0; i + 2 < levels.size(); i += 3)
    colors.push_back({static_cast<std::uint8_t>(levels[i]), static_cast<std::uint8_t>(levels[i + 1]),
                      static_cast<std::uint8_t>(levels[i + 2])});
  return colors;
}

}  // namespace

ClassLooks::ClassLooks(const RunHistory& history, const KeptConfig& config)
    : names_(history.class_names), colors_(history.palette) {
  constexpr std::int64_t kMostClasses = 256;
  constexpr std::size_t kLongestName = 83;  // as of those that the run says
  if (names_.empty()) names_ = quoted_texts(config.value_of("class_names"));
  if (colors_.empty()) colors_ = colors_of(config.value_of("palette"));
  for (std::string& name : names_) name = name.substr(0, kLongestName);
  const std::vector<Rgb> usual = default_palette(kMostClasses);
  for (std::size_t i = colors_.size(); i < usual.size(); ++i) colors_.push_back(usual[i]);
}

std::string ClassLooks::name(std::size_t number) const {
  return number < names_.size() && !names_[number].empty() ? names_[number] : "class " + std::to_string(number);
}

Rgb ClassLooks::color(std::size_t number) const noexcept { return number < colors_.size() ? colors_[number] : Rgb{}; }

}  // namespace seg
