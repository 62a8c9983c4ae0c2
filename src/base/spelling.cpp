// SPDX-License-Identifier: Apache-2.0
#include "base/spelling.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace seg {
namespace {

std::string normal_form(std::string_view word) {
  std::string form(word);
  for (char& letter : form)
    letter = letter == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return form;
}

}  // namespace

// Optimal string alignment: three rows of the usual table, since a swap looks two rows back.
std::size_t edit_distance(std::string_view first, std::string_view second) {
  const std::string a = normal_form(first), b = normal_form(second);
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::optional<std::string> best;
  std::size_t smallest = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    // Where more than half of the letters differ, nothing of the word is left.
    if (distance >= smallest || 2 * distance > std::max(word.size(), candidate.size())) continue;
    smallest = distance;
    best = std::string(candidate);
  }
  return best;
}

}  // namespace seg
