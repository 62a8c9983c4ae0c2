// SPDX-License-Identifier: Apache-2.0
#include "formats/weight_archive.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "tests/formats/problem_of.h"
#include "tests/formats/torch_maker.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::expect_problem;
using testing::TemporaryFolder;

class WeightArchives : public ::testing::Test {
 protected:
  void write(const fs::path& path) const { write_weight_archive(path, std::array{entry_}, {{"note", "n"}}); }

  const std::array<std::byte, 8> data_ = {std::byte{1}, std::byte{2}};
  const TensorEntry entry_ = {.name = "a", .type = TensorType::f32, .shape = {2}, .data = data_};
  TemporaryFolder folder_;
};

TEST_F(WeightArchives, OfEveryKindLookTheSame) {
  for (const char* const name : {"w.safetensors", "w.pth", "w.pt"}) {
    write(folder_ / name);
    const fs::path other = folder_ / "of-another-name.bin";  // the content tells the kind
    fs::copy_file(folder_ / name, other, fs::copy_options::overwrite_existing);
    const WeightArchive archive(other);
    ASSERT_EQ(archive.tensors().size(), 1u) << name;
    ASSERT_NE(archive.find("a"), nullptr) << name;
    EXPECT_EQ(archive.find("b"), nullptr);
    EXPECT_TRUE(std::ranges::equal(archive.find("a")->data, data_)) << name;
    EXPECT_EQ(archive.metadata().at("note"), "n") << name;
    EXPECT_EQ(archive.integrity(), WeightArchive::Integrity::checked) << name;
  }
}

TEST_F(WeightArchives, ThatAreEmptyFilesSaySo) {
  for (const char* const name : {"w.safetensors", "w.pth"}) {
    write_file(folder_ / name, "");
    expect_problem([&] { WeightArchive archive(folder_ / name); }, "is empty");
  }
}

TEST_F(WeightArchives, KnowWhetherTheirDataAreWhatWasWritten) {
  const std::string header = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  std::ofstream(folder_ / "foreign.safetensors", std::ios::binary)
      << testing::ZipMaker::u64(header.size()) << header << "12345678";
  EXPECT_EQ(WeightArchive(folder_ / "foreign.safetensors").integrity(), WeightArchive::Integrity::unknown);

  write(folder_ / "w.safetensors");
  std::fstream file(folder_ / "w.safetensors", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-1, std::ios::end);
  file << 'x';
  file.close();
  EXPECT_EQ(WeightArchive(folder_ / "w.safetensors").integrity(), WeightArchive::Integrity::violated);
}

TEST_F(WeightArchives, OfPyTorchAreKnownByTheirContent) {
  write(folder_ / "w.pth");
  write(folder_ / "w.safetensors");
  fs::rename(folder_ / "w.pth", folder_ / "w");
  EXPECT_TRUE(is_torch_file(folder_ / "w"));
  EXPECT_FALSE(is_torch_file(folder_ / "w.safetensors"));
}

TEST_F(WeightArchives, AreWrittenAsTheirNameAsks) {
  EXPECT_EQ(format_for("a/b.pth"), WeightFormat::torch);
  EXPECT_EQ(format_for("b.safetensors"), WeightFormat::safetensors);
  expect_problem([] { (void)format_for("b.bin"); }, "no known kind");
}

TEST_F(WeightArchives, OfNoKnownKindAreRefused) {
  std::ofstream(folder_ / "short") << "PK";
  expect_problem([&] { (void)WeightArchive(folder_ / "short"); }, "too short");
  std::ofstream(folder_ / "text") << "this is a text, and a rather long one";
  expect_problem([&] { (void)WeightArchive(folder_ / "text"); }, "neither a safetensors file nor one of PyTorch");
  expect_problem([&] { (void)WeightArchive(folder_ / "none"); }, "");
}

}  // namespace
}  // namespace seg
