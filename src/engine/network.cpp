// SPDX-License-Identifier: Apache-2.0
#include "engine/network.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/add.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "engine/kernels/kernel.h"
#include "graph/shapes.h"
#include "telemetry/phases.h"

namespace seg {
namespace {

std::size_t index(std::int32_t id) { return static_cast<std::size_t>(id); }

Phase phase_of(const Graph& graph, const Step& step) {
  switch (step.kind) {
    case StepKind::forward: return graph.nodes[index(step.node)].op == Op::loss ? Phase::loss : Phase::forward;
    case StepKind::yield: return Phase::forward;
    case StepKind::vjp:
    case StepKind::recompute:
    case StepKind::sum:
    case StepKind::store: return Phase::backward;
  }
  throw std::logic_error("[network] unknown kind of step");
}

// Neighbouring steps of one phase: the clock is read once for all of them.
struct Segment {
  Phase phase;
  std::size_t begin, end;
};

// Of the steps from `begin` to `end`.
std::vector<Segment> segments_of(const Graph& graph, const std::vector<Step>& steps, std::size_t begin,
                                 std::size_t end) {
  std::vector<Segment> segments;
  for (std::size_t i = begin; i < end; ++i) {
    const Phase phase = phase_of(graph, steps[i]);
    if (segments.empty() || segments.back().phase != phase) segments.push_back({phase, i, i});
    segments.back().end = i + 1;
  }
  return segments;
}

void refuse_what_is_not_built(const Graph& graph) {
  std::vector<Problem> problems;
  for (const Node& node : graph.nodes) {
    if (node.op == Op::batch_norm && options_of<BatchNormOptions>(node).synchronized)
      problems.push_back({"use_sync_bn", "statistics over several processes are not built", "use_sync_bn=false"});
  }
  fail_if_any(std::move(problems));
}

// The size that the tensor of an input node implies.
void note_size(const Node& node, const at::Tensor& tensor, InputSize& size) {
  const auto& o = options_of<InputOptions>(node);
  size.images = tensor.size(0);
  switch (o.layout) {
    case InputLayout::map:
      size.height = tensor.size(2) * o.stride;
      size.width = tensor.size(3) * o.stride;
      break;
    case InputLayout::interleaved:
    case InputLayout::labels:
      size.height = tensor.size(1) * o.stride;
      size.width = tensor.size(2) * o.stride;
      break;
    case InputLayout::points: size.points = tensor.size(1); break;
  }
}

// A batch normalisation of one value per channel (one image, a 1x1 map) has no variance; its kernel then uses running
// statistics.
void warn_of_single_values(const Graph& graph, const std::vector<Shape>& shapes, Log& log) {
  std::size_t num_layers = 0, num_single = 0;
  std::string first;
  for (const Node& node : graph.nodes) {
    if (node.op != Op::batch_norm || options_of<BatchNormOptions>(node).inference) continue;
    ++num_layers;
    const Shape& map = shapes[index(node.inputs[0])];
    if (map[0] * map[2] * map[3] != 1) continue;
    if (num_single++ == 0) first = node.name;
  }
  if (num_single == 0) return;
  log.warning_once(std::to_string(num_single) + " of " + std::to_string(num_layers) + " batch normalisations (" +
                   first + (num_single > 1 ? ", …" : "") +
                   ") see a single value per channel, which has no variance: they use their running statistics and "
                   "leave them as they are. Larger micro-batches or crops avoid this");
}

bool is_equal(const InputSize& a, const InputSize& b) {
  return a.images == b.images && a.height == b.height && a.width == b.width && a.points == b.points;
}

}  // namespace

class Network::Runner {
 public:
  Runner(Graph graph, ParameterStore& parameters, const NetworkOptions& options)
      : graph_(std::move(graph)),
        plan_(options.differentiate ? differentiate(graph_, options.schedule) : forward_plan(graph_)),
        parameters_(parameters),
        phases_(options.phases),
        derived_segments_(segments_of(graph_, plan_.forward, 0, plan_.num_derived)),
        forward_segments_(segments_of(graph_, plan_.forward, plan_.num_derived, plan_.forward.size())),
        backward_segments_(segments_of(graph_, plan_.backward, 0, plan_.backward.size())),
        log_(options.log),
        is_parameter_(plan_.slots.size()),
        is_derived_(plan_.slots.size()),
        slots_(plan_.slots.size()),
        slot_bytes_(plan_.slots.size()) {
    refuse_what_is_not_built(graph_);
    context_.full = parameters.type();
    context_.compute = options.compute;
    for (const Node& node : graph_.nodes) {
      if (node.op != Op::parameter) continue;
      slots_[index(node.output)] = parameters.value(node.name);
      is_parameter_[index(node.output)] = true;
    }
    for (std::size_t i = 0; i < plan_.num_derived; ++i) is_derived_[index(plan_.forward[i].writes.front())] = true;
  }

