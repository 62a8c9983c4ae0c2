// SPDX-License-Identifier: Apache-2.0
#include "training/settings.h"

#include <ATen/Context.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/machine.h"
#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;

// Of seven images in 20 classes.
class Settings : public ::testing::Test {
 protected:
  Settings() {
    config_.run.max_iter = 95;
    config_.augmentation.cropsize = {64, 96};
    config_.loader.ims_per_gpu = 2;
    config_.step.gradient_accumulation_steps = 2;
  }

  RunSettings resolve(const StoredValues& stored = {}) const { return resolve_settings(config_, data_, stored); }
  std::vector<Problem> problems() const {
    try {
      (void)resolve();
    } catch (const UserError& error) {
      return error.problems();
    }
    return {};
  }

  Config config_;
  FakeDataset data_{{.size = 7}};
};

TEST_F(Settings, TheEffectiveBatchIsImagesTimesAccumulation) { EXPECT_EQ(resolve().samples_per_step, 4); }

TEST_F(Settings, SmallClassifiersAreThoseOfTheTrainingGraph) {
  const auto deviation = [&] {
    const Graph graph = training_graph(config_, resolve());
    const auto weight = std::ranges::find(graph.nodes, "head.conv_out.1.weight", &Node::name);
    const auto& parameter = std::get<ParameterOptions>(weight->options);
    return deviation_of(std::get<KaimingNormalInit>(parameter.init), parameter.shape);
  };
  const double large = deviation();
  EXPECT_NEAR(large, std::sqrt(2.0 / 20), 1e-9) << "of fan_out: 20 classes";
  config_.model.classifier_init = "small";
  EXPECT_NEAR(deviation(), large / 20, 1e-9);
}

TEST_F(Settings, EpochsBecomeStepsRoundedUp) {
  config_.run.max_iter.reset();
  const auto last_step = [&](double epochs) {
    config_.run.max_epochs = epochs;
    return resolve().last_step;
  };
  EXPECT_EQ(last_step(3), 6);  // 21 images, four a step
  EXPECT_EQ(last_step(4), 7);  // 28 images divide
  EXPECT_EQ(last_step(0.001), 1);
}

TEST_F(Settings, AutomaticEvaluationsAreAboutTenARun) {
  EXPECT_EQ(resolve().eval_interval, 10);
  EXPECT_TRUE(resolve().eval_interval_is_auto);
  config_.run.max_iter = 3;
  EXPECT_EQ(resolve().eval_interval, 1);
  config_.evaluation.eval_interval = 7;
  EXPECT_EQ(resolve().eval_interval, 7);
  EXPECT_FALSE(resolve().eval_interval_is_auto);
  config_.evaluation.eval_interval = 0;
  EXPECT_EQ(resolve().eval_interval, 0);
  EXPECT_EQ(num_evaluations(resolve()), 1);
  config_.run.max_iter = 20;
  config_.evaluation.eval_interval = 7;
  EXPECT_EQ(num_evaluations(resolve()), 3);  // at 7, 14 and the end
  config_.evaluation.eval_interval = 10;
  EXPECT_EQ(num_evaluations(resolve()), 2);
}

TEST_F(Settings, CheckpointsGoByTimeUnlessAsked) {
  EXPECT_FALSE(resolve().checkpoint_interval.has_value());
  config_.keeping.checkpoint_interval = 30;
  EXPECT_EQ(resolve().checkpoint_interval, 30);
}

TEST_F(Settings, TheCardDescribesNetworkAndData) {
  config_.dataset.lb_ignore = 11;
  config_.model.dropout = 0.3;
  const ModelCard card = resolve().card;
  EXPECT_EQ(card.model, "bisenetv2");
  EXPECT_EQ(card.num_classes, 20);
  EXPECT_EQ(card.in_channels, 3);
  EXPECT_EQ(card.dropout, 0.3);
  EXPECT_EQ(card.mean, (std::vector<double>{0.4, 0.4, 0.4}));
  EXPECT_EQ(card.ignore_label, 11);
  EXPECT_EQ(card.palette.size(), 20U);
  EXPECT_FALSE(card.resizes);
  config_.evaluation.eval_pad = "resize";
  config_.evaluation.eval_resize = "align_corners";
  EXPECT_TRUE(resolve().card.resizes);
  EXPECT_TRUE(resolve().card.align_corners);
}

