// SPDX-License-Identifier: Apache-2.0
#include "formats/safetensors.h"

#include <unistd.h>

#include "tests/fuzz/target.h"

namespace seg::testing {
namespace {

std::string number_text(std::uint64_t number) { return {reinterpret_cast<const char*>(&number), sizeof number}; }

}  // namespace

std::vector<std::string> fuzz_seeds() {
  const std::string bytes(24, '\1');
  const std::vector<TensorEntry> entries = {
      {.name = "a.weight", .type = TensorType::f32, .shape = {2, 3}, .data = as_bytes(bytes)},
      {.name = "b", .type = TensorType::u8, .shape = {}, .data = as_bytes(bytes).first(1)},
      {.name = "nothing", .type = TensorType::i64, .shape = {0, 4}, .data = {}}};
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("segtrain-fuzz-seed-" + std::to_string(::getpid()));
  write_safetensors(path, entries, {{"key", "text"}, {"other", "quoted \" and \\\\"}});
  std::string written = read_text(path);
  std::filesystem::remove(path);
  const auto with_header = [](const std::string& json) {
    return number_text(json.size()) + json + std::string(8, '\0');
  };
  return {written,
          std::string("\2\0\0\0\0\0\0\0{}", 10),
          std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10),
          with_header(std::string(50'000, '[')),
          with_header("{\"a\":" + std::string(20'000, '[') + std::string(20'000, ']') + "}"),
          with_header(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})"),
          with_header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})"),
          with_header(R"({"a":{"dtype":["F32"],"shape":{"x":2},"data_offsets":"0,8"},"__metadata__":[1]})")};
}

void fuzz(std::string_view input) {
  const SafetensorsFile file(as_file(input));
  for (const TensorEntry& tensor : file.tensors()) read_all(tensor.data);
  static_cast<void>(file.checksum_matches());
}

}  // namespace seg::testing
