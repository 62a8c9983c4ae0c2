// SPDX-License-Identifier: Apache-2.0
#include "formats/torch_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>
#include <stdexcept>

#include "formats/safetensors.h"
#include "formats/torch_file.h"
#include "tests/formats/problem_of.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::expect_problem;
using testing::TemporaryFolder;

// One tensor of every type that torch has a storage for, a number without dimensions and one without numbers.
class Tensors {
 public:
  Tensors() {
    std::iota(reinterpret_cast<unsigned char*>(data_.data()), reinterpret_cast<unsigned char*>(data_.data()) + 48, 1);
    for (const TensorType type : {TensorType::f32, TensorType::f64, TensorType::f16, TensorType::bf16, TensorType::i64,
                                  TensorType::i32, TensorType::i16, TensorType::i8, TensorType::u8})
      add("layer." + std::string(name_of(type)), type, {2, 3});
    add("number", TensorType::i64, {});
    add("empty", TensorType::f32, {0, 3});
    data_[0] = data_[1] = std::byte{1};
    add("truth", TensorType::boolean, {2});
  }
  void add(const std::string& name, TensorType type, const std::vector<std::int64_t>& shape) {
    entries.push_back({name, type, shape, std::span(data_).first(static_cast<std::size_t>(*bytes_of(type, shape)))});
  }
  std::vector<TensorEntry> entries;

 private:
  std::array<std::byte, 48> data_{};
};

TEST(TorchWriter, WritesWhatIsReadAgainWithItsMetadata) {
  const TemporaryFolder folder;
  const Tensors tensors;
  const Metadata metadata = {{"segtrain.model", "{\"model\": \"straße\"}"}, {"note", "line\nbreak"}};
  write_torch_file(folder / "w.pth", tensors.entries, metadata);
  const TorchFile file(folder / "w.pth");
  EXPECT_EQ(file.metadata(), metadata);
  ASSERT_EQ(file.tensors().size(), tensors.entries.size());
  for (std::size_t i = 0; i < tensors.entries.size(); ++i) {
    EXPECT_EQ(file.tensors()[i].name, tensors.entries[i].name);
    EXPECT_EQ(file.tensors()[i].type, tensors.entries[i].type);
    EXPECT_EQ(file.tensors()[i].shape, tensors.entries[i].shape);
    EXPECT_TRUE(std::ranges::equal(file.tensors()[i].data, tensors.entries[i].data));
  }
}

TEST(TorchWriter, WritesWhatTorchLoadsWithWeightsOnly) {
  if (testing::python().empty()) GTEST_SKIP() << "no SEG_PYTHON";
  const TemporaryFolder folder;
  const Tensors tensors;
  write_torch_file(folder / "w.pth", tensors.entries, {{"segtrain.model", "{}"}});
  write_safetensors(folder / "w.safetensors", tensors.entries);
  const std::string script = (testing::source_folder() / "tests" / "oracles" / "weight_files.py").string();
  const std::string command = "'" + testing::python().string() + "' '" + script + "' check '" +
                              (folder / "w.pth").string() + "' '" + (folder / "w.safetensors").string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(TorchWriter, RefusesWhatTorchCannotHold) {
  const TemporaryFolder folder;
  Tensors words;
  words.add("words", TensorType::u16, {3});
  expect_problem([&] { write_torch_file(folder / "w.pth", words.entries); }, R"("words" of type U16)");
  const Tensors tensors;
  expect_problem([&] { write_torch_file(folder / "w.pth", tensors.entries, {{"a", "\xff"}}); }, "UTF-8");
  Tensors broken;
  broken.add("\xff", TensorType::i64, {});
  expect_problem([&] { write_torch_file(folder / "w.pth", broken.entries); }, "a name that is not UTF-8");
  Tensors twice;
  twice.add("number", TensorType::i64, {});
  EXPECT_THROW(write_torch_file(folder / "w.pth", twice.entries), std::logic_error);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace seg