TEST_F(Settings, TheCardSaysWhatStoodForAClassInTheLabelFiles) {
  using Values = std::vector<std::vector<std::int64_t>>;
  config_.model.n_cats = 20;
  EXPECT_EQ(resolve().card.label_values.at(13), std::vector<std::int64_t>{13});
  const FakeDataset mapped({.size = 7, .label_values = {{7}, {8, 9}}});
  const Values values = resolve_settings(config_, mapped).card.label_values;
  ASSERT_EQ(values.size(), 20U);
  EXPECT_EQ(Values(values.begin(), values.begin() + 3), (Values{{7}, {8, 9}, {}}));
}

TEST_F(Settings, AllProblemsAreToldAtOnce) {
  config_.augmentation.cropsize = {100, 96};
  config_.model.num_aux_heads = 2;
  config_.model.in_channels = 4;
  config_.dataset.class_names = {"road", "car"};
  config_.dataset.palette = {{1, 2, 3}};
  std::vector<std::string> where;
  for (const Problem& problem : problems()) {
    where.push_back(problem.where);
    EXPECT_FALSE(problem.remedy.empty());
  }
  EXPECT_EQ(where, (std::vector<std::string>{"cropsize", "num_aux_heads", "in_channels", "class_names", "palette"}));
}

TEST_F(Settings, AWrongNumberOfClassesIsToldWithTheOthers) {
  config_.augmentation.cropsize = {100, 96};
  config_.model.n_cats = 3;
  EXPECT_EQ(problems().size(), 2U);
}

TEST_F(Settings, ACropThatDoesNotDivideGetsTheNearestThatDoes) {
  config_.augmentation.cropsize = {100, 300};
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_EQ(problems().front().remedy, "cropsize=96x288");
  config_.augmentation.cropsize = {10, 50};
  EXPECT_EQ(problems().front().remedy, "cropsize=32x64");
}

TEST_F(Settings, ANetworkThatIsNotThereIsRefused) {
  config_.model.model_type = "bisenetv9";
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_EQ(problems().front().where, "model_type");
  config_.model.in_channels = 4;  // what does not depend on the network is found in the same call
  EXPECT_EQ(problems().size(), 2U);
}

TEST_F(Settings, StoredValuesWinOverWhatWouldBeChosenNow) {
  const RunSettings settings = resolve({{"threads", "1"}, {"precision", "bf16"}});
  EXPECT_EQ(settings.shares.threads, 1);
  EXPECT_EQ(settings.precision.name, "bf16");
  EXPECT_EQ(stored_values(settings), (StoredValues{{"threads", "1"}, {"precision", "bf16"}, {"passes", "none"}}));
}

TEST_F(Settings, OnlyASplitThatNobodyConfiguredIsStored) {
  config_.step.gradient_accumulation_steps = 2;
  config_.loader.ims_per_gpu = 4;
  EXPECT_FALSE(stored_values(resolve()).contains("micro_batches"));
  RunSettings split = resolve();
  split.micro_batches = 4;
  EXPECT_EQ(stored_values(split).at("micro_batches"), "4 of 8");
  EXPECT_EQ(stored_values(resolve(stored_values(split))).at("micro_batches"), "4 of 8");
}

TEST_F(Settings, TorchIsSetUpAsTheConfigSays) {
  const int threads = compute_threads();
  config_.run.deterministic = true;
  set_up_torch(config_, 1);
  EXPECT_EQ(compute_threads(), 1);
  EXPECT_TRUE(at::globalContext().deterministicAlgorithms());
  set_up_torch({}, threads);
  EXPECT_FALSE(at::globalContext().deterministicAlgorithms());
}

TEST_F(Settings, ASplitOfTheSameBatchIsTakenUpAgain) {
  config_.step.gradient_accumulation_steps = 2;
  config_.loader.ims_per_gpu = 4;
  const auto parts = [&](const char* text) { return resolve({{"micro_batches", text}}).micro_batches; };
  EXPECT_EQ(resolve().micro_batches, 2);
  EXPECT_EQ(parts("8 of 8"), 8);
  EXPECT_EQ(parts("1 of 8"), 2);   // the user has accumulated more since
  EXPECT_EQ(parts("8 of 16"), 2);  // of another batch
  for (const char* damaged : {"3 of 8", "0 of 8", " of 8", "x", "99999999999999999999 of 8"})
    EXPECT_EQ(parts(damaged), 2) << damaged;
}

