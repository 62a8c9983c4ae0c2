// SPDX-License-Identifier: Apache-2.0
#include "dataset/label_guess.h"

#include <algorithm>
#include <cassert>
#include <map>

#include "base/error.h"
#include "base/text.h"

namespace seg {
namespace {

constexpr std::int64_t kIgnored = 255;

// A mask whose edges were blended holds every value between its two, each in few pixels.
constexpr std::size_t kManyValues = 24;
constexpr double kBlendedShare = 0.1;

constexpr std::size_t kShown = 8;

using Values = std::vector<std::int64_t>;

std::string listed(const Values& values) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < std::min(kShown, values.size()); ++i) texts.push_back(std::to_string(values[i]));
  if (values.size() > kShown) texts.back() = "… " + std::to_string(values.back());
  return joined(texts, ", ");
}

// One after another from 0 on, or nearly so: a class may be missing from few images. Two are a mask.
bool is_dense(const Values& classes) {
  const auto wanted = static_cast<std::size_t>(classes.back()) + 1;
  return classes.front() == 0 && wanted <= (classes.size() == 2 ? 2 : 2 * classes.size());
}

void map_values(const Values& from, LabelGuess& guess) {
  guess.label_map.emplace();
  for (std::size_t k = 0; k < from.size(); ++k) guess.label_map->emplace(from[k], static_cast<std::int64_t>(k));
  guess.n_cats = static_cast<std::int64_t>(from.size());
}

[[noreturn]] void fail_for_one_class(const Values& present, const std::string& where) {
  fail(where,
       "nothing can be learned from these labels: " +
           (present.size() == 1
                ? "every pixel is " + std::to_string(present[0])
                : "beside 255, which is taken for \"do not care\", every pixel is " + std::to_string(present[0])),
       "labels with at least two classes (the background counts as one)");
}

// 0 and 255 with a blended edge: the edge is of neither class.
bool is_blended_mask(std::span<const ValueCount> values, const Values& present) {
  if (present.size() < kManyValues || values[0].pixels == 0 || values[255].pixels == 0) return false;
  double all = 0;
  for (const std::int64_t value : present) all += static_cast<double>(values[static_cast<std::size_t>(value)].pixels);
  return all - static_cast<double>(values[0].pixels + values[255].pixels) < kBlendedShare * all;
}

void choose(std::span<const ValueCount> values, const Values& present, const std::string& where, LabelGuess& guess) {
  if (present == Values{0, 255} || is_blended_mask(values, present)) {
    map_values({0, 255}, guess);
    guess.n_cats_reason = "masks of 0 and 255: the background and one class";
    guess.map_reason = present.size() == 2 ? "0 is the background, 255 the class"
                                           : "0 is the background, 255 the class, the blended edge between is ignored";
    guess.ignore_reason = "after label_map no pixel of a mask is 255";
    return;
  }
  Values classes = present;
  std::erase(classes, kIgnored);
  if (classes.size() < 2) fail_for_one_class(present, where);
  const bool has_ignored = classes.size() < present.size();
  guess.ignore_reason = has_ignored ? "255 means \"do not care\"" : "no label is 255";
  if (is_dense(classes)) {
    guess.n_cats = classes.back() + 1;
    guess.n_cats_reason = "the largest label is " + std::to_string(classes.back());
    if (const std::int64_t missing = guess.n_cats - static_cast<std::int64_t>(classes.size()); missing > 0)
      guess.n_cats_reason += "; " + std::to_string(missing) + " below it without a pixel";
    return;
  }
  map_values(classes, guess);
  guess.n_cats_reason = "labels have the values " + listed(classes);
  guess.map_reason = classes.size() == 2 ? "masks of two values" : "the values are not numbered from 0 on";
}

