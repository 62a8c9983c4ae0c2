// SPDX-License-Identifier: Apache-2.0
#include "models/model.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"

namespace seg {
namespace {

std::string remedy_for(std::string_view name) {
  try {
    find_model(name);
  } catch (const UserError& error) {
    return error.problems().at(0).remedy;
  }
  ADD_FAILURE() << name << " was found";
  return {};
}

TEST(Models, AreFoundByName) {
  ASSERT_FALSE(models().empty());
  for (const Model* model : models()) {
    EXPECT_EQ(&find_model(model->name), model);
    const Graph graph = model->build({});
    EXPECT_EQ(std::count_if(graph.outputs.begin(), graph.outputs.end(),
                            [](const Output& output) { return output.role == OutputRole::auxiliary; }),
              model->num_aux_heads);
    EXPECT_NO_THROW(find_node(graph, "image"));
  }
}

TEST(Models, AWrongNameGetsTheNearestOrAllOfThem) {
  EXPECT_EQ(remedy_for("bisenet_v2"), "model_type = \"bisenetv2\"");
  EXPECT_EQ(remedy_for("BiSeNetV2"), "model_type = \"bisenetv2\"");
  EXPECT_NE(remedy_for("resnet50").find("one of: "), std::string::npos);
  EXPECT_NE(remedy_for("").find("bisenetv2"), std::string::npos);
}

}  // namespace
}  // namespace seg
