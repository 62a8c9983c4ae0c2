// SPDX-License-Identifier: Apache-2.0
#include "report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace seg {
namespace {

constexpr double kLargest = 1e300;         // so that differences are finite, too
constexpr double kSmallest = 1e-300;       // that has a logarithm
constexpr double kSmallestShare = 1e-10;   // of the numbers, that a range must span for its ticks to differ
constexpr double kLittle = 1e-9;           // of a step
constexpr double kFirstInThousands = 1e5;  // from here on units are thousands, millions, …
constexpr double kFirstInPowers = 1e15;
constexpr double kLastInDecimals = 1e-4;

double bounded(double value) { return std::isfinite(value) ? std::clamp(value, -kLargest, kLargest) : 0; }

// With an extent that numbers of this size can tell apart.
AxisRange drawable(const AxisRange& range) {
  double low = bounded(range.low), high = bounded(range.high);
  if (low > high) std::swap(low, high);
  const double size = std::max(std::abs(low), std::abs(high));
  if (size == 0) return {0, 1};
  if (high - low > kSmallestShare * size) return {low, high};
  constexpr double kMargin = 0.1;
  return {low - kMargin * size, high + kMargin * size};
}

// The smallest round number that is not below.
double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * (1 - kLittle)) return factor * power;
  return 10 * power;
}

int decimals_of(double step) { return std::max(0, -static_cast<int>(std::floor(std::log10(step) + kLittle))); }

std::string without_exponent_zeros(std::string text) {
  const std::size_t digits = text.find('e') + 2;
  while (text.size() > digits + 1 && text[digits] == '0') text.erase(digits, 1);
  return text;
}

}  // namespace

std::string tick_text(double value, double step) {
  if (std::abs(value) < step * kLittle) return "0";
  const double size = std::abs(value);
  if (size >= kFirstInPowers || (size < kLastInDecimals && step < kLastInDecimals)) {
    const int digits = std::clamp(
        static_cast<int>(std::floor(std::log10(size))) - static_cast<int>(std::floor(std::log10(step) + kLittle)), 0,
        9);
    return without_exponent_zeros(fmt::format("{:.{}e}", value, digits));
  }
  if (size < kFirstInThousands) return fmt::format("{:.{}f}", value, std::min(decimals_of(step), 12));
  constexpr std::array<const char*, 4> kUnits = {"k", "M", "G", "T"};
  double unit = 1e3;
  std::size_t i = 0;
  for (; size >= 1e3 * unit && i + 1 < kUnits.size(); ++i) unit *= 1e3;
  return fmt::format("{:.{}f}{}", value / unit, decimals_of(step / unit), kUnits[i]);
}

Axis axis_over(const AxisRange& wanted, int most_ticks, bool ends_on_ticks) {
  AxisRange range = drawable(wanted);
  double step = round_step((range.high - range.low) / std::max(most_ticks - 1, 1));
  if (ends_on_ticks) {
    range = {std::floor(range.low / step + kLittle) * step, std::ceil(range.high / step - kLittle) * step};
    if ((range.high - range.low) / step > most_ticks - 1 + kLittle) {
      step = round_step(step * 1.5);
      range = {std::floor(range.low / step + kLittle) * step, std::ceil(range.high / step - kLittle) * step};
    }
  }
  Axis axis{.low = range.low, .high = range.high};
  const double first = std::ceil(range.low / step - kLittle);
  for (int i = 0; i < most_ticks; ++i) {
    const double value = (first + i) * step;
    if (value > range.high + kLittle * step) break;
    axis.ticks.push_back({value, tick_text(value, step)});
  }
  return axis;
}

Axis logarithmic_axis_over(const AxisRange& positive, int most_ticks) {
  const auto logarithm = [](double value) { return std::log10(std::max(bounded(value), kSmallest)); };
  double low = logarithm(positive.low), high = logarithm(positive.high);
  if (low > high) std::swap(low, high);
  constexpr double kLeastDecades = 0.1;
  if (high - low < kLeastDecades) high = low + kLeastDecades;
  Axis axis{.low = low, .high = high};
  const int every = std::max(1, static_cast<int>(std::ceil((high - low) / most_ticks)));
  const bool has_room = (high - low) * 3 <= most_ticks;
  for (int power = static_cast<int>(std::floor(low)); power <= high; power += every)
    for (const int factor : {1, 2, 5}) {
      const double place = power + std::log10(factor);
      if ((factor > 1 && !has_room) || place < low || place > high) continue;
      const double step = std::pow(10.0, power);
      axis.ticks.push_back({place, tick_text(factor * step, step)});
    }
  return axis;
}

}  // namespace seg
