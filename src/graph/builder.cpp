// SPDX-License-Identifier: Apache-2.0
#include "graph/builder.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace seg {

struct GraphBuilder::State {
  Graph graph;
  std::unordered_set<std::string> names;
  std::unordered_map<std::string, int> num_unnamed;  // nodes so far, by path without number
};

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw std::logic_error("[model] " + path + ": " + what);
}

void check_pool(const std::string& path, const PoolOptions& o) {
  if (o.kernel < 1 || o.stride < 1 || o.padding < 0) refuse(path, "kernel, stride and padding must be positive");
  if (o.padding > o.kernel / 2) refuse(path, "padding of more than half the kernel");
}

}  // namespace

GraphBuilder::GraphBuilder(const ParameterDefaults& defaults)
    : GraphBuilder(std::make_shared<State>(), std::string(), defaults) {}

GraphBuilder::GraphBuilder(std::shared_ptr<State> state, std::string prefix, const ParameterDefaults& defaults)
    : state_(std::move(state)), prefix_(std::move(prefix)), defaults_(defaults) {}

GraphBuilder GraphBuilder::scope(const std::string& name) const { return {state_, path(name), defaults_}; }

GraphBuilder GraphBuilder::with(const ParameterDefaults& defaults) const { return {state_, prefix_, defaults}; }

std::string GraphBuilder::path(const std::string& name) const { return prefix_.empty() ? name : prefix_ + "." + name; }

Value GraphBuilder::append(Op op, const std::string& name, std::vector<ValueId> inputs, Options options,
                           std::int64_t channels, bool is_1x1) {
  const std::string own_path = path(name);
  if (!state_->names.insert(own_path).second) refuse(own_path, "there is a node of this name already");
  for (const ValueId input : inputs) {
    if (input < kNoValue || input >= state_->graph.num_values) refuse(own_path, "an operand of another graph");
  }
  const ValueId output = state_->graph.num_values++;
  state_->graph.nodes.push_back({op, own_path, std::move(inputs), output, std::move(options)});
  return {output, channels, is_1x1};
}

Value GraphBuilder::append_unnamed(Op op, const char* kind, std::vector<ValueId> inputs, Options options,
                                   std::int64_t channels, bool is_1x1) {
  const int number = ++state_->num_unnamed[path(kind)];
  const std::string name = number == 1 ? kind : std::string(kind) + "_" + std::to_string(number);
  return append(op, name, std::move(inputs), std::move(options), channels, is_1x1);
}

ValueId GraphBuilder::parameter(const std::string& name, ParameterOptions options) {
  options.lr_multiplier = defaults_.lr_multiplier;
  return append(Op::parameter, name, {}, std::move(options), 0, false).id;
}

Value GraphBuilder::input(const std::string& name, const InputOptions& options) {
  if (options.channels < 1 || options.stride < 1) refuse(path(name), "channels and stride must be at least 1");
  return append(Op::input, name, {}, options, options.channels, false);
}

Value GraphBuilder::convolution(const std::string& name, Value x, const ConvolutionOptions& o) {
  const std::string own_path = path(name);
  if (o.out_channels < 1 || o.kernel < 1 || o.stride < 1 || o.padding < 0 || o.dilation < 1 || o.groups < 1)
    refuse(own_path, "channels, kernel, stride, dilation and groups must be at least 1");
  if (x.channels % o.groups != 0 || o.out_channels % o.groups != 0)
    refuse(own_path, std::to_string(x.channels) + " to " + std::to_string(o.out_channels) + " channels in " +
                         std::to_string(o.groups) + " groups");
  GraphBuilder own = scope(name);
  const ValueId weight = own.parameter("weight", {.shape = {o.out_channels, x.channels / o.groups, o.kernel, o.kernel},
                                                  .role = ParameterRole::weight,
                                                  .init = defaults_.convolution_weight,
                                                  .decays = true});
  const ValueId bias =
      o.bias ? own.parameter("bias", {.shape = {o.out_channels}, .role = ParameterRole::bias}) : kNoValue;
  const bool stays_1x1 = x.is_1x1 && o.dilation * (o.kernel - 1) == 2 * o.padding;
  if (x.is_1x1 && !stays_1x1) refuse(own_path, "a 1x1 map would change its size");
  return append(Op::convolution, name, {x.id, weight, bias}, o, o.out_channels, x.is_1x1);
}

Value GraphBuilder::batch_norm(const std::string& name, Value x, const BatchNormOptions& options) {
  GraphBuilder own = scope(name);
  const auto per_channel = [&](const char* what, ParameterRole role, double initial) {
    return own.parameter(what, {.shape = {x.channels}, .role = role, .init = ConstantInit{initial}});
  };
  const ValueId scale = per_channel("weight", ParameterRole::scale, options.initial_scale);
  const ValueId shift = per_channel("bias", ParameterRole::shift, 0.0);
  const ValueId mean = per_channel("running_mean", ParameterRole::running_mean, 0.0);
  const ValueId var = per_channel("running_var", ParameterRole::running_var, 1.0);
  const ValueId tracked = own.parameter("num_batches_tracked", {.role = ParameterRole::num_batches_tracked});
  return append(Op::batch_norm, name, {x.id, scale, shift, mean, var, tracked}, options, x.channels, x.is_1x1);
}

Value GraphBuilder::relu(Value x) {
  return append_unnamed(Op::activation, "relu", {x.id}, ActivationOptions{ActivationKind::relu}, x.channels, x.is_1x1);
}

