// SPDX-License-Identifier: Apache-2.0
// BiSeNetV2 (Yu et al., "BiSeNet V2: Bilateral Network with Guided Aggregation for Real-time Semantic Segmentation",
// IJCV 2021) with the parameter names, initial values and learning rates of the PyTorch implementation that users come
// from, so that its weights and schedules fit.
#include <string>
#include <utility>

#include "graph/builder.h"
#include "models/distance_head.h"
#include "models/model.h"
#include "models/point_head.h"

namespace seg {
namespace {

using Conv = ConvolutionOptions;

// The last BatchNorm of a residual branch starts at zero, so that the layer starts as its shortcut.
constexpr BatchNormOptions kStartsAtZero{.initial_scale = 0.0};

Value conv_bn(GraphBuilder g, const std::string& conv, const std::string& bn, Value x, const Conv& options,
              const BatchNormOptions& norm = {}) {
  return g.batch_norm(bn, g.convolution(conv, x, options), norm);
}

Value conv_bn_relu(GraphBuilder g, Value x, const Conv& options) {
  return g.relu(conv_bn(g, "conv", "bn", x, options));
}

Value depthwise(GraphBuilder g, Value x, std::int64_t multiplier, std::int64_t stride) {
  return conv_bn(g, "0", "1", x, {.out_channels = x.channels * multiplier, .stride = stride, .groups = x.channels});
}

Conv pointwise(std::int64_t out_channels) { return {.out_channels = out_channels, .kernel = 1, .padding = 0}; }

// At 1/8, and what it came from at 1/4.
std::pair<Value, Value> detail_branch(const GraphBuilder& g, Value x) {
  x = conv_bn_relu(g.scope("S1.0"), x, {.out_channels = 64, .stride = 2});
  x = conv_bn_relu(g.scope("S1.1"), x, {.out_channels = 64});
  x = conv_bn_relu(g.scope("S2.0"), x, {.out_channels = 64, .stride = 2});
  x = conv_bn_relu(g.scope("S2.1"), x, {.out_channels = 64});
  const Value fine = conv_bn_relu(g.scope("S2.2"), x, {.out_channels = 64});
  x = conv_bn_relu(g.scope("S3.0"), fine, {.out_channels = 128, .stride = 2});
  x = conv_bn_relu(g.scope("S3.1"), x, {.out_channels = 128});
  return {conv_bn_relu(g.scope("S3.2"), x, {.out_channels = 128}), fine};
}

Value stem(GraphBuilder g, Value x) {
  x = conv_bn_relu(g.scope("conv"), x, {.out_channels = 16, .stride = 2});
  Value left = conv_bn_relu(g.scope("left.0"), x, pointwise(8));
  left = conv_bn_relu(g.scope("left.1"), left, {.out_channels = 16, .stride = 2});
  const Value right = g.max_pool(x, {.kernel = 3, .stride = 2, .padding = 1});
  return conv_bn_relu(g.scope("fuse"), g.concat({left, right}), {.out_channels = 16});
}

// Gather-and-expansion layer that keeps the resolution.
Value gather_expand(GraphBuilder g, Value x) {
  Value y = conv_bn_relu(g.scope("conv1"), x, {.out_channels = x.channels});
  y = g.scope("dwconv").relu(depthwise(g.scope("dwconv"), y, 6, 1));
  y = conv_bn(g.scope("conv2"), "0", "1", y, pointwise(x.channels), kStartsAtZero);
  return g.relu(g.add(y, x));
}

// Gather-and-expansion layer that halves it.
Value gather_expand_down(GraphBuilder g, Value x, std::int64_t out_channels) {
  Value y = conv_bn_relu(g.scope("conv1"), x, {.out_channels = x.channels});
  y = depthwise(g.scope("dwconv1"), y, 6, 2);
  y = g.scope("dwconv2").relu(depthwise(g.scope("dwconv2"), y, 1, 1));
  y = conv_bn(g.scope("conv2"), "0", "1", y, pointwise(out_channels), kStartsAtZero);
  Value shortcut = depthwise(g.scope("shortcut"), x, 1, 2);
  shortcut = conv_bn(g.scope("shortcut"), "2", "3", shortcut, pointwise(out_channels));
  return g.relu(g.add(y, shortcut));
}

Value context_embedding(GraphBuilder g, Value x) {
  Value y = g.batch_norm("bn", g.global_pool(x));
  y = conv_bn_relu(g.scope("conv_gap"), y, pointwise(x.channels));
  return conv_bn_relu(g.scope("conv_last"), g.add(x, y), {.out_channels = x.channels});
}

// Bilateral guided aggregation: each branch gates the other.
Value aggregate(GraphBuilder g, Value detail, Value semantic) {
  const std::int64_t c = detail.channels;
  GraphBuilder left1 = g.scope("left1"), left2 = g.scope("left2"), right1 = g.scope("right1"),
               right2 = g.scope("right2"), conv = g.scope("conv");
  const Value fine = left1.convolution("2", depthwise(left1, detail, 1, 1), pointwise(c));
  Value fine_small = conv_bn(left2, "0", "1", detail, {.out_channels = c, .stride = 2});
  fine_small = left2.average_pool(fine_small, {.kernel = 3, .stride = 2, .padding = 1});
  const Value coarse = conv_bn(right1, "0", "1", semantic, {.out_channels = c});
  const Value gate = right1.sigmoid(right1.upsample(coarse, {.factor = 4}));
  const Value gate_small = right2.sigmoid(right2.convolution("2", depthwise(right2, semantic, 1, 1), pointwise(c)));
  const Value left = g.mul(fine, gate);
  const Value right = g.upsample(g.mul(fine_small, gate_small), {.factor = 4});
  return conv.relu(conv_bn(conv, "0", "1", g.add(left, right), {.out_channels = c}));
}

struct Head {
  const char* scope;
  const char* output;
  std::int64_t channels;
  std::int64_t factor;  // from its input to the image
  OutputRole role;
};

Value head(const GraphBuilder& root, Value x, const Head& h, const ModelOptions& options) {
  constexpr double kHeadRate = 10.0;  // heads learn from scratch, ten times as fast as the rest
  ParameterDefaults defaults = root.defaults();
  defaults.lr_multiplier = kHeadRate;
  GraphBuilder g = root.scope(h.scope).with(defaults), out = g.scope("conv_out");
  const bool is_auxiliary = h.role == OutputRole::auxiliary;

  // Dropout and ReLU commute exactly; in this order both work in place on the norm's output, the widest map there is.
  GraphBuilder conv = g.scope("conv");
  x = conv_bn(conv, "conv", "bn", x, {.out_channels = h.channels});
  x = conv.relu(g.dropout(x, options.dropout.value_or(0.1)));
  if (is_auxiliary)
    x = conv_bn_relu(out.scope("0.1"), out.upsample(x, {.factor = 2}), {.out_channels = h.factor * h.factor});
  Conv classify = pointwise(options.num_classes);
  classify.bias = true;
  x = out.convolution("1", x, classify);
  GraphBuilder(root).output(h.output, x,
                            {.role = h.role, .upsample = {.factor = is_auxiliary ? h.factor / 2 : h.factor}});
  return x;
}

Graph build(const ModelOptions& options) {
  GraphBuilder g({.convolution_weight = KaimingNormalInit{.fan = FanMode::out}});
  const Value image = g.input("image", {.channels = options.in_channels});
  const auto [detail, fine] = detail_branch(g.scope("detail"), image);

  const GraphBuilder segment = g.scope("segment");
  const Value feat2 = stem(segment.scope("S1S2"), image);
  const Value feat3 = gather_expand(segment.scope("S3.1"), gather_expand_down(segment.scope("S3.0"), feat2, 32));
  const Value feat4 = gather_expand(segment.scope("S4.1"), gather_expand_down(segment.scope("S4.0"), feat3, 64));
  Value feat5 = gather_expand_down(segment.scope("S5_4.0"), feat4, 128);
  for (const char* name : {"S5_4.1", "S5_4.2", "S5_4.3"}) feat5 = gather_expand(segment.scope(name), feat5);
  const Value semantic = context_embedding(segment.scope("S5_5"), feat5);

  const Value fused = aggregate(g.scope("bga"), detail, semantic);
  const Value logits = head(g, fused, {"head", "logits", 1024, 8, OutputRole::main}, options);
  head(g, feat2, {"aux2", "aux2", 128, 4, OutputRole::auxiliary}, options);
  head(g, feat3, {"aux3", "aux3", 128, 8, OutputRole::auxiliary}, options);
  head(g, feat4, {"aux4", "aux4", 128, 16, OutputRole::auxiliary}, options);
  head(g, feat5, {"aux5_4", "aux5_4", 128, 32, OutputRole::auxiliary}, options);
  if (options.distance_head) distance_head(g, fused, 8);
  if (options.point_head) point_head(g, logits, fine, *options.point_head);
  return g.build();
}

}  // namespace

extern const Model bisenetv2_model;
const Model bisenetv2_model = {.name = "bisenetv2",
                               .build = build,
                               .num_aux_heads = 4,
                               .size_divisor = 32,
                               .backbone = {.parts = {"detail.", "segment.", "bga.", "head."}}};

}  // namespace seg
