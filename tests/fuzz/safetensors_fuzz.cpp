// SPDX-License-Identifier: Apache-2.0
#include "formats/safetensors.h"

#include "tests/fuzz/target.h"

namespace seg::testing {

std::vector<std::string> fuzz_seeds() {
  const std::string bytes(24, '\1');
  const std::vector<TensorEntry> entries = {
      {.name = "a.weight", .type = TensorType::f32, .shape = {2, 3}, .data = as_bytes(bytes)},
      {.name = "b", .type = TensorType::u8, .shape = {}, .data = as_bytes(bytes).first(1)},
      {.name = "nothing", .type = TensorType::i64, .shape = {0, 4}, .data = {}}};
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "segtrain-fuzz-seed.safetensors";
  write_safetensors(path, entries, {{"key", "text"}, {"other", "quoted \" and \\\\"}});
  std::string written = read_text(path);
  std::filesystem::remove(path);
  return {written, std::string("\2\0\0\0\0\0\0\0{}", 10)};
}

void fuzz(std::string_view input) {
  const SafetensorsFile file(as_file(input));
  for (const TensorEntry& tensor : file.tensors()) read_all(tensor.data);
  static_cast<void>(file.checksum_matches());
}

}  // namespace seg::testing
