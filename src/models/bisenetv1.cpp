// SPDX-License-Identifier: Apache-2.0
// BiSeNetV1 on ResNet-18 (Yu et al., "BiSeNet: Bilateral Segmentation Network for Real-time Semantic Segmentation",
// ECCV 2018) with the parameter names, initial values and learning rates of the PyTorch implementation that users come
// from. There the ResNet always starts from ImageNet weights; without such a file it starts as torchvision's does.
#include <string>
#include <utility>

#include "graph/builder.h"
#include "models/distance_head.h"
#include "models/model.h"
#include "models/point_head.h"

namespace seg {
namespace {

using Conv = ConvolutionOptions;

constexpr double kHeadRate = 10.0;  // what learns from scratch, ten times as fast as the rest

// Of all but the ResNet: linear layers' gain, by the number of inputs.
constexpr KaimingNormalInit kStart{.fan = FanMode::in, .a = 1.0};

GraphBuilder fast(const GraphBuilder& g) {
  ParameterDefaults defaults = g.defaults();
  defaults.lr_multiplier = kHeadRate;
  return g.with(defaults);
}

Conv pointwise(std::int64_t out_channels, std::int64_t stride = 1) {
  return {.out_channels = out_channels, .kernel = 1, .stride = stride, .padding = 0};
}

Conv stem(std::int64_t out_channels) { return {.out_channels = out_channels, .kernel = 7, .stride = 2, .padding = 3}; }

Value conv_bn(GraphBuilder g, const std::string& conv, const std::string& bn, Value x, const Conv& options) {
  return g.batch_norm(bn, g.convolution(conv, x, options));
}

Value conv_bn_relu(GraphBuilder g, Value x, const Conv& options) {
  return g.relu(conv_bn(g, "conv", "bn", x, options));
}

Value basic_block(GraphBuilder g, Value x, std::int64_t out_channels, std::int64_t stride) {
  Value y = g.relu(conv_bn(g, "conv1", "bn1", x, {.out_channels = out_channels, .stride = stride}));
  y = conv_bn(g, "conv2", "bn2", y, {.out_channels = out_channels});
  if (x.channels != out_channels || stride != 1)
    x = conv_bn(g.scope("downsample"), "0", "1", x, pointwise(out_channels, stride));
  return g.relu(g.add(y, x));
}

Value layer(const GraphBuilder& g, Value x, std::int64_t out_channels, std::int64_t stride) {
  return basic_block(g.scope("1"), basic_block(g.scope("0"), x, out_channels, stride), out_channels, 1);
}

// At 1/16 and 1/32 of the image.
std::pair<Value, Value> resnet18(GraphBuilder g, Value image) {
  Value x = g.relu(conv_bn(g, "conv1", "bn1", image, stem(64)));
  x = g.max_pool(x, {.kernel = 3, .stride = 2, .padding = 1});
  x = layer(g.scope("layer1"), x, 64, 1);
  x = layer(g.scope("layer2"), x, 128, 2);
  const Value feat16 = layer(g.scope("layer3"), x, 256, 2);
  return {feat16, layer(g.scope("layer4"), feat16, 512, 2)};
}

// Weighs each channel by what its mean over the image says.
Value attention(GraphBuilder g, const std::string& conv, const std::string& bn, Value x) {
  return g.sigmoid(conv_bn(g, conv, bn, g.global_pool(x), pointwise(x.channels)));
}

Value refine(GraphBuilder g, Value x, std::int64_t out_channels) {
  x = conv_bn_relu(g.scope("conv"), x, {.out_channels = out_channels});
  return g.mul(x, attention(g, "conv_atten", "bn_atten", x));
}

Value enlarge(GraphBuilder g, Value x) {
  x = g.upsample(x, {.factor = 2});
  return conv_bn_relu(g, x, {.out_channels = x.channels});
}

// At 1/8 and 1/16.
std::pair<Value, Value> context_path(GraphBuilder g, Value image) {
  const auto [feat16, feat32] =
      resnet18(g.scope("resnet").with({.convolution_weight = KaimingNormalInit{.fan = FanMode::out}}), image);
  const Value average = conv_bn_relu(g.scope("conv_avg"), g.global_pool(feat32), pointwise(128));
  const Value context16 = enlarge(g.scope("conv_head32"), g.add(refine(g.scope("arm32"), feat32, 128), average));
  const Value context8 = enlarge(g.scope("conv_head16"), g.add(refine(g.scope("arm16"), feat16, 128), context16));
  return {context8, context16};
}

// At 1/8, and what it came from at 1/4.
std::pair<Value, Value> spatial_path(const GraphBuilder& g, Value x) {
  x = conv_bn_relu(g.scope("conv1"), x, stem(64));
  const Value fine = conv_bn_relu(g.scope("conv2"), x, {.out_channels = 64, .stride = 2});
  x = conv_bn_relu(g.scope("conv3"), fine, {.out_channels = 64, .stride = 2});
  return {conv_bn_relu(g.scope("conv_out"), x, pointwise(128)), fine};
}

Value fuse(GraphBuilder g, Value spatial, Value context) {
  const Value x = conv_bn_relu(g.scope("convblk"), g.concat({spatial, context}), pointwise(256));
  return g.add(g.mul(x, attention(g, "conv", "bn", x)), x);
}

struct Head {
  const char* scope;
  const char* output;
  std::int64_t channels;
  std::int64_t factor;  // from its input to the image
  OutputRole role;
};

Value head(const GraphBuilder& root, Value x, const Head& h, const ModelOptions& options) {
  GraphBuilder g = fast(root.scope(h.scope));
  x = conv_bn_relu(g.scope("conv"), x, {.out_channels = h.channels});
  Conv classify = pointwise(options.num_classes);
  classify.bias = true;
  x = g.convolution("conv_out", x, classify);
  GraphBuilder(root).output(h.output, x, {.role = h.role, .upsample = {.factor = h.factor}});
  return x;
}

Graph build(const ModelOptions& options) {
  GraphBuilder g({.convolution_weight = kStart});
  const Value image = g.input("image", {.channels = options.in_channels});
  const auto [context8, context16] = context_path(g.scope("cp"), image);
  const auto [spatial, fine] = spatial_path(g.scope("sp"), image);
  const Value fused = fuse(fast(g.scope("ffm")), spatial, context8);
  const Value logits = head(g, fused, {"conv_out", "logits", 256, 8, OutputRole::main}, options);
  head(g, context8, {"conv_out16", "conv_out16", 64, 8, OutputRole::auxiliary}, options);
  head(g, context16, {"conv_out32", "conv_out32", 64, 16, OutputRole::auxiliary}, options);
  if (options.distance_head) distance_head(g, fused, 8);
  if (options.point_head) point_head(g, logits, fine, *options.point_head);
  return g.build();
}

}  // namespace

extern const Model bisenetv1_model;
const Model bisenetv1_model = {.name = "bisenetv1",
                               .build = build,
                               .num_aux_heads = 2,
                               .size_divisor = 32,
                               // torchvision's ResNet-18
                               .backbone = {.parts = {"cp.resnet."}, .left_out = "cp.resnet.", .ignored = "fc."}};

}  // namespace seg
