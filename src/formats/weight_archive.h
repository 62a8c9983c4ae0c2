// SPDX-License-Identifier: Apache-2.0
// A file of named tensors, whatever its kind: safetensors or PyTorch's. Whoever reads weights reads them through this.
//
// The kind is told by the first bytes, not by the name. Entries lie in the archive (safetensors.h and torch_file.h say
// how) and live as long as it does. Errors are UserErrors that name the file.
#pragma once
#include <filesystem>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "formats/safetensors.h"
#include "formats/tensor_entry.h"
#include "formats/torch_file.h"

namespace seg {

class WeightArchive {
 public:
  explicit WeightArchive(const std::filesystem::path& path);

  const std::vector<TensorEntry>& tensors() const;
  const Metadata& metadata() const;
  const TensorEntry* find(std::string_view name) const { return find_entry(tensors(), name); }

  enum class Integrity {
    checked,  // the data are what was written
    unknown,  // the file has no checksum, as other programs' safetensors files and PyTorch's older streams
    violated  // safetensors only; a PyTorch file does not open then
  };
  Integrity integrity() const;  // reads all of it

 private:
  std::variant<SafetensorsFile, TorchFile> file_;
};

// By its first bytes. UserError if it cannot be read.
bool is_torch_file(const std::filesystem::path& path);

// The kind of file that a name asks for.
enum class WeightFormat { safetensors, torch };
WeightFormat format_for(
    const std::filesystem::path& path);  // UserError if it ends in neither .safetensors nor .pth, .pt
void write_weight_archive(const std::filesystem::path& path, const TensorSource& tensors,
                          const Metadata& metadata = {});
inline void write_weight_archive(const std::filesystem::path& path, std::span<const TensorEntry> tensors,
                                 const Metadata& metadata = {}) {
  write_weight_archive(path, TensorSource(tensors), metadata);
}

}  // namespace seg
