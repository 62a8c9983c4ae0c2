// SPDX-License-Identifier: Apache-2.0
// What a model file writes with: appends nodes to one graph under construction.
//
// A GraphBuilder is a light handle; scope() gives another one on the same graph whose names begin with the scope's, so
// that parameters get the names of the reference's state dict. An operation that would return its input unchanged
// (p = 0, factor 1) adds no node, so that no two values share storage. A second node of one kind in a scope is called
// `add_2`, and so on. Errors are the model author's: std::logic_error with the node's path. Not thread-safe.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace seg {

// An id and the little that later nodes must know of it.
struct Value {
  ValueId id = kNoValue;
  std::int64_t channels = 0;
  bool is_1x1 = false;
};

// What the parameters of a scope share.
struct ParameterDefaults {
  Initializer convolution_weight = KaimingNormalInit{};
  double lr_multiplier = 1.0;
};

struct OutputOptions {
  OutputRole role = OutputRole::main;
  UpsampleRule upsample{};
  double loss_weight = 1.0;
};

class GraphBuilder {
 public:
  explicit GraphBuilder(const ParameterDefaults& defaults = {});
  GraphBuilder scope(const std::string& name) const;
  GraphBuilder with(const ParameterDefaults& defaults) const;  // the same scope
  const ParameterDefaults& defaults() const { return defaults_; }

  Value input(const std::string& name, const InputOptions& options);
  Value convolution(const std::string& name, Value x, const ConvolutionOptions& options);  // weights decay, biases not
  Value batch_norm(const std::string& name, Value x, const BatchNormOptions& options = {});
  Value relu(Value x);
  Value sigmoid(Value x);
  Value add(Value a, Value b);  // one of them may be 1x1
  Value mul(Value a, Value b);
  Value concat(const std::vector<Value>& parts);
  Value slice(Value x, const SliceOptions& options);
  Value max_pool(Value x, const PoolOptions& options);
  Value average_pool(Value x, const PoolOptions& options);
  Value global_pool(Value x);
  Value upsample(Value x, const UpsampleOptions& options);
  Value upsample_like(Value x, Value like, const UpsampleOptions& options);  // options.factor is not read
  Value dropout(Value x, double p);
  Value softmax(Value x);
  Value argmax(Value x);
  Value point_sample(Value x, Value points, const PointSampleOptions& options = {});
  void output(const std::string& name, Value x, const OutputOptions& options = {});

  Graph build();  // the checked graph; the builder and its scopes are used up

 private:
  struct State;
  GraphBuilder(std::shared_ptr<State> state, std::string prefix, const ParameterDefaults& defaults);

  std::string path(const std::string& name) const;
  Value append(Op op, const std::string& name, std::vector<ValueId> inputs, Options options, std::int64_t channels,
               bool is_1x1);
  Value append_unnamed(Op op, const char* kind, std::vector<ValueId> inputs, Options options, std::int64_t channels,
                       bool is_1x1);
  ValueId parameter(const std::string& name, ParameterOptions options);
  Value elementwise(Op op, const char* kind, Value a, Value b);
  Value pool(Op op, const char* kind, Value x, const PoolOptions& options);

  std::shared_ptr<State> state_;
  std::string prefix_;
  ParameterDefaults defaults_;
};

}  // namespace seg
