// SPDX-License-Identifier: Apache-2.0
#include "models/model.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/spelling.h"
#include "base/text.h"

namespace seg {
const Model& find_model(std::string_view name) {
  const auto all = models();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Model* model) { return model->name == name; });
  if (found != all.end()) return **found;
  std::vector<std::string_view> names;
  for (const Model* model : all) names.push_back(model->name);
  const std::optional<std::string> meant = nearest(name, names);
  const std::string all_names = joined({names.begin(), names.end()}, ", ");
  fail("model_type", "there is no network '" + std::string(name) + "'",
       meant ? "model_type = \"" + *meant + "\"; there are " + all_names : "one of: " + all_names);
}

}  // namespace seg
