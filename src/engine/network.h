// SPDX-License-Identifier: Apache-2.0
// Runs a graph with tensors: no autograd and no autocast; what runs and what lives is what the plan says.
//
// The graph is run as it stands: losses as nodes, normalisation and casts have been put there by graph/passes.h. A
// network keeps no tensors between runs but the parameters' (which belong to the store); any shape may follow any
// other. After an exception all slots are empty and the network may be run again (begin_step() first).
// Not thread-safe: one thread calls torch.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/parameter_store.h"
#include "engine/tensors.h"
#include "graph/graph.h"
#include "graph/plan.h"

namespace seg {

class Log;
class PhaseTimer;

struct NetworkOptions {
  at::ScalarType compute = at::kFloat;     // what the graph's compute type means; another than the store's needs casts
  Schedule schedule = Schedule::earliest;  // of the backward steps, when differentiated
  bool differentiate = true;               // false: forward only, every value is freed after its last reader
  PhaseTimer* phases = nullptr;            // gets the time of forward, loss and backward
  Log* log = nullptr;                      // what happens once and should be known
};

// What changes from run to run besides tensors.
struct RunValues {
  bool training = true;                             // batch statistics and dropout; false: running statistics, none
  std::uint64_t dropout_seed = 0;                   // of the run; the numbers are keyed by node name and sample
  std::span<const std::uint64_t> sample_numbers{};  // one an image; needed where dropout runs
  double loss_weight = 1.0;  // this batch's share of the step: scales the gradients, not the losses
  at::Tensor loss_scale{};   // float scalar on the device that the gradients are multiplied by, too; undefined: 1
};

// Called after the last contribution of this run to a parameter's gradient.
using GradientReady = std::function<void(const std::string& parameter)>;

class Network {
  class Runner;

 public:
  // While it lives, the caller changes no parameter, so what follows from them alone (folded and cast weights, where
  // the network is not differentiated) is made by the next run and kept for those behind it. The network outlives it.
  class SteadyParameters {
   public:
    explicit SteadyParameters(Runner& runner);
    ~SteadyParameters();
    SteadyParameters(const SteadyParameters&) = delete;
    SteadyParameters& operator=(const SteadyParameters&) = delete;

   private:
    Runner& runner_;
  };
  [[nodiscard]] SteadyParameters steady_parameters() { return SteadyParameters(*runner_); }

  // The store outlives the network and has every parameter of the graph.
  Network(Graph graph, ParameterStore& parameters, const NetworkOptions& options = {});
  ~Network();
  Network(Network&&) noexcept;

  // Inputs by the names of the graph's input nodes: `image` uint8, uint16 or (levels between) float [N,H,W,C] if the
  // graph normalises, else float [N,C,H,W] channels-last; `labels` uint8 [N,H,W]. Outputs in the order of
  // Graph::outputs; losses are scalars on the device, as they are (weights concern gradients only).
  NamedTensors forward(const NamedTensors& inputs, const RunValues& values = {});
  // Follows forward(). Takes over the gradients of the outputs that are no losses (in their order) and may overwrite
  // them.
  void backward(std::vector<at::Tensor> output_gradients, const GradientReady& on_ready = {});
  // For graphs whose outputs are losses (others' outputs get no gradient): forward and backward as one schedule.
  NamedTensors forward_backward(const NamedTensors& inputs, const RunValues& values,
                                const GradientReady& on_ready = {});

  const Graph& graph() const;
  const Plan& plan() const;
  // Most bytes that slots held at once in the last run: parameters and the kernels' workspace are not among them.
  std::int64_t peak_slot_bytes() const;

 private:
  std::unique_ptr<Runner> runner_;
};

}  // namespace seg