TEST_F(Settings, WhatTheUserSaysNowWinsOverStoredValues) {
  config_.precision.precision = "fp32";
  EXPECT_EQ(resolve({{"precision", "bf16"}}).precision.name, "fp32");
  config_.precision.precision = "auto";
  config_.precision.use_fp16 = false;
  EXPECT_EQ(resolve({{"precision", "bf16"}}).precision.name, "fp32");
  config_.run.threads = 1;
  EXPECT_EQ(resolve({{"threads", "2"}}).shares.threads, 1);
  config_.model.passes = {"fuse_batch_norm"};
  EXPECT_EQ(names_of(resolve({{"passes", "none"}}).passes), "fuse_batch_norm");
}

TEST_F(Settings, WhatIsStoredIsChosenAgain) {
  const RunSettings first = resolve();
  const RunSettings again = resolve(stored_values(first));
  EXPECT_EQ(again.shares.threads, first.shares.threads);
  EXPECT_EQ(again.precision.compute, first.precision.compute);
  EXPECT_EQ(again.passes, first.passes);
}

TEST_F(Settings, PassesHoldForTheTrainingGraphAndAreTheUsers) {
  const auto has_phases = [&] {
    const Graph graph = training_graph(config_, resolve());
    return std::ranges::any_of(graph.nodes, [](const Node& node) { return node.op == Op::join_phases; });
  };
  config_.model.passes = {"phase_convolution"};
  EXPECT_TRUE(has_phases());
  config_.model.passes = {"none"};
  EXPECT_FALSE(has_phases());
  config_.model.passes = {"phases"};
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_EQ(problems().front().where, "passes");
}

TEST_F(Settings, ThreadsAndWorkersFitTheMachine) {
  const ThreadShares shares = resolve().shares;
  EXPECT_GE(shares.threads, 1);
  EXPECT_LE(shares.threads + shares.num_workers, usable_processors());
}

TEST_F(Settings, TheLoaderIsToldWhatTheConfigSays) {
  config_.run.seed = 42;
  config_.augmentation.scales = {0.75, 1.5};
  config_.augmentation.flip = 0.25;
  config_.augmentation.color_jitter = {0.1, 0.2, 0.3};
  config_.loader.prefetch_factor = 4;
  config_.dataset.on_bad_sample = "skip";
  config_.dataset.max_bad_samples = 5;
  const LoaderOptions options = loader_options(config_, data_, resolve());
  EXPECT_EQ(options.seed, 42U);
  EXPECT_EQ(options.share.count, 4);
  EXPECT_EQ(options.augmentation.crop_height, 64);
  EXPECT_EQ(options.augmentation.crop_width, 96);
  EXPECT_EQ(options.augmentation.scale_low, 0.75);
  EXPECT_EQ(options.augmentation.scale_high, 1.5);
  EXPECT_EQ(options.augmentation.flip, 0.25);
  EXPECT_EQ(options.augmentation.brightness, 0.1);
  EXPECT_EQ(options.augmentation.contrast, 0.2);
  EXPECT_EQ(options.augmentation.saturation, 0.3);
  EXPECT_EQ(options.augmentation.crop_rule, CropRule::uniform);
  EXPECT_EQ(options.slots, 5);
  EXPECT_EQ(options.pad_label, 255);
  EXPECT_EQ(options.on_bad_sample, OnBadSample::skip);
  EXPECT_EQ(options.max_bad_samples, 5);
}

TEST_F(Settings, PaddingIsIgnoredUnlessAsked) {
  config_.dataset.lb_ignore = 11;
  EXPECT_EQ(loader_options(config_, data_, resolve()).pad_label, 11);
  config_.augmentation.pad_label = 255;
  EXPECT_EQ(loader_options(config_, data_, resolve()).pad_label, 255);
}

