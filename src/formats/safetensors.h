// SPDX-License-Identifier: Apache-2.0
// safetensors files: named tensors and a map of texts.
//
// On disk: an 8-byte little-endian length, a JSON header of that many bytes (padded with spaces to a multiple of 8),
// then the tensors' bytes, row-major and packed. The header: {"__metadata__": {"key": "text"},
// "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, …}.
// Files come from outside: a header that is too long, is no JSON, names a tensor twice, or whose ranges overlap, leave
// holes, leave the file or contradict shape and type is a UserError that names the file. Nothing is read out of bounds.
// Data is aligned to 8 bytes as a whole, single tensors only as far as those before them let them be: copy, don't cast.
// Files are written whole or not at all. Distinct objects may be used by distinct threads.
#pragma once
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "formats/tensor_entry.h"

namespace seg {

// A file that was read; mapped, so that only what is looked at is loaded.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::vector<TensorEntry>& tensors() const noexcept { return tensors_; }  // in the order of their data
  const Metadata& metadata() const noexcept { return metadata_; }
  const TensorEntry* find(std::string_view name) const noexcept;  // nullptr if there is none

  // Whether the file is what was written (data, names, shapes, metadata): reads all of it and compares with the
  // checksum among the metadata. False if there is none, as in other programs' files.
  bool checksum_matches() const;

 private:
  MappedFile file_;
  std::vector<TensorEntry> tensors_;
  Metadata metadata_;
};

// Tensors in the order given. Adds a CRC-32 of metadata, names, types, shapes and data to the metadata under
// kChecksumKey (in the place of an older one). std::logic_error if a name is taken or bytes and shape disagree.
void write_safetensors(const std::filesystem::path& path, const TensorSource& tensors, const Metadata& metadata = {});
inline void write_safetensors(const std::filesystem::path& path, std::span<const TensorEntry> tensors,
                              const Metadata& metadata = {}) {
  write_safetensors(path, TensorSource(tensors), metadata);
}
inline constexpr std::string_view kChecksumKey = "segtrain.crc32";

}  // namespace seg
