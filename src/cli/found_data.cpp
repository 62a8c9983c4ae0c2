// SPDX-License-Identifier: Apache-2.0
#include "cli/found_data.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/counted.h"
#include "base/text.h"

namespace seg {
namespace {

constexpr std::size_t kClassesShown = 40;

}  // namespace

std::string images_text(const Survey& survey) {
  const std::string smallest = size_text(survey.smallest_width, survey.smallest_height);
  const std::string largest = size_text(survey.largest_width, survey.largest_height);
  return (smallest == largest ? smallest : smallest + " to " + largest) + ", " +
         (survey.channels == 1   ? "gray"
          : survey.channels == 3 ? "colour"
                                 : std::to_string(survey.channels) + " channels") +
         ", " + (survey.type == PixelType::u8 ? "8" : "16") + " bits";
}

void show_classes(const LabelGuess& guess, Console& console) {
  std::vector<std::vector<std::string>> rows = {{"class", "in the labels", "share %"}};
  for (std::size_t k = 0; k < std::min(kClassesShown, guess.classes.size()); ++k) {
    const GuessedClass& one = guess.classes[k];
    rows.push_back({one.name.empty() ? std::to_string(k) : one.name, one.source.empty() ? "-" : one.source,
                    percent(one.share, 2)});
  }
  console.table(rows);
  if (guess.classes.size() > kClassesShown)
    console.info("and " + counted(guess.classes.size() - kClassesShown, "more class"));
  if (guess.ignored_share > 0) console.info(percent(guess.ignored_share, 2) + " % of the pixels are ignored");
}

}  // namespace seg
