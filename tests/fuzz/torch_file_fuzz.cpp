// SPDX-License-Identifier: Apache-2.0
#include "formats/torch_file.h"

#include "formats/torch_writer.h"
#include "tests/formats/torch_maker.h"
#include "tests/fuzz/target.h"

namespace seg::testing {

std::vector<std::string> fuzz_seeds() {
  const std::string bytes(24, '\1');
  const std::vector<TensorEntry> entries = {
      {.name = "a.weight", .type = TensorType::f32, .shape = {2, 3}, .data = as_bytes(bytes)},
      {.name = "b", .type = TensorType::u8, .shape = {}, .data = as_bytes(bytes).first(1)}};
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "segtrain-fuzz-seed.pth";
  write_torch_file(path, entries, {{"key", "text"}});
  const std::string written = read_text(path);
  std::filesystem::remove(path);
  return {written};
}

void fuzz(std::string_view input) {
  const TorchFile file(as_bytes(input), "fuzz");
  for (const TensorEntry& tensor : file.tensors()) read_all(tensor.data);
}

}  // namespace seg::testing