  NamedTensors forward(const NamedTensors& inputs, const RunValues& values, const GradientReady& on_ready) {
    clear_slots();
    peak_bytes_ = held_bytes_;
    context_.training = values.training;
    context_.dropout_seed = values.dropout_seed;
    context_.sample_numbers = values.sample_numbers;
    context_.loss_weight = values.loss_weight;
    loss_scale_ = values.loss_scale;
    set_inputs(inputs);
    if (!has_derived_) run_steps(plan_.forward, derived_segments_, on_ready);
    has_derived_ = num_promises_ > 0;
    run_steps(plan_.forward, forward_segments_, on_ready);
    if (!has_derived_) clear_derived();
    NamedTensors result;
    for (std::size_t i = 0; i < graph_.outputs.size(); ++i)
      result.push_back({graph_.outputs[i].name, std::move(outputs_[i])});
    outputs_.clear();
    return result;
  }

  void backward(std::vector<at::Tensor> output_gradients, const GradientReady& on_ready) {
    std::size_t given = 0;
    for (const Slot slot : plan_.output_gradients) {
      if (slot == kNoSlot) continue;
      if (given == output_gradients.size()) throw std::logic_error("[network] backward: too few output gradients");
      slots_[index(slot)] = std::move(output_gradients[given++]);
    }
    if (given != output_gradients.size()) throw std::logic_error("[network] backward: too many output gradients");
    run_steps(plan_.backward, backward_segments_, on_ready);
  }

  void begin_promise() { ++num_promises_; }
  void end_promise() {
    if (--num_promises_ > 0) return;
    has_derived_ = false;
    clear_derived();
  }

  const Graph& graph() const { return graph_; }
  const Plan& plan() const { return plan_; }
  std::int64_t peak_bytes() const { return peak_bytes_; }

 private:
  void set_inputs(const NamedTensors& inputs) {
    InputSize size;
    for (const Node& node : graph_.nodes) {
      if (node.op != Op::input) continue;
      const at::Tensor* const given = find_tensor(inputs, node.name);
      if (given == nullptr || !given->defined()) throw std::logic_error("[network] input " + node.name + " is missing");
      const auto& o = options_of<InputOptions>(node);
      const std::int64_t rank = o.layout == InputLayout::labels || o.layout == InputLayout::points ? 3 : 4;
      if (given->dim() != rank) throw std::logic_error("[network] input " + node.name + " has the wrong rank");
      // Where an image was resized, its levels lie between whole ones.
      const bool is_between_levels = o.layout == InputLayout::interleaved && given->is_floating_point();
      const at::ScalarType type = is_between_levels ? context_.full : scalar_type(o.type, context_);
      if (o.type != NumberType::full && !is_between_levels && given->scalar_type() != type)
        throw std::logic_error("[network] input " + node.name + " has the wrong type");
      note_size(node, *given, size);
      slots_[index(node.output)] = o.layout == InputLayout::map
                                       ? given->to(type).contiguous(at::MemoryFormat::ChannelsLast)
                                       : given->to(type).contiguous();
    }
    if (shapes_.empty() || !is_equal(size, size_)) {
      shapes_ = shapes(graph_, size);
      size_ = size;
      if (context_.training && log_ != nullptr) warn_of_single_values(graph_, shapes_, *log_);
    }
    for (const Node& node : graph_.nodes) {
      if (node.op == Op::input && slots_[index(node.output)].sizes() != at::IntArrayRef(shapes_[index(node.output)]))
        throw std::logic_error("[network] input " + node.name + " does not have the size of the others");
    }
  }

  void run_steps(const std::vector<Step>& steps, const std::vector<Segment>& segments, const GradientReady& on_ready) {
    const at::AutoDispatchBelowADInplaceOrView no_autograd;
    try {
      for (const Segment& segment : segments) {
        const auto run_segment = [&] {
          for (std::size_t i = segment.begin; i < segment.end; ++i) run(steps[i], on_ready);
        };
        if (phases_ != nullptr) {
          phases_->timed(segment.phase, run_segment);
        } else {
          run_segment();
        }
      }
    } catch (...) {
      has_derived_ = false;
      clear_slots();  // a try again after out of memory needs all of it
      throw;
    }
  }

  void run(const Step& step, const GradientReady& on_ready) {
    Tensors reads;
    reads.reserve(step.reads.size());
    for (const Slot slot : step.reads) reads.push_back(slot == kNoSlot ? at::Tensor() : slots_[index(slot)]);
    Tensors results;
    switch (step.kind) {
      case StepKind::forward:
      case StepKind::vjp:
      case StepKind::recompute: results = call_kernel(step, reads); break;
      case StepKind::sum:
        results.push_back(step.in_place ? reads[0].add_(reads[1]) : at::add(reads[0], reads[1]));
        break;
      case StepKind::store: {
        const std::string& name = graph_.nodes[index(step.node)].name;
        parameters_.accumulate(name, reads[0]);
        if (on_ready) on_ready(name);
        break;
      }
      case StepKind::yield: outputs_ = reads; break;
    }
    reads.clear();
    keep(step, std::move(results));
    release(step);
  }