Value GraphBuilder::sigmoid(Value x) {
  return append_unnamed(Op::activation, "sigmoid", {x.id}, ActivationOptions{ActivationKind::sigmoid}, x.channels,
                        x.is_1x1);
}

Value GraphBuilder::elementwise(Op op, const char* kind, Value a, Value b) {
  if (a.channels != b.channels)
    refuse(path(kind), std::to_string(a.channels) + " channels meet " + std::to_string(b.channels));
  if (a.is_1x1 && !b.is_1x1) std::swap(a, b);
  return append_unnamed(op, kind, {a.id, b.id}, ElementwiseOptions{.second_is_1x1 = b.is_1x1 && !a.is_1x1}, a.channels,
                        a.is_1x1);
}

Value GraphBuilder::add(Value a, Value b) { return elementwise(Op::add, "add", a, b); }

Value GraphBuilder::mul(Value a, Value b) { return elementwise(Op::mul, "mul", a, b); }

Value GraphBuilder::concat(const std::vector<Value>& parts) {
  if (parts.empty()) refuse(path("concat"), "nothing to join");
  if (parts.size() == 1) return parts.front();
  std::vector<ValueId> inputs;
  std::int64_t channels = 0;
  for (const Value& part : parts) {
    if (part.is_1x1 != parts.front().is_1x1) refuse(path("concat"), "a 1x1 map among larger ones");
    inputs.push_back(part.id);
    channels += part.channels;
  }
  return append_unnamed(Op::concat, "concat", std::move(inputs), {}, channels, parts.front().is_1x1);
}

Value GraphBuilder::slice(Value x, const SliceOptions& options) {
  if (options.begin < 0 || options.length < 1 || options.begin + options.length > x.channels)
    refuse(path("slice"), "channels outside the " + std::to_string(x.channels) + " that are there");
  if (options.length == x.channels) return x;
  return append_unnamed(Op::slice, "slice", {x.id}, options, options.length, x.is_1x1);
}

Value GraphBuilder::pool(Op op, const char* kind, Value x, const PoolOptions& options) {
  check_pool(path(kind), options);
  if (x.is_1x1) refuse(path(kind), "a 1x1 map");
  if (options.kernel == 1 && options.stride == 1) return x;
  return append_unnamed(op, kind, {x.id}, options, x.channels, false);
}

Value GraphBuilder::max_pool(Value x, const PoolOptions& options) {
  constexpr std::int64_t kLargestWindow = 256;  // a byte says where in it the largest was
  if (options.kernel * options.kernel > kLargestWindow) refuse(path("max_pool"), "a window of more than 16x16");
  return pool(Op::max_pool, "max_pool", x, options);
}

Value GraphBuilder::average_pool(Value x, const PoolOptions& options) {
  return pool(Op::average_pool, "average_pool", x, options);
}

Value GraphBuilder::global_pool(Value x) {
  return x.is_1x1 ? x : append_unnamed(Op::global_pool, "global_pool", {x.id}, {}, x.channels, true);
}

Value GraphBuilder::upsample(Value x, const UpsampleOptions& options) {
  if (options.factor < 1) refuse(path("upsample"), "the factor must be at least 1");
  if (options.factor == 1) return x;
  return append_unnamed(Op::upsample, "upsample", {x.id}, options, x.channels, false);
}

Value GraphBuilder::upsample_like(Value x, Value like, const UpsampleOptions& options) {
  if (x.is_1x1 && like.is_1x1) return x;
  UpsampleOptions by_likeness = options;
  by_likeness.factor = 0;
  return append_unnamed(Op::upsample, "upsample", {x.id, like.id}, by_likeness, x.channels, like.is_1x1);
}

Value GraphBuilder::dropout(Value x, double p) {
  if (p < 0.0 || p >= 1.0) refuse(path("dropout"), "p must be in [0, 1)");
  return p == 0.0 ? x : append_unnamed(Op::dropout, "dropout", {x.id}, DropoutOptions{p}, x.channels, x.is_1x1);
}

Value GraphBuilder::softmax(Value x) {
  return append_unnamed(Op::softmax, "softmax", {x.id}, {}, x.channels, x.is_1x1);
}

Value GraphBuilder::argmax(Value x) {
  if (x.channels > 256) refuse(path("argmax"), "more than 256 classes do not fit a byte");
  return append_unnamed(Op::argmax, "argmax", {x.id}, {}, 1, x.is_1x1);
}

Value GraphBuilder::point_sample(Value x, Value points, const PointSampleOptions& options) {
  return append_unnamed(Op::point_sample, "point_sample", {x.id, points.id}, options, x.channels, false);
}

void GraphBuilder::output(const std::string& name, Value x, const OutputOptions& options) {
  const std::string own_path = path(name);
  const auto& outputs = state_->graph.outputs;
  if (std::any_of(outputs.begin(), outputs.end(), [&](const Output& o) { return o.name == own_path; }))
    refuse(own_path, "there is an output of this name already");
  state_->graph.outputs.push_back({own_path, x.id, options.role, options.upsample, options.loss_weight});
}

Graph GraphBuilder::build() {
  if (state_->graph.outputs.empty()) refuse(prefix_.empty() ? "graph" : prefix_, "no output");
  Graph graph = std::move(state_->graph);
  *state_ = State{};
  validate(graph);
  return graph;
}

}  // namespace seg
