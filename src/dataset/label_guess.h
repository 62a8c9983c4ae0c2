// SPDX-License-Identifier: Apache-2.0
// From the values in label files to classes: how many there are, which value is no class, and whether they need a map.
//
// Guesses, each with its reason in words, for a person to check. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/key.h"
#include "dataset/label_map.h"
#include "dataset/survey.h"

namespace seg {

struct GuessedClass {
  std::string name = {};                  // of classes that are known
  std::string source;                     // the value or colour in label files; empty if no pixel has it
  std::optional<std::size_t> value = {};  // in label files that hold numbers
  double share = 0;                       // of all pixels that count
};

struct LabelGuess {
  std::int64_t n_cats = 2;
  std::int64_t lb_ignore = 255;
  std::optional<LabelTable> label_map;  // needed only if there is one
  std::vector<Color> label_colors;      // of coloured labels: of class 0, 1, …
  std::vector<GuessedClass> classes;    // n_cats of them
  double ignored_share = 0;             // of all pixels
  std::string n_cats_reason, ignore_reason, map_reason;
};

// `values` has 256 entries; `where` names the folder in messages. UserError if there is nothing to learn: only one
// class, or values that cannot be class numbers.
LabelGuess guess_labels(std::span<const ValueCount> values, const std::string& where);

// Of a data set that is known by name; `are_classes`: the files hold class numbers already, not the scheme's values.
// Nothing if there are values that it does not have.
std::optional<LabelGuess> known_labels(std::span<const ValueCount> values, const LabelScheme& scheme, bool are_classes);

// As guess_labels() found, but the last class is none: it is ignored. Only where no pixel is ignored otherwise, and
// without a map.
void ignore_last_class(LabelGuess& guess);

// Of coloured labels: each colour is a class, in the order of their red, green and blue.
LabelGuess guess_color_labels(std::span<const ColorCount> colors, const std::string& where);

}  // namespace seg
