// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "graph/cost.h"
#include "graph/memory_plan.h"
#include "graph/passes.h"
#include "graph/plan.h"
#include "models/model.h"
#include "tests/models/state_dict.h"

namespace seg {
namespace {

// The modules with parameters of class BiSeNetV2(n_classes=19) in lib/models/bisenetv2.py of CoinCheung/BiSeNet at
// 6b4b67a, in the order of its state_dict: convolutions with the shape of their weight, norms with their channels.
// Printed by: for n, m in net.named_modules(): print n and m.weight.shape (+bias) or "norm" and m.num_features.
constexpr const char* kReferenceModules = R"(
detail.S1.0.conv 64x3x3x3
detail.S1.0.bn norm 64
detail.S1.1.conv 64x64x3x3
detail.S1.1.bn norm 64
detail.S2.0.conv 64x64x3x3
detail.S2.0.bn norm 64
detail.S2.1.conv 64x64x3x3
detail.S2.1.bn norm 64
detail.S2.2.conv 64x64x3x3
detail.S2.2.bn norm 64
detail.S3.0.conv 128x64x3x3
detail.S3.0.bn norm 128
detail.S3.1.conv 128x128x3x3
detail.S3.1.bn norm 128
detail.S3.2.conv 128x128x3x3
detail.S3.2.bn norm 128
segment.S1S2.conv.conv 16x3x3x3
segment.S1S2.conv.bn norm 16
segment.S1S2.left.0.conv 8x16x1x1
segment.S1S2.left.0.bn norm 8
segment.S1S2.left.1.conv 16x8x3x3
segment.S1S2.left.1.bn norm 16
segment.S1S2.fuse.conv 16x32x3x3
segment.S1S2.fuse.bn norm 16
segment.S3.0.conv1.conv 16x16x3x3
segment.S3.0.conv1.bn norm 16
segment.S3.0.dwconv1.0 96x1x3x3
segment.S3.0.dwconv1.1 norm 96
segment.S3.0.dwconv2.0 96x1x3x3
segment.S3.0.dwconv2.1 norm 96
segment.S3.0.conv2.0 32x96x1x1
segment.S3.0.conv2.1 norm 32
segment.S3.0.shortcut.0 16x1x3x3
segment.S3.0.shortcut.1 norm 16
segment.S3.0.shortcut.2 32x16x1x1
segment.S3.0.shortcut.3 norm 32
segment.S3.1.conv1.conv 32x32x3x3
segment.S3.1.conv1.bn norm 32
segment.S3.1.dwconv.0 192x1x3x3
segment.S3.1.dwconv.1 norm 192
segment.S3.1.conv2.0 32x192x1x1
segment.S3.1.conv2.1 norm 32
segment.S4.0.conv1.conv 32x32x3x3
segment.S4.0.conv1.bn norm 32
segment.S4.0.dwconv1.0 192x1x3x3
segment.S4.0.dwconv1.1 norm 192
segment.S4.0.dwconv2.0 192x1x3x3
segment.S4.0.dwconv2.1 norm 192
segment.S4.0.conv2.0 64x192x1x1
segment.S4.0.conv2.1 norm 64
segment.S4.0.shortcut.0 32x1x3x3
segment.S4.0.shortcut.1 norm 32
segment.S4.0.shortcut.2 64x32x1x1
segment.S4.0.shortcut.3 norm 64
segment.S4.1.conv1.conv 64x64x3x3
segment.S4.1.conv1.bn norm 64
segment.S4.1.dwconv.0 384x1x3x3
segment.S4.1.dwconv.1 norm 384
segment.S4.1.conv2.0 64x384x1x1
segment.S4.1.conv2.1 norm 64
segment.S5_4.0.conv1.conv 64x64x3x3
segment.S5_4.0.conv1.bn norm 64
segment.S5_4.0.dwconv1.0 384x1x3x3
segment.S5_4.0.dwconv1.1 norm 384
segment.S5_4.0.dwconv2.0 384x1x3x3
segment.S5_4.0.dwconv2.1 norm 384
segment.S5_4.0.conv2.0 128x384x1x1
segment.S5_4.0.conv2.1 norm 128
segment.S5_4.0.shortcut.0 64x1x3x3
segment.S5_4.0.shortcut.1 norm 64
segment.S5_4.0.shortcut.2 128x64x1x1
segment.S5_4.0.shortcut.3 norm 128
segment.S5_4.1.conv1.conv 128x128x3x3
segment.S5_4.1.conv1.bn norm 128
segment.S5_4.1.dwconv.0 768x1x3x3
segment.S5_4.1.dwconv.1 norm 768
segment.S5_4.1.conv2.0 128x768x1x1
segment.S5_4.1.conv2.1 norm 128
segment.S5_4.2.conv1.conv 128x128x3x3
segment.S5_4.2.conv1.bn norm 128
segment.S5_4.2.dwconv.0 768x1x3x3
segment.S5_4.2.dwconv.1 norm 768
segment.S5_4.2.conv2.0 128x768x1x1
segment.S5_4.2.conv2.1 norm 128
segment.S5_4.3.conv1.conv 128x128x3x3
segment.S5_4.3.conv1.bn norm 128
segment.S5_4.3.dwconv.0 768x1x3x3
segment.S5_4.3.dwconv.1 norm 768
segment.S5_4.3.conv2.0 128x768x1x1
segment.S5_4.3.conv2.1 norm 128
segment.S5_5.bn norm 128
segment.S5_5.conv_gap.conv 128x128x1x1
segment.S5_5.conv_gap.bn norm 128
segment.S5_5.conv_last.conv 128x128x3x3
segment.S5_5.conv_last.bn norm 128
bga.left1.0 128x1x3x3
bga.left1.1 norm 128
bga.left1.2 128x128x1x1
bga.left2.0 128x128x3x3
bga.left2.1 norm 128
bga.right1.0 128x128x3x3
bga.right1.1 norm 128
bga.right2.0 128x1x3x3
bga.right2.1 norm 128
bga.right2.2 128x128x1x1
bga.conv.0 128x128x3x3
bga.conv.1 norm 128
head.conv.conv 1024x128x3x3
head.conv.bn norm 1024
head.conv_out.1 19x1024x1x1+bias
aux2.conv.conv 128x16x3x3
aux2.conv.bn norm 128
aux2.conv_out.0.1.conv 16x128x3x3
aux2.conv_out.0.1.bn norm 16
aux2.conv_out.1 19x16x1x1+bias
aux3.conv.conv 128x32x3x3
aux3.conv.bn norm 128
aux3.conv_out.0.1.conv 64x128x3x3
aux3.conv_out.0.1.bn norm 64
aux3.conv_out.1 19x64x1x1+bias
aux4.conv.conv 128x64x3x3
aux4.conv.bn norm 128
aux4.conv_out.0.1.conv 256x128x3x3
aux4.conv_out.0.1.bn norm 256
aux4.conv_out.1 19x256x1x1+bias
aux5_4.conv.conv 128x128x3x3
aux5_4.conv.bn norm 128
aux5_4.conv_out.0.1.conv 1024x128x3x3
aux5_4.conv_out.0.1.bn norm 1024
aux5_4.conv_out.1 19x1024x1x1+bias
)";

Graph bisenetv2(const ModelOptions& options = {}) { return find_model("bisenetv2").build(options); }

TEST(BisenetV2, HasTheStateDictOfTheReference) {
  EXPECT_EQ(testing::state_dict_of(bisenetv2()).size(), 383u);
  EXPECT_EQ(testing::state_dict_of(bisenetv2()), testing::state_dict_of_modules(kReferenceModules));
}

TEST(BisenetV2, HasTheParametersAndMacsOfTheReference) {
  const Cost cost = total_cost(bisenetv2(), {.images = 1, .height = 256, .width = 512});
  EXPECT_EQ(cost.parameters, 5231487);  // counted in the reference's module
  EXPECT_EQ(cost.macs, 8889720832);     // by hooks on its convolutions
  EXPECT_EQ(total_cost(bisenetv2(), {.images = 3, .height = 256, .width = 512}).macs, 3 * 8889720832);
}

TEST(BisenetV2, GivesLogitsOfAllHeadsWithTheirRules) {
  const Graph graph = bisenetv2({.num_classes = 7, .in_channels = 3});
  const std::vector<Shape> all = shapes(graph, {.images = 2, .height = 64, .width = 128});
  const std::map<std::string, std::int64_t> factors = {
      {"logits", 8}, {"aux2", 2}, {"aux3", 4}, {"aux4", 8}, {"aux5_4", 16}};
  ASSERT_EQ(graph.outputs.size(), factors.size());
  EXPECT_EQ(graph.outputs.front().name, "logits");
  for (const Output& output : graph.outputs) {
    const std::int64_t factor = factors.at(output.name);
    EXPECT_EQ(output.role, output.name == "logits" ? OutputRole::main : OutputRole::auxiliary);
    EXPECT_EQ(output.upsample.factor, factor);
    EXPECT_EQ(output.upsample.mode, Interpolation::bilinear);
    EXPECT_FALSE(output.upsample.align_corners);
    EXPECT_EQ(output.loss_weight, 1.0);
    EXPECT_EQ(all[static_cast<std::size_t>(output.value)], (Shape{2, 7, 64 / factor, 128 / factor}));
  }
}

TEST(BisenetV2, StartsAsTheReferenceDoes) {
  // The norms that the reference's constructor starts at zero.
  const std::set<std::string> zero = {"segment.S3.0.conv2.1.weight",   "segment.S3.1.conv2.1.weight",
                                      "segment.S4.0.conv2.1.weight",   "segment.S4.1.conv2.1.weight",
                                      "segment.S5_4.0.conv2.1.weight", "segment.S5_4.1.conv2.1.weight",
                                      "segment.S5_4.2.conv2.1.weight", "segment.S5_4.3.conv2.1.weight"};
  std::set<std::string> found;
  const Graph graph = bisenetv2();
  for (const Node* node : parameters(graph)) {
    const auto& o = options_of<ParameterOptions>(*node);
    if (o.role == ParameterRole::weight) {
      const auto& init = std::get<KaimingNormalInit>(o.init);
      EXPECT_EQ(init.fan, FanMode::out);
      EXPECT_EQ(init.a, 0.0);
      continue;
    }
    const double value = std::get<ConstantInit>(o.init).value;
    if (o.role == ParameterRole::scale && value == 0.0) found.insert(node->name);
    const bool starts_at_one =
        (o.role == ParameterRole::scale && !zero.contains(node->name)) || o.role == ParameterRole::running_var;
    EXPECT_EQ(value, starts_at_one ? 1.0 : 0.0) << node->name;
  }
  EXPECT_EQ(found, zero);
}

TEST(BisenetV2, HeadsLearnTenTimesAsFastAndOnlyWeightsDecay) {
  const Graph graph = bisenetv2();
  for (const Node* node : parameters(graph)) {
    const auto& o = options_of<ParameterOptions>(*node);
    const std::string child = node->name.substr(0, node->name.find('.'));
    const bool is_head = child.find("head") != std::string::npos || child.find("aux") != std::string::npos;
    EXPECT_EQ(o.lr_multiplier, is_head ? 10.0 : 1.0) << node->name;
    EXPECT_EQ(o.decays, o.shape.size() == 4) << node->name;
  }
}

TEST(BisenetV2, DropsOutInHeadsAsMuchAsAskedFor) {
  const auto rates = [](const ModelOptions& options) {
    std::map<std::string, double> result;
    for (const Node& node : bisenetv2(options).nodes) {
      if (node.op == Op::dropout) result[node.name] = options_of<DropoutOptions>(node).p;
    }
    return result;
  };
  EXPECT_EQ(rates({}), (std::map<std::string, double>{{"head.dropout", 0.1},
                                                      {"aux2.dropout", 0.1},
                                                      {"aux3.dropout", 0.1},
                                                      {"aux4.dropout", 0.1},
                                                      {"aux5_4.dropout", 0.1}}));
  EXPECT_EQ(rates({.dropout = 0.3}).at("head.dropout"), 0.3);
  EXPECT_TRUE(rates({.dropout = 0.0}).empty());
}

TEST(BisenetV2, TakesAnyNumberOfChannelsAndClasses) {
  for (const std::int64_t channels : {1, 3, 4, 13}) {
    for (const std::int64_t classes : {1, 2, 171}) {
      const Graph graph = bisenetv2({.num_classes = classes, .in_channels = channels});
      const std::vector<Shape> all = shapes(graph, {.images = 1, .height = 32, .width = 64});
      EXPECT_EQ(all[static_cast<std::size_t>(graph.outputs[0].value)], (Shape{1, classes, 4, 8}));
      EXPECT_EQ(options_of<ParameterOptions>(find_node(graph, "detail.S1.0.conv.weight")).shape[1], channels);
      EXPECT_EQ(options_of<ParameterOptions>(find_node(graph, "segment.S1S2.conv.conv.weight")).shape[1], channels);
    }
  }
}

TEST(BisenetV2, RunsWithoutAuxiliaryHeadsInEvaluation) {
  const Graph graph = for_inference(bisenetv2());
  validate(graph);
  ASSERT_EQ(graph.outputs.size(), 1u);
  for (const Node& node : graph.nodes) {
    EXPECT_NE(node.name.rfind("aux", 0), 0u) << node.name;
    EXPECT_NE(node.op, Op::dropout);
  }
  const std::int64_t macs = total_cost(graph, {.images = 1, .height = 256, .width = 512}).macs;
  EXPECT_LT(macs, 6200000000);
  EXPECT_GT(macs, 6000000000);
}

std::int64_t peak_bytes(Schedule schedule, std::int64_t compute_bytes) {
  Graph graph = with_losses(bisenetv2(), {});
  if (compute_bytes != 4) graph = with_compute_casts(graph);
  const NumberBytes bytes{.full = 4, .compute = compute_bytes};
  return plan_memory(graph, differentiate(graph, schedule), {.images = 4, .height = 256, .width = 512}, bytes)
      .peak_bytes;
}

// A little above what it takes, so that a change that costs memory is noticed.
TEST(BisenetV2, TrainsInTheMemoryThatThePlanPromises) {
  constexpr std::int64_t kMegabyte = 1000000;
  EXPECT_LE(peak_bytes(Schedule::two_passes, 4), 660 * kMegabyte);
  EXPECT_LE(peak_bytes(Schedule::earliest, 4), 465 * kMegabyte);
  EXPECT_LE(peak_bytes(Schedule::earliest, 2), 245 * kMegabyte);
  EXPECT_LT(peak_bytes(Schedule::earliest, 4), peak_bytes(Schedule::two_passes, 4));
}

}  // namespace
}  // namespace seg
