// SPDX-License-Identifier: Apache-2.0
#include "config/loss_terms.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace seg {
namespace {

constexpr std::array<std::string_view, 3> kMeansOverPixels = {"ohem", "ce", "focal"};
constexpr std::array<std::string_view, 2> kOfRegions = {"dice", "lovasz"};

bool is_loss(std::string_view name) {
  return std::ranges::count(kMeansOverPixels, name) + std::ranges::count(kOfRegions, name) > 0;
}

// WEIGHT*NAME or NAME.
LossTermText term_of(std::string_view text) {
  LossTermText term{.text = std::string(text)};
  std::string_view name = text;
  if (const std::size_t star = text.find('*'); star != std::string_view::npos) {
    const std::string_view weight = trimmed(text.substr(0, star));
    const auto parsed = std::from_chars(weight.data(), weight.data() + weight.size(), term.weight);
    if (parsed.ec != std::errc() || parsed.ptr != weight.data() + weight.size()) return term;
    name = trimmed(text.substr(star + 1));
  }
  if (term.weight > 0 && std::isfinite(term.weight) && is_loss(name)) term.name = name;
  return term;
}

}  // namespace

std::vector<LossTermText> loss_terms(std::string_view loss) {
  std::vector<LossTermText> terms;
  while (true) {
    const std::size_t plus = loss.find('+');
    terms.push_back(term_of(trimmed(loss.substr(0, plus))));
    if (plus == std::string_view::npos) return terms;
    loss.remove_prefix(plus + 1);
  }
}

bool has_loss_term(std::string_view loss, std::string_view name) {
  return std::ranges::count(loss_terms(loss), name, &LossTermText::name) > 0;
}

bool is_mean_over_pixels(std::string_view name) { return std::ranges::count(kMeansOverPixels, name) > 0; }

bool has_mean_over_pixels(std::string_view loss) {
  return std::ranges::any_of(loss_terms(loss), [](const LossTermText& term) { return is_mean_over_pixels(term.name); });
}

}  // namespace seg