TEST_F(Settings, TheReferencesRulesReachTheLoader) {
  config_.augmentation.crop_rule = "reference";
  config_.augmentation.jitter_rounding = "truncate";
  config_.augmentation.jitter_pivot = 74;
  config_.augmentation.jitter_padding = true;
  const LoaderOptions options = loader_options(config_, data_, resolve());
  EXPECT_EQ(options.augmentation.crop_rule, CropRule::reference);
  EXPECT_EQ(options.jitter_rounding, Rounding::truncate);
  EXPECT_EQ(options.jitter_pivots, (std::vector<double>{74, 74, 74}));
  EXPECT_TRUE(options.jitter_padding);
}

TEST_F(Settings, TheTrainingGraphHasOneLossAHead) {
  config_.loss.aux_weight = 0.5;
  config_.loss.loss = "ce";
  config_.dataset.lb_ignore = 11;
  const Graph graph = training_graph(config_, resolve());
  ASSERT_EQ(graph.outputs.size(), 5U);
  for (const Output& output : graph.outputs) {
    EXPECT_EQ(output.role, OutputRole::loss);
    EXPECT_EQ(output.loss_weight, output.name == "logits" ? 1.0 : 0.5) << output.name;
  }
  for (const Node& node : graph.nodes) {
    if (node.op != Op::loss) continue;
    EXPECT_EQ(options_of<LossOptions>(node).kind, LossKind::cross_entropy);
    EXPECT_EQ(options_of<LossOptions>(node).ignore_label, 11);
  }
}

TEST_F(Settings, TheLossHasTheWeightsOfTheClasses) {
  const auto weights_of_losses = [&](const StoredValues& stored = {}) {
    const Graph graph = training_graph(config_, resolve(stored));
    const auto loss = std::ranges::find(graph.nodes, Op::loss, &Node::op);
    return options_of<LossOptions>(*loss).class_weights;
  };
  EXPECT_TRUE(weights_of_losses().empty());
  config_.loss.class_weights = "median_frequency";
  EXPECT_EQ(weights_of_losses(), std::vector<double>(20, 1.0)) << "nobody has counted yet";
  EXPECT_EQ(weights_of_losses({{"class_weights", "0.5,2"}}), (std::vector<double>{0.5, 2}));
  config_.loss.class_weights = std::vector<double>(20, 3.0);
  EXPECT_EQ(weights_of_losses(), std::vector<double>(20, 3.0));
  config_.loss.class_weights = std::vector<double>(19, 3.0);
  ASSERT_EQ(problems().size(), 1U);
  EXPECT_EQ(problems()[0].where, "class_weights");
}

TEST_F(Settings, LossesWeighPixelsNearBoundariesIfAsked) {
  const auto num_operands = [&] {
    std::vector<std::size_t> sizes;
    for (const Node& node : training_graph(config_, resolve()).nodes)
      if (node.op == Op::loss) sizes.push_back(node.inputs.size());
    return sizes;
  };
  EXPECT_EQ(num_operands(), std::vector<std::size_t>(5, 2));
  EXPECT_FALSE(loader_options(config_, data_, resolve()).distances.in_batch);
  config_.boundaries.boundary_weight = 2;
  config_.boundaries.boundary_sigma = 3;
  config_.boundaries.distance_map_radius = 20;
  EXPECT_EQ(num_operands(), std::vector<std::size_t>(5, 3));
  const Graph graph = training_graph(config_, resolve());
  const auto& options = options_of<BoundaryWeightOptions>(find_node(graph, "boundary_weight"));
  EXPECT_EQ(options.weight, 2);
  EXPECT_EQ(options.sigma, 3);
  const LoaderOptions loader = loader_options(config_, data_, resolve());
  EXPECT_TRUE(loader.distances.in_batch);
  EXPECT_EQ(loader.distances.radius, 20);
}

TEST_F(Settings, HalfPrecisionPutsCastsIntoTheTrainingGraph) {
  const auto has_casts = [&](const char* precision) {
    config_.precision.precision = precision;
    const Graph graph = training_graph(config_, resolve());
    return std::ranges::any_of(graph.nodes, [](const Node& node) { return node.op == Op::cast; });
  };
  EXPECT_TRUE(has_casts("bf16"));
  EXPECT_FALSE(has_casts("fp32"));
}

}  // namespace
}  // namespace seg
