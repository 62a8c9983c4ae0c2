// SPDX-License-Identifier: Apache-2.0
// Tensors in safetensors files, and weight files that describe their network.
//
// Tensors are written row-major, whatever their layout in memory. Errors are UserErrors that name the file.
#pragma once
#include <filesystem>
#include <span>

#include "engine/parameter_store.h"
#include "engine/tensors.h"
#include "formats/safetensors.h"
#include "training/model_card.h"

namespace seg {

at::Tensor to_tensor(const TensorEntry& entry, const std::string& where);  // a copy; nothing refers to the file

// Keeps contiguous host copies of tensors and shows them as entries of a file.
class TensorEntries {
 public:
  void add(const std::string& name, const at::Tensor& tensor);
  std::span<const TensorEntry> entries() const { return entries_; }

 private:
  std::vector<at::Tensor> tensors_;
  std::vector<TensorEntry> entries_;
};

struct Weights {
  ModelCard card{};
  NamedTensors tensors{};
};

void save_weights(const std::filesystem::path& path, const ModelCard& card, const ParameterStore& parameters);
// Of a weight file or a checkpoint.
Weights load_weights(const std::filesystem::path& path);
// Into a network that has exactly these parameters; what is missing or does not fit is a UserError naming the file.
void load_exactly(const Weights& weights, ParameterStore& parameters, const std::filesystem::path& path);

}  // namespace seg
