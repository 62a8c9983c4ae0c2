// SPDX-License-Identifier: Apache-2.0
#include "training/weight_file.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "formats/finite.h"
#include "graph/passes.h"
#include "training/out_of_memory.h"
#include "training/state_names.h"

namespace seg {
namespace {

constexpr std::array<std::pair<TensorType, at::ScalarType>, 13> kTypes = {{{TensorType::boolean, at::kBool},
                                                                           {TensorType::u8, at::kByte},
                                                                           {TensorType::i8, at::kChar},
                                                                           {TensorType::u16, at::kUInt16},
                                                                           {TensorType::i16, at::kShort},
                                                                           {TensorType::u32, at::kUInt32},
                                                                           {TensorType::i32, at::kInt},
                                                                           {TensorType::u64, at::kUInt64},
                                                                           {TensorType::i64, at::kLong},
                                                                           {TensorType::f16, at::kHalf},
                                                                           {TensorType::bf16, at::kBFloat16},
                                                                           {TensorType::f32, at::kFloat},
                                                                           {TensorType::f64, at::kDouble}}};

at::ScalarType scalar_type(TensorType type) {
  for (const auto& [in_file, in_memory] : kTypes)
    if (in_file == type) return in_memory;
  throw std::logic_error("[weights] a tensor type without a counterpart");
}

TensorType tensor_type(at::ScalarType type) {
  for (const auto& [in_file, in_memory] : kTypes)
    if (in_memory == type) return in_file;
  throw std::logic_error("[weights] cannot store tensors of type " + std::string(c10::toString(type)));
}

bool is_counter(const std::string& name) { return name.ends_with("num_batches_tracked"); }

// The report without what does not matter.
std::vector<std::string> faults_of(const LoadReport& report) {
  std::vector<std::string> faults;
  for (const std::string& name : report.missing)
    if (!is_counter(name)) faults.push_back(name + " is missing");
  for (const std::string& name : report.unexpected) faults.push_back(shown(name) + " is not in the network");
  for (const LoadReport::Mismatch& mismatch : report.mismatched)
    faults.push_back(mismatch.name + " is " + shape_text(mismatch.found) + ", not " + shape_text(mismatch.expected));
  return faults;
}

void fail_if_faulty(std::vector<std::string> faults, const Weights& weights, const std::filesystem::path& path) {
  if (faults.empty()) return;
  constexpr std::size_t kShown = 5;
  const std::size_t count = faults.size();
  if (count > kShown) {
    faults.resize(kShown);
    faults.push_back("and " + std::to_string(count - kShown) + " more");
  }
  fail(path.string(), "its weights do not fit " + weights.card.model + ": " + joined(faults, "; "),
       "give weights of this network, or the config that they were trained with");
}

FoundWeights read(const std::filesystem::path& path) {
  const WeightArchive archive(path);
  const auto card = archive.metadata().find(std::string(kModelCardKey));
  const bool is_own = card != archive.metadata().end();
  const WeightArchive::Integrity integrity = archive.integrity();
  if (integrity == WeightArchive::Integrity::violated || (is_own && integrity != WeightArchive::Integrity::checked))
    fail(path.string(), "its data is not what was written: the checksum does not match",
         "use another copy of the file");
  FoundWeights weights;
  if (is_own) weights.card = model_card_from_json(card->second, path.string());
  std::vector<TensorEntry> entries = archive.tensors();
  std::erase_if(entries, [](const TensorEntry& entry) { return is_training_state(entry.name); });
  require_finite(entries, path.string());
  for (const TensorEntry& entry : entries) weights.tensors.push_back({entry.name, to_tensor(entry, path.string())});
  return weights;
}

}  // namespace

at::Tensor to_tensor(const TensorEntry& entry, const std::string& where) {
  try {
    at::Tensor tensor = at::empty(entry.shape, at::TensorOptions(scalar_type(entry.type)));
    if (!entry.data.empty()) std::memcpy(tensor.mutable_data_ptr(), entry.data.data(), entry.data.size());
    return tensor;
  } catch (const c10::Error& error) {
    if (is_out_of_memory(error)) throw;
    fail(where,
         "tensor " + shown(entry.name) + " of shape " + shape_text(entry.shape) + " has more bytes than can be counted",
         "use a file that segtrain wrote");
  }
}

void TensorEntries::add(const std::string& name, const at::Tensor& tensor) {
  tensors_.push_back(tensor.detach());
  heads_.push_back(
      {.name = name, .type = tensor_type(tensor.scalar_type()), .shape = tensor.sizes().vec(), .data = {}});
}

TensorSource TensorEntries::source() const {
  return {heads_, [this, copy = at::Tensor()](std::size_t index) mutable -> std::span<const std::byte> {
            copy = at::Tensor();  // first, so that there are never two
            copy = tensors_[index].cpu().contiguous();
            return {static_cast<const std::byte*>(copy.const_data_ptr()), copy.nbytes()};
          }};
}

void save_weights(const std::filesystem::path& path, const ModelCard& card, const ParameterStore& parameters) {
  while_doing("writing " + path.string(), [&] {
    TensorEntries entries;
    for (const std::string& name : parameters.names()) entries.add(name, parameters.value(name));
    write_weight_archive(path, entries.source(), {{std::string(kModelCardKey), to_json_text(card)}});
  });
}

FoundWeights read_weights(const std::filesystem::path& path) {
  return while_doing("reading " + path.string(), [&] { return read(path); });
}

Weights load_weights(const std::filesystem::path& path) {
  FoundWeights weights = read_weights(path);
  if (!weights.card)
    fail(path.string(), "has no description of its network",
         "give a weight file or checkpoint that segtrain wrote (model_final.safetensors, model_final.pth, "
         "checkpoints/step_….safetensors); `segtrain eval CONFIG --weights FILE` takes foreign files, too");
  return {.card = std::move(*weights.card), .tensors = std::move(weights.tensors)};
}

void load_exactly(const Weights& weights, ParameterStore& parameters, const std::filesystem::path& path) {
  fail_if_faulty(faults_of(parameters.load(weights.tensors)), weights, path);
}

ParameterStore inference_parameters(const Weights& weights, const std::filesystem::path& path, c10::Device device) {
  const Graph whole = graph_of(weights.card);
  ParameterStore parameters(inference_graph(weights.card, whole),
                            {.device = device, .random = false, .gradients = false});
  LoadReport report = parameters.load(weights.tensors);
  std::unordered_set<std::string> known;
  for (const Node* const node : seg::parameters(whole)) known.insert(node->name);
  std::erase_if(report.unexpected, [&](const std::string& name) { return known.contains(name); });
  fail_if_faulty(faults_of(report), weights, path);
  return parameters;
}

}  // namespace seg
