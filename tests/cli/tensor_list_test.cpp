// SPDX-License-Identifier: Apache-2.0
#include "cli/tensor_list.h"

#include <gtest/gtest.h>

#include <array>

namespace seg {
namespace {

TEST(TensorList, HasNameShapeAndTypeOfEachTensor) {
  const std::array<TensorEntry, 2> tensors = {
      TensorEntry{.name = "images", .type = TensorType::f32, .shape = {2, 3}, .data = {}},
      TensorEntry{.name = "step", .type = TensorType::i64, .shape = {}, .data = {}}};
  const nlohmann::json json = tensor_list("f.safetensors", tensors);
  EXPECT_EQ(json.at("file"), "f.safetensors");
  ASSERT_EQ(json.at("tensors").size(), 2U);
  EXPECT_EQ(json.at("tensors")[0], (nlohmann::json{{"name", "images"}, {"shape", {2, 3}}, {"dtype", "F32"}}));
  EXPECT_EQ(json.at("tensors")[1].at("shape"), nlohmann::json::array());
}

}  // namespace
}  // namespace seg
