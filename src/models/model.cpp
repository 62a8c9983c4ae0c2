// SPDX-License-Identifier: Apache-2.0
#include "models/model.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace seg {
namespace {

// Insertions, deletions and replacements that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({replaced, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

}  // namespace

const Model& find_model(std::string_view name) {
  const auto all = models();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Model* model) { return model->name == name; });
  if (found != all.end()) return **found;
  const auto nearest = std::min_element(all.begin(), all.end(), [&](const Model* a, const Model* b) {
    return edit_distance(name, a->name) < edit_distance(name, b->name);
  });
  std::string names;
  for (const Model* model : all) names += (names.empty() ? "" : ", ") + std::string(model->name);
  const bool is_near = nearest != all.end() && 2 * edit_distance(name, (*nearest)->name) <= (*nearest)->name.size();
  fail("model_type", "there is no network '" + std::string(name) + "'",
       is_near ? "model_type = \"" + std::string((*nearest)->name) + "\"" : "one of: " + names);
}

}  // namespace seg
