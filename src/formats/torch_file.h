// SPDX-License-Identifier: Apache-2.0
// Files of PyTorch: named tensors as torch.save() writes a state dict.
//
// Both containers are read: the ZIP form (NAME/data.pkl beside NAME/data/0, …) and the older stream (magic number,
// protocol, system, pickle, list of keys, storages). Which values count as weights: formats/state_dict.h. Tensors may
// share a storage and have any offsets and strides; those that lie row-major are shown where they lie in the mapped
// file, others are put in order in memory of their own.
// Nothing of the file is executed. Read are float32, float16, bfloat16, float64, int64, int32, int16, int8, uint8 and
// bool from little-endian files. What is damaged, contradicts itself, leaves its storage or would take more than four
// times the file's size is a UserError that names the file.
// Metadata are what write_torch_file() left beside the pickle.
#pragma once
#include <deque>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "formats/tensor_entry.h"

namespace seg {

// A file that was read. Distinct objects may be used by distinct threads.
class TorchFile {
 public:
  explicit TorchFile(const std::filesystem::path& path);
  // Bytes in memory, which outlive this; `where` names them in errors.
  TorchFile(std::span<const std::byte> bytes, const std::string& where);

  const std::vector<TensorEntry>& tensors() const noexcept { return tensors_; }  // in the order of the dictionary
  const Metadata& metadata() const noexcept { return metadata_; }
  bool has_checksums() const noexcept { return has_checksums_; }  // the ZIP form; they were compared

  // Whether a file of these first bytes is one of PyTorch's.
  static bool looks_like_one(std::span<const std::byte> start) noexcept;

 private:
  std::optional<MappedFile> file_;
  std::deque<Bytes> gathered_;  // data of tensors that do not lie row-major in the file
  std::vector<TensorEntry> tensors_;
  Metadata metadata_;
  bool has_checksums_ = false;
};

}  // namespace seg
