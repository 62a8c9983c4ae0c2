// SPDX-License-Identifier: Apache-2.0
// Writes a state dict as torch.load(weights_only=True) reads it: an OrderedDict of tensors in the ZIP form.
//
// Metadata stand in a record of their own (archive/segtrain.json), which torch.load passes over. The same tensors give
// the same bytes. The file appears whole or not at all. Errors are UserErrors that name the file.
#pragma once
#include <filesystem>
#include <span>

#include "formats/tensor_entry.h"

namespace seg {

// In the order given. UserError if torch has no storage for the numbers of one, or if a text is not UTF-8;
// std::logic_error if a name is taken or bytes and shape disagree.
void write_torch_file(const std::filesystem::path& path, const TensorSource& tensors, const Metadata& metadata = {});
inline void write_torch_file(const std::filesystem::path& path, std::span<const TensorEntry> tensors,
                             const Metadata& metadata = {}) {
  write_torch_file(path, TensorSource(tensors), metadata);
}

}  // namespace seg
