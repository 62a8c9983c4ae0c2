// SPDX-License-Identifier: Apache-2.0
#include "tests/graph/random_graph.h"

#include <string>
#include <vector>

#include "base/random.h"
#include "graph/builder.h"

namespace seg::testing {
namespace {

class Generator {
 public:
  Generator(std::uint64_t seed, const RandomGraphOptions& options)
      : options_(options), random_(seed, RandomStream::synthetic, 1) {}

  Graph run() {
    add({g_.input("image", {.channels = 2}), 8});
    for (int i = 0; i < options_.num_operations; ++i) grow(i);
    const std::uint64_t num_outputs = 1 + random_.below(3);
    for (std::uint64_t k = 0; k < num_outputs; ++k) add_output(k);
    return g_.build();
  }

 private:
  struct Known {
    Value value;
    std::int64_t side;
  };

  void add(const Known& known) { known_.push_back(known); }
  const Known& any() { return known_[random_.below(known_.size())]; }
  // Often the newest, so that graphs get deep.
  const Known& one() { return random_.below(2) == 0 ? known_.back() : any(); }

  // A value of that many channels and that size, or 1x1; made if there is none.
  Value partner(const Known& of, GraphBuilder& g) {
    std::vector<Value> fitting;
    for (const Known& k : known_) {
      if (k.value.channels == of.value.channels && (k.side == of.side || k.value.is_1x1)) fitting.push_back(k.value);
    }
    const auto choice = random_.below(fitting.size() + 1);
    return choice < fitting.size() ? fitting[choice] : g.global_pool(of.value);
  }

  void grow(int number) {
    GraphBuilder g = g_.scope(std::string("n").append(std::to_string(number)));
    const Known x = one();
    switch (random_.below(13)) {
      case 0:
      case 1: return convolve(g, x);
      case 2: return add({g.batch_norm("bn", x.value, {.inference = random_.below(4) == 0}), x.side});
      case 3: return add({g.relu(x.value), x.side});
      case 4: return add({g.sigmoid(x.value), x.side});
      case 5: return add({g.add(x.value, partner(x, g)), x.side});
      case 6: return add({g.mul(g.sigmoid(x.value), partner(x, g)), x.side});  // gated, so that nothing explodes
      case 7: return join(g, x);
      case 8: return pool(g, x);
      case 9: return enlarge(g, x);
      case 10: return add({g.dropout(x.value, 0.3), x.side});
      case 11: return add({g.softmax(x.value), x.side});
      default:
        if (x.value.channels > 1) return add({g.slice(x.value, {.begin = 1, .length = x.value.channels - 1}), x.side});
        return add({g.global_pool(x.value), 1});
    }
  }

  void convolve(GraphBuilder& g, const Known& x) {
    const bool depthwise = random_.below(3) == 0, strided = random_.below(3) == 0 && x.side > 2;
    const std::int64_t kernel = x.value.is_1x1 || random_.below(2) == 0 ? 1 : 3;
    const std::int64_t out = depthwise ? x.value.channels : 1 + static_cast<std::int64_t>(random_.below(3));
    const Value y = g.convolution("conv", x.value,
                                  {.out_channels = out,
                                   .kernel = kernel,
                                   .stride = strided ? 2 : 1,
                                   .padding = kernel / 2,
                                   .groups = depthwise ? x.value.channels : 1,
                                   .bias = random_.below(2) == 0});
    add({y, strided ? (x.side + 1) / 2 : x.side});
  }

  void join(GraphBuilder& g, const Known& x) {
    std::vector<Value> parts{x.value};
    for (const Known& k : known_) {
      if (k.side == x.side && k.value.is_1x1 == x.value.is_1x1 && parts.size() < 3) parts.push_back(k.value);
    }
    add({g.concat(parts), x.side});
  }

  void pool(GraphBuilder& g, const Known& x) {
    if (x.side < 3) return add({g.global_pool(x.value), 1});
    const PoolOptions options{.kernel = 3, .stride = 2, .padding = 1};
    add({random_.below(2) == 0 ? g.max_pool(x.value, options) : g.average_pool(x.value, options), (x.side + 1) / 2});
  }

  void enlarge(GraphBuilder& g, const Known& x) {
    const UpsampleOptions options{.factor = 2,
                                  .mode = random_.below(2) == 0 ? Interpolation::nearest : Interpolation::bilinear,
                                  .align_corners = false};
    if (random_.below(2) == 0 || x.side >= 8) {
      const Known& like = any();
      UpsampleOptions by_likeness = options;
      by_likeness.align_corners = options.mode == Interpolation::bilinear && random_.below(2) == 0;
      add({g.upsample_like(x.value, like.value, by_likeness), like.side});
    } else {
      add({g.upsample(x.value, options), 2 * x.side});
    }
  }

  void add_output(std::uint64_t k) {
    Known x = k == 0 ? known_.back() : any();
    const OutputRole role = k == 0 ? OutputRole::main : OutputRole::auxiliary;
    const std::string name = std::string("out").append(std::to_string(k));
    if (options_.for_losses) {
      GraphBuilder g = g_.scope(name);
      x.value = g.convolution("classify", x.value, {.out_channels = 2, .kernel = 1, .padding = 0, .bias = true});
      if (8 % x.side != 0) {
        x.value = g.upsample_like(x.value, known_.front().value, {});
        x.side = 8;
      }
    }
    const UpsampleRule rule{.factor = options_.for_losses ? 8 / x.side : 1};
    g_.output(name, x.value, {.role = role, .upsample = rule, .loss_weight = 1.0 + static_cast<double>(k)});
  }

  const RandomGraphOptions options_;
  Random random_;
  GraphBuilder g_;
  std::vector<Known> known_;
};

}  // namespace

Graph random_graph(std::uint64_t seed, const RandomGraphOptions& options) { return Generator(seed, options).run(); }

Array random_array(const Shape& shape, std::uint64_t seed) {
  Random random(seed, RandomStream::synthetic, 2);
  Array array(shape);
  for (double& v : array.data) v = random.normal();
  return array;
}

Arrays random_leaves(const Graph& graph, std::uint64_t seed, std::int64_t num_classes) {
  const std::vector<Shape> all = shapes(graph, kRandomGraphInput);
  Arrays leaves;
  for (const Node& node : graph.nodes) {
    if (node.op != Op::input && node.op != Op::parameter) continue;
    Array array = random_array(all[static_cast<std::size_t>(node.output)], ++seed * 1000);
    if (node.op == Op::parameter && options_of<ParameterOptions>(node).role == ParameterRole::running_var) {
      for (double& v : array.data) v = 0.5 + v * v;
    }
    if (node.op == Op::input && options_of<InputOptions>(node).layout == InputLayout::labels) {
      Random random(seed, RandomStream::synthetic, 3);
      for (double& v : array.data)
        v = random.below(5) == 0 ? 255.0 : static_cast<double>(random.below(static_cast<std::uint64_t>(num_classes)));
    }
    leaves.emplace(node.name, std::move(array));
  }
  return leaves;
}

}  // namespace seg::testing
