// SPDX-License-Identifier: Apache-2.0
#include "formats/torch_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/random.h"
#include "formats/safetensors.h"
#include "tests/formats/problem_of.h"
#include "tests/formats/torch_maker.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::floats;
using testing::MadeStream;
using testing::MadeTensor;
using testing::TemporaryFolder;
using testing::TorchPickle;
using testing::zip_form;

constexpr float kNumbers[] = {1, 2, 3, 4, 5, 6};

std::vector<float> numbers_of(const TensorEntry* entry) {
  if (entry == nullptr || entry->type != TensorType::f32) return {};
  std::vector<float> numbers(entry->data.size() / sizeof(float));
  if (!numbers.empty()) std::memcpy(numbers.data(), entry->data.data(), entry->data.size());
  return numbers;
}

// Reads every byte a caller may, for the sanitizer to watch.
std::optional<Problem> problem_with(const std::string& content) {
  return testing::refusal_of([&] {
    const TorchFile file(std::as_bytes(std::span(content)), "w.pth");
    unsigned sum = 0;
    for (const TensorEntry& tensor : file.tensors())
      for (const std::byte byte : tensor.data) sum += static_cast<unsigned>(byte);
    volatile unsigned sink = sum;
    (void)sink;
  });
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  const std::size_t begin = text.rfind(part);
  EXPECT_NE(begin, text.npos) << part;
  return begin == text.npos ? text : text.replace(begin, part.size(), by);
}

void expect_refused(const std::string& content, const std::string& part) {
  testing::expect_problem([&] { (void)TorchFile(std::as_bytes(std::span(content)), "w.pth"); }, part);
}

class TorchFiles : public ::testing::Test {
 protected:
  TorchFile open(const std::string& content) const {
    std::ofstream(path_, std::ios::binary) << content;
    return TorchFile(path_);
  }
  // One tensor "a" in a storage of six numbers.
  static std::string pickle_of(MadeTensor tensor, bool is_stream = false) {
    tensor.count = 6;
    TorchPickle p(is_stream);
    p.begin_dict().key("a").tensor(tensor).end_dict();
    return p.finish();
  }
  static std::string zip_of(const MadeTensor& tensor) { return zip_form(pickle_of(tensor), {{"0", six()}}); }
  static std::string stream_of(const MadeTensor& tensor) {
    return MadeStream{.pickle = pickle_of(tensor, true), .storages = {{"0", six()}}}.bytes();
  }
  static std::string six() { return floats({std::begin(kNumbers), std::end(kNumbers)}); }

  TemporaryFolder folder_;
  const fs::path path_ = folder_ / "w.pth";
};

const MadeTensor kWhole = {.shape = {2, 3}, .strides = {3, 1}};

