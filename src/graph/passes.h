// SPDX-License-Identifier: Apache-2.0
// Passes: pure functions from graph to graph. Names of nodes, parameters and outputs and the ids of values that remain
// never change, so a pass moves neither weights nor random numbers, and several graphs share one set of parameters.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace seg {

// Keeps the wanted outputs and what they need; parameters that nobody reads go too.
Graph without_dead_nodes(const Graph& graph, const std::function<bool(const Output&)>& wanted);

// The network in evaluation: only outputs of role main, no dropout, BatchNorm by its running statistics.
Graph for_inference(const Graph& graph);

// The image arrives as whole numbers [N,H,W,C] (byte or word); the first node makes the map
// (x * scale - mean) / deviation from it. The input keeps its name.
struct Normalization {
  NumberType pixels = NumberType::byte;
  std::vector<double> mean{}, deviation{};  // per channel
  double scale = 1.0 / 255.0;
};
Graph with_normalization(const Graph& graph, const Normalization& normalization);

// The convolutions that give the logits of main and auxiliary outputs begin with weights a twentieth as large, so that
// every class is about as likely as the others at first, and no first steps are spent on unlearning chance.
Graph with_small_classifiers(Graph graph);

// A second input, `labels`, and a loss in place of each output, computed as soon as its logits are there. Each loss
// takes over the output's name, its upsampling rule and its loss weight, times options.weight if the output is
// auxiliary. Outputs of other roles than main and auxiliary are dropped.
// A distance head gets the loss of `distance`, which has a third input, `distances`; without it its output is dropped.
Graph with_losses(const Graph& graph, const LossOptions& options, const std::optional<LossOptions>& distance = {});

// The same for a loss that is a sum: each term is a loss of its own, named "OUTPUT.TERM", whose weight counts in its
// loss weight as well. A single term has the output's name.
struct LossTerm {
  std::string name{};
  double weight = 1.0;
  LossOptions options{};
};
Graph with_summed_losses(const Graph& graph, const std::vector<LossTerm>& terms,
                         const std::optional<LossOptions>& distance = {});

// Behind with_losses(): where a loss is a mean over pixels these weigh more the nearer they are to a boundary, by a
// third input, `distances`.
Graph with_boundary_weights(const Graph& graph, const BoundaryWeightOptions& options);

// A BatchNorm and the ReLU that alone reads it become one node of the BatchNorm's name, which works in one pass over
// the map and finds out again in the derivative what was let pass: no value between the two is written or read.
Graph fuse_batch_norm(const Graph& graph);

// BatchNorms of the largest maps are made again for derivatives that come long after them: their results, which a
// training step would hold for the gradients of the weights behind them, are not held. A pass over each map that is
// made again is the price.
Graph with_recomputed_norms(const Graph& graph);

// Nearest doubling and a 3x3 convolution of it become four 2x2 convolutions of the small map, one for each parity of
// row and column: the same sums with 4/9 of the products, and the enlarged map is never made. The last of three nodes
// has the convolution's name; the weight stays the 3x3 kernel, from which a node makes the others.
Graph with_phase_convolutions(const Graph& graph);

// A BatchNorm that uses its running statistics and alone reads a convolution is an affine map of each channel: the
// convolution takes it over, by a weight and a bias that nodes derive from the parameters of both, and a ReLU that was
// fused with it as well. For inference: what is derived so has no derivative.
Graph with_folded_batch_norm(const Graph& graph);

// Images and convolution weights are cast to the compute type (one copy of each weight per step), logits and outputs
// back to full precision. BatchNorm keeps full parameters and statistics and takes the type of its input. The last
// pass.
Graph with_compute_casts(const Graph& graph);

}  // namespace seg
