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
  for (const char* name : {"bisenet_v2", "BiSeNetV2"}) {
    EXPECT_TRUE(remedy_for(name).starts_with("model_type = \"bisenetv2\"; there are ")) << remedy_for(name);
    for (const Model* model : models()) EXPECT_NE(remedy_for(name).find(model->name), std::string::npos) << name;
  }
  EXPECT_NE(remedy_for("resnet50").find("one of: "), std::string::npos);
  EXPECT_NE(remedy_for("").find("bisenetv2"), std::string::npos);
}

}  // namespace
}  // namespace seg