// `class_of` gives the class of a value, or something negative.
template <class ClassOf>
void count_shares(std::span<const ValueCount> values, const ClassOf& class_of, LabelGuess& guess) {
  guess.classes.resize(static_cast<std::size_t>(guess.n_cats));
  std::vector<double> pixels(guess.classes.size());
  double counted = 0, all = 0;
  for (std::size_t value = 0; value < values.size(); ++value) {
    const auto count = static_cast<double>(values[value].pixels);
    all += count;
    const std::int64_t id = class_of(value);
    if (values[value].pixels == 0 || id < 0 || id >= guess.n_cats) continue;
    counted += count;
    pixels[static_cast<std::size_t>(id)] = count;
    guess.classes[static_cast<std::size_t>(id)].source = std::to_string(value);
    guess.classes[static_cast<std::size_t>(id)].value = value;
  }
  for (std::size_t k = 0; k < pixels.size(); ++k) guess.classes[k].share = counted > 0 ? pixels[k] / counted : 0;
  guess.ignored_share = all > 0 ? (all - counted) / all : 0;
}

}  // namespace

LabelGuess guess_labels(std::span<const ValueCount> values, const std::string& where) {
  assert(values.size() == 256);
  Values present;
  for (std::size_t value = 0; value < values.size(); ++value)
    if (values[value].pixels > 0) present.push_back(static_cast<std::int64_t>(value));
  if (present.size() < 2) fail_for_one_class(present.empty() ? Values{kIgnored} : present, where);
  LabelGuess guess;
  choose(values, present, where, guess);
  const auto class_of = [&](std::size_t value) -> std::int64_t {
    if (!guess.label_map) return static_cast<std::int64_t>(value);
    const auto found = guess.label_map->find(static_cast<std::int64_t>(value));
    return found == guess.label_map->end() ? kIgnoredValue : found->second;
  };
  count_shares(values, class_of, guess);
  return guess;
}

std::optional<LabelGuess> known_labels(std::span<const ValueCount> values, const LabelScheme& scheme,
                                       bool are_classes) {
  assert(values.size() == 256);
  LabelGuess guess;
  guess.n_cats = static_cast<std::int64_t>(scheme.class_names.size());
  const auto class_of = [&](std::size_t value) -> std::int64_t {
    if (!are_classes) return scheme.classes[value];
    const auto id = static_cast<std::int64_t>(value);
    return id < guess.n_cats ? id : id == guess.lb_ignore ? kIgnoredValue : kUnknownValue;
  };
  for (std::size_t value = 0; value < values.size(); ++value)
    if (values[value].pixels > 0 && class_of(value) == kUnknownValue) return std::nullopt;
  count_shares(values, class_of, guess);
  for (std::size_t k = 0; k < guess.classes.size(); ++k) guess.classes[k].name = scheme.class_names[k];
  return guess;
}

void ignore_last_class(LabelGuess& guess) {
  assert(!guess.label_map && guess.ignored_share == 0 && guess.n_cats > 2);
  guess.lb_ignore = --guess.n_cats;
  guess.ignored_share = guess.classes.back().share;
  guess.classes.pop_back();
  for (GuessedClass& one : guess.classes) one.share /= 1 - guess.ignored_share;
}

LabelGuess guess_color_labels(std::span<const ColorCount> colors, const std::string& where) {
  if (colors.size() > kMostLabelColors)
    fail(where, "the labels are colour images of more than " + std::to_string(kMostLabelColors) + " colours",
         "labels without blended edges, saved as PNG (JPEG blends colours); are these the labels?");
  if (colors.size() < 2)
    fail(where, "nothing can be learned from these labels: every pixel has one colour",
         "labels with at least two classes (the background counts as one)");
  LabelGuess guess;
  guess.n_cats = static_cast<std::int64_t>(colors.size());
  guess.n_cats_reason = "the labels are colour images of " + std::to_string(colors.size()) + " colours";
  guess.ignore_reason =
      "no colour; for one that means \"do not care\": list it last, lower n_cats by 1, set this to the same";
  guess.map_reason = "by red, green and blue: the place of a colour is its class";
  double all = 0;
  for (const ColorCount& count : colors) all += static_cast<double>(count.pixels);
  for (const ColorCount& count : colors) {
    const Rgb& color = count.color;
    guess.label_colors.push_back({color.r, color.g, color.b});
    guess.classes.push_back({.source = "[" + std::to_string(color.r) + ", " + std::to_string(color.g) + ", " +
                                       std::to_string(color.b) + "]",
                             .share = static_cast<double>(count.pixels) / all});
  }
  return guess;
}

}  // namespace seg
