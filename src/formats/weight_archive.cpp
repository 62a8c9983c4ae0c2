// SPDX-License-Identifier: Apache-2.0
#include "formats/weight_archive.h"

#include <string>

#include "base/error.h"
#include "base/file.h"
#include "formats/torch_writer.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kStartBytes = 64;

// Behind the header's length.
constexpr std::size_t kFirstOfHeader = 8;

Bytes start_of(const fs::path& path) {
  Bytes start;
  disk().read_start(path, kStartBytes, start);
  return start;
}

std::variant<SafetensorsFile, TorchFile> open_archive(const fs::path& path) {
  const Bytes start = start_of(path);
  if (start.empty())
    fail(path.string(), "is empty: it holds no weights",
         "another copy of the file; a copy or download may have failed");
  if (TorchFile::looks_like_one(start)) return TorchFile(path);
  if (start.size() > kFirstOfHeader && start[kFirstOfHeader] != std::byte{'{'})
    fail(path.string(), "is no weight file: neither a safetensors file nor one of PyTorch",
         "a file that segtrain wrote, or one that torch.save wrote");
  return SafetensorsFile(path);
}

}  // namespace

bool is_torch_file(const fs::path& path) { return TorchFile::looks_like_one(start_of(path)); }

WeightArchive::WeightArchive(const fs::path& path) : file_(open_archive(path)) {}

const std::vector<TensorEntry>& WeightArchive::tensors() const {
  return std::visit([](const auto& file) -> const std::vector<TensorEntry>& { return file.tensors(); }, file_);
}

const Metadata& WeightArchive::metadata() const {
  return std::visit([](const auto& file) -> const Metadata& { return file.metadata(); }, file_);
}

WeightArchive::Integrity WeightArchive::integrity() const {
  if (const auto* const torch = std::get_if<TorchFile>(&file_))
    return torch->has_checksums() ? Integrity::checked : Integrity::unknown;
  if (!metadata().contains(std::string(kChecksumKey))) return Integrity::unknown;
  return std::get<SafetensorsFile>(file_).checksum_matches() ? Integrity::checked : Integrity::violated;
}

WeightFormat format_for(const fs::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".safetensors") return WeightFormat::safetensors;
  if (extension == ".pth" || extension == ".pt") return WeightFormat::torch;
  fail(path.string(), "has a name that asks for no known kind of weight file",
       "a name that ends in .safetensors or .pth");
}

void write_weight_archive(const fs::path& path, const TensorSource& tensors, const Metadata& metadata) {
  if (format_for(path) == WeightFormat::torch)
    write_torch_file(path, tensors, metadata);
  else
    write_safetensors(path, tensors, metadata);
}

}  // namespace seg
