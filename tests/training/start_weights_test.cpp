// SPDX-License-Identifier: Apache-2.0
#include "training/start_weights.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/small_network.h"
#include "training/weight_file.h"

namespace seg {
namespace {

using testing::contains;
using testing::small_card;
using testing::TemporaryFolder;

ModelCard card_of(const std::string& model, std::int64_t in_channels = 3) {
  ModelCard card = small_card();
  card.model = model;
  card.in_channels = in_channels;
  return card;
}

at::Tensor ramp(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return at::arange(count, at::TensorOptions(at::kFloat)).view(shape);
}

class StartWeightsTest : public ::testing::Test {
 protected:
  // Bytes instead of floats, since only names, shapes and who gets what are looked at.
  void add(const std::string& name, const at::Tensor& tensor) { file_.add(name, tensor); }
  // What a backbone's own file would hold for this network: names without their beginning, and no counters.
  void add_backbone(const ModelCard& card, const std::string& prefix, const std::string& but = "none") {
    const Graph graph = graph_of(card);
    for (const Node* const node : parameters(graph)) {
      const auto& options = options_of<ParameterOptions>(*node);
      if (!node->name.starts_with(prefix) || options.role == ParameterRole::num_batches_tracked) continue;
      const std::string name = node->name.substr(prefix.size());
      if (name != but) add(name, at::empty(options.shape, at::TensorOptions(at::kChar)).fill_(1));
    }
  }
  std::string write() const {
    const auto path = folder_ / "net.pth";
    write_weight_archive(path, file_.source());
    return path.string();
  }
  StartWeights backbone(const ModelCard& card) const { return start_weights(keys(write(), {}), card); }
  StartWeights finetune(const ModelCard& card) const { return start_weights(keys({}, write()), card); }
  static RunConfig keys(const std::optional<std::string>& backbone, const std::optional<std::string>& whole) {
    RunConfig config;
    config.backbone_from = backbone;
    config.finetune_from = whole;
    return config;
  }
  template <class Body>
  static std::string refusal(const Body& body) {
    try {
      body();
    } catch (const UserError& error) {
      return error.problems().front().what + " / " + error.problems().front().remedy;
    }
    ADD_FAILURE() << "no UserError";
    return {};
  }

