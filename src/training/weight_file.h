// SPDX-License-Identifier: Apache-2.0
// Tensors in files, and weight files that describe their network: .safetensors and .pth alike.
//
// Tensors are written row-major, whatever their layout in memory. A file that segtrain wrote says of itself what
// network it is for; a foreign one (of the Python trainer, of torchvision) holds tensors alone. Errors are UserErrors
// that name the file.
#pragma once
#include <filesystem>
#include <optional>
#include <span>

#include "engine/parameter_store.h"
#include "engine/tensors.h"
#include "formats/weight_archive.h"
#include "training/model_card.h"

namespace seg {

at::Tensor to_tensor(const TensorEntry& entry, const std::string& where);  // a copy; nothing refers to the file

// Keeps tensors, which are not to change meanwhile, and shows them as entries of a file. Only while a file is written
// there is a row-major host copy, of one tensor at a time.
class TensorEntries {
 public:
  void add(const std::string& name, const at::Tensor& tensor);
  std::span<const TensorEntry> heads() const { return heads_; }  // entries without their bytes
  TensorSource source() const;                                   // for as long as this object lives

 private:
  std::vector<at::Tensor> tensors_;
  std::vector<TensorEntry> heads_;
};

struct Weights {
  ModelCard card{};
  NamedTensors tensors{};
};

// As the name's ending asks: .safetensors or .pth.
void save_weights(const std::filesystem::path& path, const ModelCard& card, const ParameterStore& parameters);

// Of any weight file or a checkpoint, without what an optimizer keeps; `card` if the file has one. Numbers that are not
// finite are a UserError: whatever they are used for would be lost.
struct FoundWeights {
  std::optional<ModelCard> card{};
  NamedTensors tensors{};
};
FoundWeights read_weights(const std::filesystem::path& path);
// Of one that describes its network.
Weights load_weights(const std::filesystem::path& path);

// Into a network that has exactly these parameters; what is missing or does not fit is a UserError naming the file.
// Counters (num_batches_tracked) may be missing: old files have none, and nothing is computed from them.
void load_exactly(const Weights& weights, ParameterStore& parameters, const std::filesystem::path& path);
// The parameters that evaluation of the card's network reads, loaded. Those of auxiliary heads may be in the file.
ParameterStore inference_parameters(const Weights& weights, const std::filesystem::path& path,
                                    c10::Device device = c10::Device(c10::kCPU));

}  // namespace seg
