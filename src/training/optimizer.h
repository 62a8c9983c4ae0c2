// SPDX-License-Identifier: Apache-2.0
// What turns gradients into new values: one small interface over the flat groups of a parameter store.
//
// An optimizer keeps its memory (momenta and the like) in flat buffers laid out like the store's values, so that one
// fused call serves a whole group. Rates and decay are the groups' own: what the store says of a group, and the options
// here. Not thread-safe. The store has gradients and outlives the optimizer.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/parameter_store.h"
#include "engine/tensors.h"

namespace seg {

enum class OptimizerKind { sgd, adamw };

struct OptimizerOptions {
  OptimizerKind kind = OptimizerKind::sgd;
  double momentum = 0.9;                       // of sgd
  double beta1 = 0.9, beta2 = 0.999;           // of adamw
  double eps = 1e-8;                           // of adamw
  double weight_decay = 5e-4;                  // where a group decays
  std::optional<double> head_lr_multiplier{};  // in the place of every multiplier that is not 1; none: the model's own
};

class Optimizer {
 public:
  Optimizer(const ParameterStore& parameters, const OptimizerOptions& options)
      : parameters_(parameters), options_(options) {}
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  // found_inf: float scalar on the device. Where it is 1 the step changes nothing, without anybody reading it. Takes no
  // memory, so that it is done whole or, where it cannot begin, not at all.
  virtual void step(double rate, const at::Tensor& found_inf) = 0;

  // What the base rate is multiplied by for a group.
  double lr_multiplier(const ParameterGroup& group) const;

  // All that a step depends on besides values and gradients, by name: views of the optimizer's own memory, of which
  // those of a parameter have its shape and are called PREFIX.PARAMETER (state_names.h). An exact resume needs them.
  const NamedTensors& state() const { return state_; }

 protected:
  // Zeros laid out like the store's values, one tensor a group; their views join the state.
  std::vector<at::Tensor> add_state(std::string_view prefix);
  void add_state(std::string_view name, const at::Tensor& tensor) { state_.push_back({std::string(name), tensor}); }
  double decay_of(const ParameterGroup& group) const { return group.decays ? options_.weight_decay : 0.0; }

  const ParameterStore& parameters_;
  const OptimizerOptions options_;

 private:
  NamedTensors state_;
};

// Numbers that it remembers for each trainable one.
std::int64_t states_a_parameter(OptimizerKind kind);

std::unique_ptr<Optimizer> make_optimizer(const ParameterStore& parameters, const OptimizerOptions& options);

}  // namespace seg
