// SPDX-License-Identifier: Apache-2.0
#include "tests/models/state_dict.h"

#include <sstream>

#include "graph/shapes.h"

namespace seg::testing {

std::vector<std::string> state_dict_of(const Graph& graph) {
  std::vector<std::string> result;
  for (const Node* node : parameters(graph))
    result.push_back(node->name + " " + to_string(options_of<ParameterOptions>(*node).shape));
  return result;
}

std::vector<std::string> state_dict_of_modules(const std::string& lines) {
  std::vector<std::string> result;
  std::istringstream modules(lines);
  for (std::string name, shape; modules >> name >> shape;) {
    if (shape == "norm") {
      modules >> shape;
      for (const char* part : {"weight", "bias", "running_mean", "running_var"})
        result.push_back(name + "." + part + " " + shape);
      result.push_back(name + ".num_batches_tracked 1");
      continue;
    }
    const auto plus = shape.find('+');
    result.push_back(name + ".weight " + shape.substr(0, plus));
    if (plus != std::string::npos) result.push_back(name + ".bias " + shape.substr(0, shape.find('x')));
  }
  return result;
}

}  // namespace seg::testing
