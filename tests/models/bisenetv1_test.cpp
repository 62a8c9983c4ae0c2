// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "graph/cost.h"
#include "graph/passes.h"
#include "models/model.h"
#include "tests/models/state_dict.h"

namespace seg {
namespace {

// The modules with parameters of class BiSeNetV1(n_classes=19) in lib/models/bisenetv1.py of CoinCheung/BiSeNet at
// 6b4b67a: convolutions with the shape of their weight, norms with their channels.
// Printed by: for n, m in net.named_modules(): print n and m.weight.shape (+bias) or "norm" and m.num_features.
constexpr const char* kReferenceModules = R"(
cp.resnet.conv1 64x3x7x7
cp.resnet.bn1 norm 64
cp.resnet.layer1.0.conv1 64x64x3x3
cp.resnet.layer1.0.bn1 norm 64
cp.resnet.layer1.0.conv2 64x64x3x3
cp.resnet.layer1.0.bn2 norm 64
cp.resnet.layer1.1.conv1 64x64x3x3
cp.resnet.layer1.1.bn1 norm 64
cp.resnet.layer1.1.conv2 64x64x3x3
cp.resnet.layer1.1.bn2 norm 64
cp.resnet.layer2.0.conv1 128x64x3x3
cp.resnet.layer2.0.bn1 norm 128
cp.resnet.layer2.0.conv2 128x128x3x3
cp.resnet.layer2.0.bn2 norm 128
cp.resnet.layer2.0.downsample.0 128x64x1x1
cp.resnet.layer2.0.downsample.1 norm 128
cp.resnet.layer2.1.conv1 128x128x3x3
cp.resnet.layer2.1.bn1 norm 128
cp.resnet.layer2.1.conv2 128x128x3x3
cp.resnet.layer2.1.bn2 norm 128
cp.resnet.layer3.0.conv1 256x128x3x3
cp.resnet.layer3.0.bn1 norm 256
cp.resnet.layer3.0.conv2 256x256x3x3
cp.resnet.layer3.0.bn2 norm 256
cp.resnet.layer3.0.downsample.0 256x128x1x1
cp.resnet.layer3.0.downsample.1 norm 256
cp.resnet.layer3.1.conv1 256x256x3x3
cp.resnet.layer3.1.bn1 norm 256
cp.resnet.layer3.1.conv2 256x256x3x3
cp.resnet.layer3.1.bn2 norm 256
cp.resnet.layer4.0.conv1 512x256x3x3
cp.resnet.layer4.0.bn1 norm 512
cp.resnet.layer4.0.conv2 512x512x3x3
cp.resnet.layer4.0.bn2 norm 512
cp.resnet.layer4.0.downsample.0 512x256x1x1
cp.resnet.layer4.0.downsample.1 norm 512
cp.resnet.layer4.1.conv1 512x512x3x3
cp.resnet.layer4.1.bn1 norm 512
cp.resnet.layer4.1.conv2 512x512x3x3
cp.resnet.layer4.1.bn2 norm 512
cp.arm16.conv.conv 128x256x3x3
cp.arm16.conv.bn norm 128
cp.arm16.conv_atten 128x128x1x1
cp.arm16.bn_atten norm 128
cp.arm32.conv.conv 128x512x3x3
cp.arm32.conv.bn norm 128
cp.arm32.conv_atten 128x128x1x1
cp.arm32.bn_atten norm 128
cp.conv_head32.conv 128x128x3x3
cp.conv_head32.bn norm 128
cp.conv_head16.conv 128x128x3x3
cp.conv_head16.bn norm 128
cp.conv_avg.conv 128x512x1x1
cp.conv_avg.bn norm 128
sp.conv1.conv 64x3x7x7
sp.conv1.bn norm 64
sp.conv2.conv 64x64x3x3
sp.conv2.bn norm 64
sp.conv3.conv 64x64x3x3
sp.conv3.bn norm 64
sp.conv_out.conv 128x64x1x1
sp.conv_out.bn norm 128
ffm.convblk.conv 256x256x1x1
ffm.convblk.bn norm 256
ffm.conv 256x256x1x1
ffm.bn norm 256
conv_out.conv.conv 256x256x3x3
conv_out.conv.bn norm 256
conv_out.conv_out 19x256x1x1+bias
conv_out16.conv.conv 64x128x3x3
conv_out16.conv.bn norm 64
conv_out16.conv_out 19x64x1x1+bias
conv_out32.conv.conv 64x128x3x3
conv_out32.conv.bn norm 64
conv_out32.conv_out 19x64x1x1+bias
)";

Graph bisenetv1(const ModelOptions& options = {}) { return find_model("bisenetv1").build(options); }

std::vector<std::string> sorted(std::vector<std::string> lines) {
  std::ranges::sort(lines);
  return lines;
}

// In another order: the reference lists modules as they were made, the graph as they are run.
TEST(BisenetV1, HasTheStateDictOfTheReference) {
  const std::vector<std::string> ours = testing::state_dict_of(bisenetv1());
  EXPECT_EQ(ours.size(), 222u);
  EXPECT_EQ(sorted(ours), sorted(testing::state_dict_of_modules(kReferenceModules)));
}

TEST(BisenetV1, HasTheParametersAndMacsOfTheReference) {
  const Cost cost = total_cost(bisenetv1(), {.images = 1, .height = 256, .width = 512});
  EXPECT_EQ(cost.parameters, 13425721);  // counted in the reference's module
  EXPECT_EQ(cost.macs, 7588151296);      // by hooks on its convolutions
}

TEST(BisenetV1, GivesLogitsOfAllHeadsWithTheirRules) {
  const Graph graph = bisenetv1({.num_classes = 7, .in_channels = 3});
  const std::vector<Shape> all = shapes(graph, {.images = 2, .height = 64, .width = 128});
  const std::map<std::string, std::int64_t> factors = {{"logits", 8}, {"conv_out16", 8}, {"conv_out32", 16}};
  ASSERT_EQ(graph.outputs.size(), factors.size());
  EXPECT_EQ(graph.outputs.front().name, "logits");
  for (const Output& output : graph.outputs) {
    const std::int64_t factor = factors.at(output.name);
    EXPECT_EQ(output.role, output.name == "logits" ? OutputRole::main : OutputRole::auxiliary);
    EXPECT_EQ(output.upsample.factor, factor);
    EXPECT_EQ(output.upsample.mode, Interpolation::bilinear);
    EXPECT_FALSE(output.upsample.align_corners);
    EXPECT_EQ(all[static_cast<std::size_t>(output.value)], (Shape{2, 7, 64 / factor, 128 / factor}));
  }
}

TEST(BisenetV1, StartsItsResnetAsTorchvisionDoesAndTheRestAsTheReference) {
  const Graph graph = bisenetv1();
  for (const Node* node : parameters(graph)) {
    const auto& o = options_of<ParameterOptions>(*node);
    if (o.role == ParameterRole::weight) {
      const bool is_resnet = node->name.starts_with("cp.resnet.");
      const auto& init = std::get<KaimingNormalInit>(o.init);
      EXPECT_EQ(init.fan, is_resnet ? FanMode::out : FanMode::in) << node->name;
      EXPECT_EQ(init.a, is_resnet ? 0.0 : 1.0) << node->name;
    } else {
      const bool starts_at_one = o.role == ParameterRole::scale || o.role == ParameterRole::running_var;
      EXPECT_EQ(std::get<ConstantInit>(o.init).value, starts_at_one ? 1.0 : 0.0) << node->name;
    }
  }
}

TEST(BisenetV1, FusionAndHeadsLearnTenTimesAsFastAndOnlyWeightsDecay) {
  const std::set<std::string> fast = {"ffm", "conv_out", "conv_out16", "conv_out32"};  // as get_params() of the class
  const Graph graph = bisenetv1();
  for (const Node* node : parameters(graph)) {
    const auto& o = options_of<ParameterOptions>(*node);
    EXPECT_EQ(o.lr_multiplier, fast.contains(node->name.substr(0, node->name.find('.'))) ? 10.0 : 1.0) << node->name;
    EXPECT_EQ(o.decays, o.shape.size() == 4) << node->name;
  }
}

TEST(BisenetV1, TakesAnyNumberOfChannelsAndClasses) {
  for (const std::int64_t channels : {1, 3, 4, 13}) {
    const Graph graph = bisenetv1({.num_classes = 2, .in_channels = channels});
    for (const char* name : {"cp.resnet.conv1.weight", "sp.conv1.conv.weight"})
      EXPECT_EQ(options_of<ParameterOptions>(find_node(graph, name)).shape, (Shape{64, channels, 7, 7}));
  }
}

TEST(BisenetV1, RunsWithoutAuxiliaryHeadsInEvaluation) {
  const Graph graph = for_inference(bisenetv1());
  validate(graph);
  ASSERT_EQ(graph.outputs.size(), 1u);
  for (const Node& node : graph.nodes) {
    EXPECT_FALSE(node.name.starts_with("conv_out16")) << node.name;
    EXPECT_FALSE(node.name.starts_with("conv_out32")) << node.name;
  }
}

}  // namespace
}  // namespace seg
