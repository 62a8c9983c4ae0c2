// SPDX-License-Identifier: Apache-2.0
#include "training/weight_file.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

#include "base/error.h"
#include "engine/memory.h"
#include "formats/weight_archive.h"
#include "tests/support/environment.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/damage.h"
#include "tests/training/small_network.h"
#include "training/out_of_memory.h"

namespace seg {
namespace {

using testing::contains;
using testing::problem_of;
using testing::same_bits;
using testing::small_card;
using testing::small_network;
using testing::SmallTraining;
using testing::TemporaryFolder;

class WeightFile : public ::testing::Test {
 protected:
  std::filesystem::path save(const ParameterStore& parameters) const {
    const auto path = folder_ / "weights.safetensors";
    save_weights(path, small_card(), parameters);
    return path;
  }
  // What the error says about weights of `small_network(3)` in another network.
  std::string misfit(const Graph& other) const {
    const auto path = save(SmallTraining(1).parameters);
    ParameterStore parameters(other, {.gradients = false});
    const Problem problem = problem_of([&] { load_exactly(load_weights(path), parameters, path); });
    EXPECT_EQ(problem.where, path.string());
    return problem.what;
  }

  TemporaryFolder folder_;
};

TEST_F(WeightFile, GivesBackEveryNumberToTheBit) {
  const SmallTraining trained(1);
  ParameterStore other(small_network(), {.gradients = false});
  ASSERT_FALSE(same_bits(other, trained.parameters));
  const auto path = save(trained.parameters);
  load_exactly(load_weights(path), other, path);
  EXPECT_TRUE(same_bits(other, trained.parameters));
}

TEST_F(WeightFile, HoldsRowMajorNumbersOfWeightsThatLieChannelsLast) {
  const SmallTraining trained(1);
  const at::Tensor weight = trained.parameters.value("conv.weight");
  ASSERT_FALSE(weight.is_contiguous());
  const SafetensorsFile file(save(trained.parameters));
  const TensorEntry* const entry = file.find("conv.weight");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->shape, (std::vector<std::int64_t>{4, 3, 3, 3}));
  std::size_t i = 0;
  for (std::int64_t o = 0; o < 4; ++o)
    for (std::int64_t c = 0; c < 3; ++c)
      for (std::int64_t y = 0; y < 3; ++y)
        for (std::int64_t x = 0; x < 3; ++x, ++i) {
          float number = 0;
          std::memcpy(&number, entry->data.data() + i * sizeof number, sizeof number);
          ASSERT_EQ(number, weight[o][c][y][x].item<float>());
        }
}

TEST_F(WeightFile, DescribesItsNetwork) {
  const Weights weights = load_weights(save(SmallTraining(1).parameters));
  EXPECT_EQ(weights.card.model, "bisenetv2");
  EXPECT_EQ(weights.card.class_names, small_card().class_names);
  EXPECT_EQ(weights.card.config, small_card().config);
}

TEST_F(WeightFile, NamesWhatIsMissingWhatIsTooMuchAndWhatDoesNotFit) {
  const std::string other_classes = misfit(small_network(5));
  EXPECT_TRUE(contains(other_classes, "head.conv.weight is [3, 4, 1, 1], not [5, 4, 1, 1]")) << other_classes;

  GraphBuilder less;
  less.output("logits", less.convolution("conv", less.input("image", {}), {.out_channels = 4}));
  const std::string too_much = misfit(less.build());
  EXPECT_TRUE(contains(too_much, "\"bn.weight\" is not in the network")) << too_much;
  EXPECT_TRUE(contains(too_much, "more")) << too_much;  // a long list is cut

  GraphBuilder more;
  more.output("logits", more.convolution("other", more.input("image", {}), {.out_channels = 4}));
  const std::string missing = misfit(more.build());
  EXPECT_TRUE(contains(missing, "other.weight is missing")) << missing;
}

TEST_F(WeightFile, IsRefusedWhenABitOfItsDataChanged) {
  const auto path = save(SmallTraining(1).parameters);
  testing::flip_last_bit(path);
  const Problem problem = problem_of([&] { (void)load_weights(path); });
  EXPECT_EQ(problem.where, path.string());
  EXPECT_TRUE(contains(problem.what, "checksum")) << problem.what;
}

TEST_F(WeightFile, IsRefusedWithNumbersThatAreNotFinite) {
  const SmallTraining trained(1);
  trained.parameters.value("head.conv.bias").fill_(std::numeric_limits<double>::quiet_NaN());
  const auto path = save(trained.parameters);
  const Problem problem = problem_of([&] { (void)read_weights(path); });
  EXPECT_EQ(problem.where, path.string());
  EXPECT_TRUE(contains(problem.what, "not finite (NaN or infinity): \"head.conv.bias\" (3 of 3)")) << problem.what;
}

TEST_F(WeightFile, IsRefusedWithoutADescription) {
  const auto path = folder_ / "foreign.safetensors";
  TensorEntries entries;
  entries.add("conv.weight", at::empty({2}, at::TensorOptions(at::kFloat)).zero_());
  write_safetensors(path, entries.source());
  const Problem problem = problem_of([&] { (void)load_weights(path); });
  EXPECT_EQ(problem.where, path.string());
  EXPECT_TRUE(contains(problem.what, "no description")) << problem.what;
}

TEST_F(WeightFile, OfTorchsKindGivesBackTheSame) {
  const SmallTraining trained(1);
  const auto path = folder_ / "weights.pth";
  save_weights(path, small_card(), trained.parameters);
  EXPECT_TRUE(TorchFile::looks_like_one(read_file(path)));
  ParameterStore other(small_network(), {.gradients = false});
  const Weights weights = load_weights(path);
  load_exactly(weights, other, path);
  EXPECT_TRUE(same_bits(other, trained.parameters));
  EXPECT_EQ(to_json_text(weights.card), to_json_text(small_card()));
  testing::flip_bit(path, 100);  // in the pickle
  EXPECT_THROW((void)load_weights(path), UserError);
}

TEST_F(WeightFile, MayLackCounters) {
  const SmallTraining trained(1);
  const auto path = save(trained.parameters);
  Weights weights = load_weights(path);
  ASSERT_EQ(std::erase_if(weights.tensors, [](const NamedTensor& t) { return t.name == "bn.num_batches_tracked"; }),
            1U);
  ParameterStore other(small_network(), {.gradients = false});
  load_exactly(weights, other, path);
  EXPECT_TRUE(same_bits(other.values(), trained.parameters.values()));
}

TEST_F(WeightFile, OfAForeignKindHasTensorsButNoCard) {
  const auto path = folder_ / "foreign.pth";
  TensorEntries entries;
  entries.add("conv.weight", at::empty({2}, at::TensorOptions(at::kFloat)).zero_());
  write_weight_archive(path, entries.source());
  const FoundWeights found = read_weights(path);
  EXPECT_FALSE(found.card);
  ASSERT_EQ(found.tensors.size(), 1U);
  EXPECT_EQ(found.tensors.front().name, "conv.weight");
}

// Evaluation reads one head; training files of other programs may lack the others, or have them.
TEST_F(WeightFile, ForInferenceNeedsOnlyWhatInferenceReads) {
  ModelCard card = small_card();
  card.model = "bisenetv2";
  const ParameterStore all(graph_of(card), {.gradients = false});
  Weights weights{.card = card, .tensors = all.named_tensors()};
  const ParameterStore with = inference_parameters(weights, "w.pth");
  EXPECT_FALSE(with.contains("aux2.conv_out.1.weight"));
  EXPECT_TRUE(with.contains("head.conv_out.1.weight"));
  std::erase_if(weights.tensors, [](const NamedTensor& tensor) { return tensor.name.starts_with("aux"); });
  EXPECT_TRUE(same_bits(inference_parameters(weights, "w.pth"), with));
  std::erase_if(weights.tensors, [](const NamedTensor& tensor) { return tensor.name == "head.conv.conv.weight"; });
  weights.tensors.push_back({"elsewhere.weight", weights.tensors.front().tensor});
  const Problem problem = problem_of([&] { (void)inference_parameters(weights, "w.pth"); });
  EXPECT_TRUE(contains(problem.what, "head.conv.conv.weight is missing")) << problem.what;
  EXPECT_TRUE(contains(problem.what, "\"elsewhere.weight\" is not in the network")) << problem.what;
}

// Python's own description of the network takes our files without a difference in a name, shape or type.
TEST_F(WeightFile, IsLoadedStrictlyByTheNetworksOfPython) {
  if (testing::python().empty()) GTEST_SKIP() << "no SEG_PYTHON";
  const std::string script = (testing::source_folder() / "tests" / "oracles" / "weight_files.py").string();
  for (const Model* const model : models()) {
    ModelCard card = small_card();
    card.model = std::string(model->name);
    const ParameterStore parameters(graph_of(card), {.gradients = false});
    const std::string torch = folder_ / "model_final.pth", plain = folder_ / "model_final.safetensors";
    save_weights(torch, card, parameters);
    save_weights(plain, card, parameters);
    const std::string command = "'" + testing::python().string() + "' '" + script + "' check '" + torch + "' '" +
                                plain + "' " + card.model + " 3";
    EXPECT_EQ(std::system(command.c_str()), 0) << card.model;
  }
}

TEST_F(WeightFile, LeavesTheMomentaOfACheckpointOut) {
  const auto path = folder_ / "step_000007.safetensors";
  testing::write_checkpoint(path, testing::state_at(7));
  ParameterStore parameters(small_network(), {.gradients = false});
  load_exactly(load_weights(path), parameters, path);
  EXPECT_TRUE(same_bits(parameters, SmallTraining(7).parameters));
}

// Of no number at all, though its other sides are so long that nobody can count them.
TEST(TensorEntries, OfAShapeBeyondAllMemoryAreRefusedByName) {
  const TensorEntry entry{.name = "w", .type = TensorType::f32, .shape = {std::int64_t{1} << 62, 4, 0}, .data = {}};
  const Problem problem = problem_of([&] { (void)to_tensor(entry, "w.safetensors"); });
  EXPECT_EQ(problem.where, "w.safetensors");
  EXPECT_TRUE(contains(problem.what, "has more bytes than can be counted")) << problem.what;
}

// No fault of the file: read_weights() says that memory ran out in reading it.
TEST(TensorEntries, ForWhichMemoryRunsOutAreNotTakenForFaulty) {
  const TensorEntry entry{.name = "w", .type = TensorType::f32, .shape = {std::int64_t{1} << 60}, .data = {}};
  try {
    (void)to_tensor(entry, "w.safetensors");
    ADD_FAILURE();
  } catch (const std::exception& error) {
    EXPECT_TRUE(is_out_of_memory(error)) << error.what();
  }
}

// As it stands in a file.
at::Tensor written(const TensorEntries& entries) {
  TensorEntry entry = entries.heads().front();
  const TensorSource source = entries.source();
  entry.data = source.bytes(0);
  return to_tensor(entry, "memory");
}

TEST(TensorEntries, OutliveTheTensorAndAreRowMajor) {
  TensorEntries entries;
  {
    const at::Tensor columns = at::arange(6, at::TensorOptions(at::kInt)).view({2, 3}).t();
    entries.add("t", columns);
  }
  const at::Tensor read = written(entries);
  EXPECT_EQ(read.sizes(), (at::IntArrayRef{3, 2}));
  EXPECT_EQ(read[0][1].item<int>(), 3);
  EXPECT_EQ(read[2][0].item<int>(), 2);
}

// Weights lie channels-last, so that each has to be brought into the file's order.
TEST(TensorEntries, TakeTheMemoryOfOneTensorWhileAFileIsWritten) {
  if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  constexpr std::int64_t kSide = 512;
  constexpr std::size_t kBytes = kSide * kSide * 4;
  const TemporaryFolder folder;
  TensorEntries entries;
  for (int i = 0; i < 6; ++i)
    entries.add("t" + std::to_string(i), at::arange(kSide * kSide, at::TensorOptions(at::kInt)).view({kSide, -1}).t());
  Arena& arena = *installed_arena();
  for (const char* name : {"t.safetensors", "t.pth"}) {
    const std::size_t before = arena.statistics().in_use;
    arena.reset_peak();
    write_weight_archive(folder / name, entries.source());
    EXPECT_EQ(arena.statistics().peak_in_use - before, kBytes) << name;
    const FoundWeights found = read_weights(folder / name);
    ASSERT_EQ(found.tensors.size(), 6U);
    EXPECT_EQ(found.tensors[5].tensor[1][2].item<int>(), 2 * kSide + 1);
  }
}

TEST(TensorEntries, TakeEveryTypeThatAFileHas) {
  for (const at::ScalarType type : {at::kBool, at::kByte, at::kChar, at::kUInt16, at::kShort, at::kUInt32, at::kInt,
                                    at::kUInt64, at::kLong, at::kHalf, at::kBFloat16, at::kFloat, at::kDouble}) {
    const at::Tensor tensor = at::empty({3}, at::TensorOptions(type));
    std::memset(tensor.mutable_data_ptr(), 1, tensor.nbytes());
    TensorEntries entries;
    entries.add("t", tensor);
    EXPECT_TRUE(same_bits(written(entries), tensor)) << c10::toString(type);
  }
}

}  // namespace
}  // namespace seg
