// SPDX-License-Identifier: Apache-2.0
// The parameters of a graph, by name, in flat buffers.
//
// Trainable values are views into one flat tensor and their gradients views into a second one of the same layout, so
// the strides of a value, its gradient and whatever an optimizer keeps beside them agree by construction, and one fused
// call serves a whole group. Weights of convolutions are channels-last; order is by optimizer group (learning-rate
// multiplier and decay), inside a group as in the graph. Running statistics lie in a flat tensor of their own, counters
// (num_batches_tracked, int64) in another.
//
// Not thread-safe. Views stay valid for the store's life; it can be moved, not copied.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/tensors.h"
#include "graph/graph.h"

namespace seg {

struct ParameterStoreOptions {
  at::ScalarType type = at::kFloat;  // float64 for tests
  c10::Device device = c10::Device(c10::kCPU);
  bool random = true;     // false: zeros, for whoever fills them all; to draw millions of numbers takes a while
  bool gradients = true;  // false: for inference alone; gradient() and groups()[i].gradients are undefined
};

// A contiguous part of the flat buffers that an optimizer treats alike. Every trainable parameter is in exactly one.
struct ParameterGroup {
  double lr_multiplier = 1.0;
  bool decays = false;
  at::Tensor values{}, gradients{};  // 1-D, the same length
  std::vector<std::string> names{};
};

// What a file and the graph did not have in common. A name in none of the lists has been loaded.
struct LoadReport {
  struct Mismatch {
    std::string name;
    std::vector<std::int64_t> expected, found;
  };
  std::vector<std::string> missing;     // in the graph, not in the file: kept as they were
  std::vector<std::string> unexpected;  // in the file, not in the graph
  std::vector<Mismatch> mismatched;     // of another shape: kept as they were
  std::int64_t num_loaded = 0;
  bool is_complete() const { return missing.empty() && unexpected.empty() && mismatched.empty(); }
};

class ParameterStore {
 public:
  // Values are what initialise(0) gives, or zeros.
  explicit ParameterStore(const Graph& graph, const ParameterStoreOptions& options = {});
  ParameterStore(ParameterStore&&) noexcept = default;
  ParameterStore& operator=(ParameterStore&&) noexcept = default;

  // Every parameter and buffer as its graph's initialiser says; random numbers are keyed by (seed, name), so a
  // parameter's values depend on nothing else.
  void initialise(std::uint64_t seed);

  const std::vector<std::string>& names() const { return names_; }  // parameters and buffers, in the graph's order
  bool contains(const std::string& name) const { return entries_.contains(name); }
  // std::out_of_range if there is no such parameter.
  const at::Tensor& value(const std::string& name) const { return entries_.at(name).value; }
  const at::Tensor& gradient(const std::string& name) const { return entries_.at(name).gradient; }

  const std::vector<ParameterGroup>& groups() const { return groups_; }
  const at::Tensor& values() const { return values_; }          // every trainable value, 1-D
  const at::Tensor& gradients() const { return gradients_; }    // likewise
  const at::Tensor& statistics() const { return statistics_; }  // running means and variances, 1-D
  const at::Tensor& counters() const { return counters_; }      // int64, 1-D
  at::ScalarType type() const { return options_.type; }
  c10::Device device() const { return options_.device; }

  // After begin_step() the first contribution to a gradient replaces it and further ones are added; nothing is zeroed
  // ahead. A parameter that got none by end_step() has gradient zero.
  void begin_step();
  void accumulate(const std::string& name, const at::Tensor& gradient);  // of any floating type
  void end_step();

  // Row-major copies on the host of everything, in the graph's order: the content of a weight file.
  NamedTensors named_tensors() const;
  // Takes what fits by name and shape (any floating type); the rest is reported.
  LoadReport load(const NamedTensors& tensors);

 private:
  struct Entry {
    ParameterOptions options;
    at::Tensor value{}, gradient{};  // no gradient: a buffer
    std::int64_t offset = 0;         // in the flat tensor that holds it
    bool is_fresh = false;           // the next contribution replaces
  };
  void lay_out_groups();
  at::Tensor lay_out_buffers(ParameterRole first, ParameterRole second, at::ScalarType type);

  ParameterStoreOptions options_;
  at::Tensor values_, gradients_, statistics_, counters_;
  std::vector<ParameterGroup> groups_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace seg