  Tensors call_kernel(const Step& step, const Tensors& reads) {
    const Node& node = graph_.nodes[index(step.node)];
    // Results are few; vector<bool> has no array behind it.
    std::vector<std::uint8_t> wanted;
    for (const Slot slot : step.writes) wanted.push_back(slot != kNoSlot ? 1 : 0);
    const Call call{node, reads, shapes_, wanted, step.in_place, context_};
    const Kernels& kernels = kernels_of(node.op);
    const bool is_forward = step.kind == StepKind::forward, is_vjp = step.kind == StepKind::vjp;
    KernelFunction kernel = is_forward ? kernels.forward : is_vjp ? kernels.vjp : kernels.recompute;
    const KernelFunction on_cpu = is_forward ? kernels.cpu_forward : is_vjp ? kernels.cpu_vjp : kernels.cpu_recompute;
    if (on_cpu != nullptr && parameters_.device().is_cpu()) kernel = on_cpu;
    if (kernel == nullptr) throw std::logic_error("[network] no kernel for " + node.name);
    Tensors results = kernel(call);
    if (is_forward && node.op == Op::loss && loss_scale_.defined()) scale_gradients(results);
    return results;
  }

  // A loss makes the gradients of its operands behind its value, in full precision: before they are rounded to fp16.
  void scale_gradients(Tensors& results) {
    for (std::size_t i = 1; i < results.size(); ++i)
      if (results[i].defined()) results[i].mul_(loss_scale_);
  }

  void keep(const Step& step, Tensors results) {
    for (std::size_t i = 0; i < step.writes.size(); ++i) {
      const Slot slot = step.writes[i];
      if (slot == kNoSlot || i >= results.size() || !results[i].defined()) continue;
      slot_bytes_[index(slot)] = static_cast<std::int64_t>(results[i].nbytes());
      if (!(step.in_place && i == 0)) held_bytes_ += slot_bytes_[index(slot)];
      slots_[index(slot)] = std::move(results[i]);
    }
    peak_bytes_ = std::max(peak_bytes_, held_bytes_);
  }

  void release(const Step& step) {
    for (const Slot slot : step.releases) {
      if (!(step.in_place && slot == step.reads[0])) held_bytes_ -= slot_bytes_[index(slot)];
      slot_bytes_[index(slot)] = 0;
      slots_[index(slot)].reset();
    }
  }

  // All but parameters, and what was derived from them if that is kept.
  void clear_slots() {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (!is_parameter_[i] && !(has_derived_ && is_derived_[i])) clear(i);
    }
    outputs_.clear();
  }
  void clear_derived() {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (is_derived_[i]) clear(i);
    }
  }
  void clear(std::size_t slot) {
    held_bytes_ -= std::exchange(slot_bytes_[slot], 0);
    slots_[slot].reset();
  }

  Graph graph_;
  Plan plan_;
  ParameterStore& parameters_;
  PhaseTimer* phases_;
  std::vector<Segment> derived_segments_, forward_segments_, backward_segments_;
  KernelContext context_;
  at::Tensor loss_scale_;
  Log* log_;
  InputSize size_;
  std::vector<Shape> shapes_;       // by value, for size_
  std::vector<bool> is_parameter_;  // by slot
  std::vector<bool> is_derived_;    // likewise: from parameters alone
  bool has_derived_ = false;        // and is there
  int num_promises_ = 0;            // that the parameters stay as they are
  std::vector<at::Tensor> slots_;
  std::vector<std::int64_t> slot_bytes_;  // of slots that steps wrote
  std::vector<at::Tensor> outputs_;
  std::int64_t held_bytes_ = 0, peak_bytes_ = 0;
};

Network::SteadyParameters::SteadyParameters(Runner& runner) : runner_(runner) { runner_.begin_promise(); }
Network::SteadyParameters::~SteadyParameters() { runner_.end_promise(); }

Network::Network(Graph graph, ParameterStore& parameters, const NetworkOptions& options)
    : runner_(std::make_unique<Runner>(std::move(graph), parameters, options)) {}
Network::~Network() = default;
Network::Network(Network&&) noexcept = default;

NamedTensors Network::forward(const NamedTensors& inputs, const RunValues& values) {
  return runner_->forward(inputs, values, {});
}

void Network::backward(std::vector<at::Tensor> output_gradients, const GradientReady& on_ready) {
  runner_->backward(std::move(output_gradients), on_ready);
}

NamedTensors Network::forward_backward(const NamedTensors& inputs, const RunValues& values,
                                       const GradientReady& on_ready) {
  NamedTensors losses = runner_->forward(inputs, values, on_ready);
  runner_->backward({}, on_ready);
  return losses;
}

const Graph& Network::graph() const { return runner_->graph(); }
const Plan& Network::plan() const { return runner_->plan(); }
std::int64_t Network::peak_slot_bytes() const { return runner_->peak_bytes(); }

}  // namespace seg
