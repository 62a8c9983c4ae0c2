// SPDX-License-Identifier: Apache-2.0
#include "engine/parameter_store.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "base/random.h"
#include "graph/shapes.h"

namespace seg {
namespace {

// Strides of a dense tensor; of a convolution's weight, of a channels-last one. A depthwise weight [C,1,k,k] fits both
// layouts, and ATen may choose either: so the same strides are given to value and gradient, never left to it.
Shape dense_strides(const Shape& shape) {
  if (shape.size() == 4) return {shape[1] * shape[2] * shape[3], 1, shape[3] * shape[1], shape[1]};
  Shape strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

at::Tensor view_of(const at::Tensor& flat, const Shape& shape, std::int64_t offset) {
  return flat.as_strided(shape, dense_strides(shape), offset);
}

// Row-major numbers of an initialiser.
at::Tensor initial_numbers(const ParameterOptions& o, const std::string& name, std::uint64_t seed) {
  const at::Tensor numbers = at::empty(o.shape, at::TensorOptions(at::kDouble));
  if (const auto* constant = std::get_if<ConstantInit>(&o.init)) return numbers.fill_(constant->value);
  const double deviation = deviation_of(std::get<KaimingNormalInit>(o.init), o.shape);
  Random random(seed, RandomStream::weights, hash_of(name.data(), name.size()));
  auto* const data = numbers.mutable_data_ptr<double>();
  std::generate_n(data, numbers.numel(), [&] { return deviation * random.normal(); });
  return numbers;
}

}  // namespace

ParameterStore::ParameterStore(const Graph& graph, const ParameterStoreOptions& options) : options_(options) {
  for (const Node* node : parameters(graph)) {
    names_.push_back(node->name);
    const bool is_new = entries_.emplace(node->name, Entry{.options = options_of<ParameterOptions>(*node)}).second;
    if (!is_new) throw std::logic_error("[parameters] two of them are called " + node->name);
  }
  lay_out_groups();
  statistics_ = lay_out_buffers(ParameterRole::running_mean, ParameterRole::running_var, options_.type);
  counters_ = lay_out_buffers(ParameterRole::num_batches_tracked, ParameterRole::num_batches_tracked, at::kLong);
  for (const std::string& name : names_) {
    if (!entries_.at(name).value.defined()) throw std::logic_error("[parameters] " + name + " has no place");
  }
  if (options_.random) initialise(0);
}

void ParameterStore::lay_out_groups() {
  std::map<std::pair<double, bool>, std::size_t> known;  // (multiplier, not decaying): the reference's order of groups
  std::vector<std::pair<std::int64_t, std::int64_t>> extents;
  for (const std::string& name : names_) {
    const ParameterOptions& o = entries_.at(name).options;
    if (is_trainable(o.role)) known.emplace(std::pair(o.lr_multiplier, !o.decays), 0);
  }
  std::int64_t offset = 0;
  for (auto& [key, index] : known) {
    index = groups_.size();
    groups_.push_back({.lr_multiplier = key.first, .decays = !key.second});
    const std::int64_t begin = offset;
    for (const std::string& name : names_) {
      Entry& entry = entries_.at(name);
      const ParameterOptions& o = entry.options;
      if (!is_trainable(o.role) || std::pair(o.lr_multiplier, !o.decays) != key) continue;
      entry.offset = offset;
      offset += element_count(o.shape);
      groups_.back().names.push_back(name);
    }
    extents.emplace_back(begin, offset - begin);
  }
  const auto type = at::TensorOptions(options_.type).device(options_.device);
  values_ = at::zeros({offset}, type);
  if (options_.gradients) gradients_ = at::zeros({offset}, type);
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    ParameterGroup& group = groups_[i];
    group.values = values_.narrow(0, extents[i].first, extents[i].second);
    if (options_.gradients) group.gradients = gradients_.narrow(0, extents[i].first, extents[i].second);
    for (const std::string& name : group.names) {
      Entry& entry = entries_.at(name);
      entry.value = view_of(values_, entry.options.shape, entry.offset);
      if (options_.gradients) entry.gradient = view_of(gradients_, entry.options.shape, entry.offset);
    }
  }
}

at::Tensor ParameterStore::lay_out_buffers(ParameterRole first, ParameterRole second, at::ScalarType type) {
  std::int64_t size = 0;
  const auto for_each = [&](const auto& body) {
    for (const std::string& name : names_) {
      Entry& entry = entries_.at(name);
      if (entry.options.role == first || entry.options.role == second) body(entry);
    }
  };
  for_each([&](Entry& entry) {
    entry.offset = size;
    size += element_count(entry.options.shape);
  });
  at::Tensor flat = at::zeros({size}, at::TensorOptions(type).device(options_.device));
  for_each([&](Entry& entry) { entry.value = view_of(flat, entry.options.shape, entry.offset); });
  return flat;
}

void ParameterStore::initialise(std::uint64_t seed) {
  for (const std::string& name : names_) {
    const Entry& entry = entries_.at(name);
    entry.value.copy_(initial_numbers(entry.options, name, seed));
  }
}

void ParameterStore::begin_step() {
  for (auto& [name, entry] : entries_) entry.is_fresh = true;
}

void ParameterStore::accumulate(const std::string& name, const at::Tensor& gradient) {
  Entry& entry = entries_.at(name);
  if (entry.is_fresh) {
    entry.gradient.copy_(gradient);
  } else {
    entry.gradient.add_(gradient);
  }
  entry.is_fresh = false;
}

void ParameterStore::end_step() {
  for (auto& [name, entry] : entries_) {
    if (entry.is_fresh && entry.gradient.defined()) entry.gradient.zero_();
    entry.is_fresh = false;
  }
}

NamedTensors ParameterStore::named_tensors() const {
  NamedTensors result;
  for (const std::string& name : names_) {
    const at::Tensor& value = entries_.at(name).value;
    at::Tensor copy = at::empty(value.sizes(), at::TensorOptions(value.scalar_type()));
    result.push_back({name, copy.copy_(value)});
  }
  return result;
}

LoadReport ParameterStore::load(const NamedTensors& tensors) {
  LoadReport report;
  for (const NamedTensor& given : tensors) {
    const auto found = entries_.find(given.name);
    if (found == entries_.end()) {
      report.unexpected.push_back(given.name);
    } else if (found->second.value.sizes() != given.tensor.sizes()) {
      report.mismatched.push_back({given.name, found->second.options.shape, given.tensor.sizes().vec()});
    } else {
      found->second.value.copy_(given.tensor);
      ++report.num_loaded;
    }
  }
  for (const std::string& name : names_) {
    if (find_tensor(tensors, name) == nullptr) report.missing.push_back(name);
  }
  return report;
}

}  // namespace seg