TEST_F(TorchFiles, GiveTensorsOfBothContainers) {
  for (const std::string& content : {zip_of(kWhole), stream_of(kWhole)}) {
    const TorchFile file = open(content);
    ASSERT_EQ(file.tensors().size(), 1u);
    const TensorEntry& tensor = file.tensors().front();
    EXPECT_EQ(tensor.name, "a");
    EXPECT_EQ(tensor.shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(numbers_of(&tensor), (std::vector<float>{1, 2, 3, 4, 5, 6}));
    EXPECT_TRUE(file.metadata().empty());
  }
  EXPECT_TRUE(open(zip_of(kWhole)).has_checksums());
  EXPECT_FALSE(open(stream_of(kWhole)).has_checksums());
}

TEST_F(TorchFiles, MayShareStoragesAndHaveAnyStrides) {
  TorchPickle p;
  p.begin_dict().key("all").tensor({.count = 6, .shape = {6}, .strides = {1}});
  p.key("tail").tensor({.count = 6, .offset = 4, .shape = {2}, .strides = {1}});
  p.key("turned").tensor({.count = 6, .shape = {3, 2}, .strides = {1, 3}}).end_dict();
  const TorchFile file = open(zip_form(p.finish(), {{"0", six()}}));
  ASSERT_EQ(file.tensors().size(), 3u);
  EXPECT_EQ(numbers_of(&file.tensors()[1]), (std::vector<float>{5, 6}));
  EXPECT_EQ(numbers_of(&file.tensors()[2]), (std::vector<float>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(file.tensors()[1].data.data(), file.tensors()[0].data.data() + 16);  // nothing is copied that need not be
}

TEST_F(TorchFiles, MayWrapTensorsInParametersAndHaveTheFunctionsOfOldVersions) {
  MadeTensor tensor = kWhole;
  for (const std::string wrapper : {"_rebuild_parameter", "Parameter"})
    for (const std::string function : {"_rebuild_tensor", "_rebuild_tensor_v2"}) {
      tensor.wrapper = wrapper;
      tensor.function = function;
      EXPECT_EQ(numbers_of(&open(stream_of(tensor)).tensors().front()).size(), 6u) << wrapper << ' ' << function;
    }
}

TEST_F(TorchFiles, AreRefusedIfATensorLeavesItsStorageOrHasNoShape) {
  const std::vector<std::pair<MadeTensor, std::string>> cases = {
      {{.shape = {7}, .strides = {1}}, "leaves its storage of 6 numbers"},
      {{.offset = 1, .shape = {2, 3}, .strides = {3, 1}}, "leaves its storage"},
      {{.offset = -1, .shape = {1}, .strides = {1}}, "negative"},
      {{.shape = {std::int64_t{1} << 62, 4}, .strides = {0, 0}}, "has no size"},
      {{.shape = {2, 3}, .strides = {1}}, "1 stride for its shape"},
      {{.shape = {1 << 30}, .strides = {0}}, "far larger than the file"},
      {{.shape = std::vector<std::int64_t>(65, 1), .strides = std::vector<std::int64_t>(65, 1)}, "no shape"},
      {{.shape = {2, 3}, .strides = {3, 1}, .storage = "DoubleStorage"}, "bytes, not 48"}};
  for (const auto& [tensor, part] : cases)
    expect_refused(zip_of(tensor), part == "no shape" ? "shape that is none" : part);
}

TEST_F(TorchFiles, AreRefusedIfATensorIsMadeOfSomethingElse) {
  // Offset 0 after the storage becomes None.
  expect_refused(zip_form(replaced(pickle_of(kWhole), "QK" + std::string(1, '\0'), "QN"), {{"0", six()}}),
                 R"(tensor "a" has None as a size)");
  TorchPickle no_tensor;
  no_tensor.begin_dict().key("a");
  no_tensor.writer.global("torch._utils", "_rebuild_parameter");
  no_tensor.writer.add(PickleCode::mark);
  no_tensor.writer.add(PickleCode::tuple);
  no_tensor.writer.add(PickleCode::reduce);
  expect_refused(zip_form(no_tensor.end_dict().finish(), {}), R"(tensor "a" is made of no tensor)");
  // A function that is allowed, where the type of a storage belongs.
  expect_refused(zip_of({.shape = {6}, .strides = {1}, .storage = "_utils._rebuild_tensor"}),
                 "a storage of type torch._utils._rebuild_tensor");
}

TEST_F(TorchFiles, AreRefusedIfManyTensorsMakeMuchOfLittle) {
  TorchPickle p;
  p.begin_dict();
  for (int i = 0; i < 5000; ++i)
    p.key(std::to_string(i)).tensor({.count = 100'000, .shape = {100'000}, .strides = {1}});
  p.end_dict();
  expect_refused(zip_form(p.finish(), {{"0", std::string(400'000, 'x')}}), "far larger");
}

TEST_F(TorchFiles, AreRefusedIfStoragesAndPickleDisagree) {
  const std::string pickle = pickle_of(kWhole);
  expect_refused(zip_form(pickle, {}), R"(lacks its storage "0")");
  expect_refused(zip_form(pickle, {{"0", six() + "xxxx"}}), "28 bytes, not 24");
  expect_refused(zip_form(pickle, {{"0", six()}}, "big"), "big-endian");
  expect_refused(zip_form(pickle, {{"0", six()}}, "little", "[1]"), "no JSON object");
  expect_refused(zip_form(pickle, {{"0", six()}}, "little", std::string((std::size_t{16} << 20) + 1, ' ')),
                 "a description that is too long");
  TorchPickle twice;
  twice.begin_dict().key("a").tensor({.count = 6, .shape = {6}, .strides = {1}});
  twice.key("b").tensor({.count = 3, .shape = {3}, .strides = {1}}).end_dict();
  expect_refused(zip_form(twice.finish(), {{"0", six()}}), "twice, and differently");
  TorchPickle negative;
  negative.begin_dict().key("a").tensor({.count = -6, .shape = {0}, .strides = {1}}).end_dict();
  expect_refused(zip_form(negative.finish(), {{"0", six()}}), "has no size");
  testing::ZipMaker program{
      .parts = {{.name = "net/data.pkl", .data = pickle}, {.name = "net/constants.pkl", .data = ""}}};
  expect_refused(program.bytes(), "TorchScript");
  expect_refused(testing::ZipMaker{.parts = {{.name = "readme", .data = "x"}}}.bytes(), "no single");
}

TEST_F(TorchFiles, AreRefusedIfAStreamContradictsItself) {
  const MadeStream right{.pickle = pickle_of(kWhole, true), .storages = {{"0", six()}}};
  MadeStream wrong = right;
  wrong.protocol = 1000;
  expect_refused(wrong.bytes(), "protocol");
  wrong = right;
  wrong.is_little_endian = false;
  expect_refused(wrong.bytes(), "big-endian");
  wrong = right;
  wrong.storages.push_back({"1", six()});
  expect_refused(wrong.bytes(), "no tensor uses");
  wrong.storages.back().first = "0";
  expect_refused(wrong.bytes(), "one twice");
  wrong.storages.clear();
  expect_refused(wrong.bytes(), "lacks its storage");
  for (const std::int64_t count : {std::int64_t{5}, std::int64_t{-1}, std::int64_t{1} << 62}) {
    wrong = right;
    wrong.counts["0"] = count;
    expect_refused(wrong.bytes(), "numbers, not 6");
  }
  expect_refused(right.bytes() + "x", "holds 1 byte behind its last storage");
  wrong = right;
  wrong.storages.clear();
  expect_refused(replaced(wrong.bytes(), "](e.", "}."), "no list of storages");
  wrong = right;
  wrong.pickle = replaced(right.pickle, "NtQ", "\x88tQ");  // True, where None belongs
  expect_refused(wrong.bytes(), R"(storage "0" is a view of another one)");
}

TEST_F(TorchFiles, AreRefusedWhereverTheyWereCut) {
  for (const std::string& content : {zip_of(kWhole), stream_of(kWhole)})
    for (std::size_t length = 0; length < content.size(); ++length)
      EXPECT_TRUE(problem_with(content.substr(0, length))) << "cut to " << length << " of " << content.size();
}

TEST_F(TorchFiles, SurviveEveryFlippedBit) {
  for (const std::string& content : {zip_of(kWhole), stream_of(kWhole)})
    for (std::size_t bit = 0; bit < 8 * content.size(); bit += 3) {  // three and eight have no common divisor
      std::string damaged = content;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      (void)problem_with(damaged);
    }
}

TEST_F(TorchFiles, SurviveDamagedPicklesWithRightChecksums) {
  const std::string pickle = pickle_of(kWhole);
  Random random(3, RandomStream::synthetic, 0);
  for (int round = 0; round < 1500; ++round) {
    std::string damaged = pickle;
    damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    (void)problem_with(zip_form(damaged, {{"0", six()}}));
  }
}

TEST_F(TorchFiles, OfPythonHoldWhatPythonPutThere) {
  if (testing::python().empty()) GTEST_SKIP() << "no SEG_PYTHON";
  const fs::path script = testing::source_folder() / "tests" / "oracles" / "weight_files.py";
  const std::string command =
      "'" + testing::python().string() + "' '" + script.string() + "' write '" + folder_.path().string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  int num_files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_.path())) {
    if (entry.path().extension() != ".pth") continue;
    SCOPED_TRACE(entry.path().filename());
    const TorchFile file(entry.path());
    const SafetensorsFile expected(fs::path(entry.path()).replace_extension(".safetensors"));
    EXPECT_EQ(file.tensors().size(), expected.tensors().size());
    for (const TensorEntry& tensor : expected.tensors()) {
      const TensorEntry* const found = find_entry(file.tensors(), tensor.name);
      ASSERT_NE(found, nullptr) << tensor.name;
      EXPECT_EQ(found->type, tensor.type) << tensor.name;
      EXPECT_EQ(found->shape, tensor.shape) << tensor.name;
      EXPECT_TRUE(std::ranges::equal(found->data, tensor.data)) << tensor.name;
    }
    ++num_files;
  }
  EXPECT_EQ(num_files, 32);
}

}  // namespace
}  // namespace seg