  TemporaryFolder folder_;
  TensorEntries file_;
};

TEST_F(StartWeightsTest, AreRandomWithoutTheKeys) {
  const StartWeights begin = start_weights({}, card_of("bisenetv2"));
  EXPECT_TRUE(begin.tensors.empty());
  EXPECT_TRUE(begin.lines.empty());
  EXPECT_TRUE(begin.record.empty());
}

TEST_F(StartWeightsTest, OfAResNetGoIntoTheContextPathWithoutItsClassifier) {
  const ModelCard card = card_of("bisenetv1");
  add_backbone(card, "cp.resnet.");
  add("fc.weight", ramp({10, 4}));
  const StartWeights begin = backbone(card);
  EXPECT_EQ(begin.tensors.size(), 100U);  // 20 convolutions and as many norms of four
  for (const NamedTensor& tensor : begin.tensors) EXPECT_TRUE(tensor.name.starts_with("cp.resnet.")) << tensor.name;
  EXPECT_TRUE(contains(joined(begin.lines, "\n"), "not used: \"fc.weight\"")) << joined(begin.lines, "\n");
  EXPECT_EQ(begin.record.at("backbone_from").at("taken"), 100);
  ParameterStore parameters(graph_of(card), {.gradients = false});
  EXPECT_EQ(parameters.load(begin.tensors).num_loaded, 100);
}

TEST_F(StartWeightsTest, OfABackboneMustFitAsAWhole) {
  const ModelCard card = card_of("bisenetv1");
  add_backbone(card, "cp.resnet.", "layer2.0.bn1.weight");
  add("layer5.0.conv1.weight", ramp({2}));
  const std::string said = refusal([&] { (void)backbone(card); });
  EXPECT_TRUE(contains(said, "cp.resnet.layer2.0.bn1.weight is missing")) << said;
  EXPECT_TRUE(contains(said, "\"cp.resnet.layer5.0.conv1.weight\" is not in the network")) << said;
}

TEST_F(StartWeightsTest, OfSomePartsOfABackboneLeaveTheOthers) {
  const ModelCard card = card_of("bisenetv2");
  const Graph graph = graph_of(card);
  for (const Node* const node : parameters(graph))
    if (node->name.starts_with("detail."))
      add(node->name, at::empty(options_of<ParameterOptions>(*node).shape, at::TensorOptions(at::kChar)).fill_(1));
  const StartWeights begin = backbone(card);
  EXPECT_FALSE(begin.tensors.empty());
  EXPECT_TRUE(contains(joined(begin.lines, "\n"), "begin anew: aux2."));
}

TEST_F(StartWeightsTest, ToFinetuneTakeWhatFitsAndTellTheRest) {
  add("detail.S1.0.bn.weight", ramp({64}));
  add("head.conv_out.1.weight", ramp({19, 1024, 1, 1}));
  add("other.weight", ramp({2}));
  const StartWeights begin = finetune(card_of("bisenetv2"));
  ASSERT_EQ(begin.tensors.size(), 1U);
  EXPECT_EQ(begin.tensors.front().name, "detail.S1.0.bn.weight");
  const std::string said = joined(begin.lines, "\n");
  EXPECT_TRUE(contains(said, "finetune_from: 1 of ")) << said;
  EXPECT_TRUE(contains(said, "head.conv_out.1.weight ([19, 1024, 1, 1] in the file, [3, 1024, 1, 1] here)")) << said;
  EXPECT_TRUE(contains(said, "not used: \"other.weight\"")) << said;
  EXPECT_GT(begin.record.at("finetune_from").at("anew").size(), 100U);  // every name, in the record
}

TEST_F(StartWeightsTest, WithBothKeysThoseToFinetuneCountLast) {
  add("cp.resnet.bn1.weight", ramp({64}));
  const std::string whole = write();
  file_ = {};
  add_backbone(card_of("bisenetv1"), "cp.resnet.");
  const auto resnet = folder_ / "resnet.safetensors";
  write_weight_archive(resnet, file_.source());
  const StartWeights begin = start_weights(keys(resnet.string(), whole), card_of("bisenetv1"));
  ASSERT_EQ(begin.tensors.size(), 101U);
  EXPECT_EQ(begin.tensors.back().name, "cp.resnet.bn1.weight");
  EXPECT_FALSE(contains(begin.lines.back(), "layer1")) << begin.lines.back();
}

TEST_F(StartWeightsTest, WithNothingInCommonNameTheLikelyReason) {
  add("layer1.0.conv1.weight", ramp({2}));
  EXPECT_TRUE(contains(refusal([&] { (void)finetune(card_of("bisenetv1")); }), "backbone_from="));
  EXPECT_TRUE(contains(refusal([&] { (void)backbone(card_of("bisenetv2")); }), "model_type=bisenetv1"));
  file_ = {};
  add("a", ramp({2}));
  EXPECT_TRUE(contains(refusal([&] { (void)finetune(card_of("bisenetv1")); }), "it holds \"a\""));
  EXPECT_TRUE(contains(refusal([&] { (void)backbone(card_of("bisenetv1")); }), "nothing in common"));
  EXPECT_TRUE(contains(refusal([&] { (void)backbone(card_of("bisenetv2")); }), "nothing in common"));
  file_ = {};
  add("conv_out.conv_out.weight", ramp({19 * 64, 256, 1, 1}));
  const std::string shuffled = refusal([&] { (void)finetune(card_of("bisenetv1")); });
  EXPECT_TRUE(contains(shuffled, "pixel-shuffle")) << shuffled;
  save_weights(folder_ / "v2.safetensors", small_card(), testing::SmallTraining(1).parameters);
  const std::string other =
      refusal([&] { (void)start_weights(keys({}, (folder_ / "v2.safetensors").string()), card_of("bisenetv1")); });
  EXPECT_TRUE(contains(other, "holds weights of bisenetv2")) << other;
}

TEST_F(StartWeightsTest, AreAdaptedWhereTheImageHasOtherChannels) {
  const at::Tensor weight = ramp({64, 3, 3, 3});
  add("detail.S1.0.conv.weight", weight);
  const StartWeights gray = finetune(card_of("bisenetv2", 1));
  ASSERT_EQ(gray.tensors.size(), 1U);
  EXPECT_TRUE(gray.tensors[0].tensor.equal(weight.sum(1, true)));
  EXPECT_TRUE(contains(gray.lines.at(1), "the sum over its channels")) << gray.lines.at(1);

  const StartWeights four = finetune(card_of("bisenetv2", 4));
  ASSERT_EQ(four.tensors.size(), 1U);
  EXPECT_TRUE(four.tensors[0].tensor.narrow(1, 0, 3).equal(weight));
  EXPECT_TRUE(four.tensors[0].tensor.narrow(1, 3, 1).equal(weight.mean(1, true)));
  EXPECT_TRUE(contains(refusal([&] { (void)finetune(card_of("bisenetv2", 2)); }), "[64, 2, 3, 3]"));

  file_ = {};
  const at::Tensor single = ramp({64, 1, 3, 3});
  add("detail.S1.0.conv.weight", single);
  const StartWeights color = finetune(card_of("bisenetv2", 3));
  ASSERT_EQ(color.tensors.size(), 1U);
  EXPECT_TRUE(color.tensors[0].tensor.sum(1, true).allclose(single));  // a gray image gives what it gave
}

TEST_F(StartWeightsTest, OnlyConvolutionsOfTheImageAreAdapted) {
  add("detail.S1.0.bn.weight", ramp({64}));
  add("detail.S1.1.conv.weight", ramp({64, 3, 3, 3}));  // of another network: this one wants 64 channels
  const StartWeights begin = finetune(card_of("bisenetv2"));
  EXPECT_EQ(begin.tensors.size(), 1U);
}

}  // namespace
}  // namespace seg
