// SPDX-License-Identifier: Apache-2.0
// Whole runs with PointRend: training, every protocol of evaluation, checkpoints, and what uses the weights afterwards.
#include <gtest/gtest.h>

#include <string>

#include "dataset/dataset.h"
#include "evaluation/predictor.h"
#include "evaluation/results.h"
#include "tests/training/tiny_run.h"
#include "training/point_settings.h"
#include "training/segmenter.h"
#include "training/validation.h"
#include "training/weight_file.h"

namespace seg {
namespace {

using Json = nlohmann::json;
using testing::same_tensors;
using testing::TinyRun;
using testing::Words;

Words with_points(Words more = {}) {
  more.insert(more.begin(), {"point_rend=true", "point_rend_points=60"});
  return more;
}

TEST(PointRendRun, TrainsTheHeadAndKeepsItWithTheWeights) {
  for (const char* model : {"bisenetv1", "bisenetv2"}) {
    const TinyRun run(with_points({"model_type=" + std::string(model), "max_iter=2"}));
    ASSERT_TRUE(run.train().is_complete);
    const Json losses = run.metrics("step").back().at("losses");
    ASSERT_TRUE(losses.contains("points")) << losses;
    EXPECT_GT(losses.at("points").get<double>(), 0);
    const Weights weights = load_weights(run.final_weights());
    ASSERT_TRUE(weights.card.point_head.has_value());
    const at::Tensor* const trained = find_tensor(weights.tensors, "point_head.fc1.weight");
    ASSERT_NE(trained, nullptr);
    EXPECT_EQ(trained->sizes(), (std::vector<std::int64_t>{256, 64 + 11, 1, 1}));
  }
}

TEST(PointRendRun, PointsMayComeFromBoundaries) {
  for (const char* source : {"boundary", "mixed"}) {
    const TinyRun run(with_points({"point_source=" + std::string(source), "max_iter=2"}));
    ASSERT_TRUE(run.train().is_complete);
    EXPECT_GT(run.metrics("step").back().at("losses").at("points").get<double>(), 0) << source;
  }
}

TEST(PointRendRun, GoesOnAfterACheckpointAsIfItHadNotStopped) {
  const TinyRun whole(with_points()), resumed(with_points());
  (void)whole.train();
  EXPECT_TRUE(resumed.train({}, Resume::from_file, whole.checkpoint(4)).is_complete);
  EXPECT_TRUE(same_tensors(whole.final_weights(), resumed.final_weights()));
}

TEST(PointRendRun, EveryProtocolRefinesAndTheWeightsSayWhatTheRunSaid) {
  const TinyRun run(with_points({"eval_protocols=ss,ssc,msf,mscf", "eval_scales=0.75,1.5", "point_rend_steps=3"}));
  const Json json = run.train().json;
  const Json protocols = json.at("metrics").at("protocols");
  for (const char* name : {"ss", "ssc", "msf", "mscf"}) EXPECT_EQ(protocols.at(name).at("images"), 3) << name;

  const Weights weights = load_weights(run.final_weights());
  EXPECT_EQ(weights.card.point_head->refinement.steps, 3);
  const auto results_with = [&](const Words& more) {
    Words keys = with_points({"eval_protocols=ss,ssc,msf,mscf", "eval_scales=0.75,1.5"});
    keys.insert(keys.end(), more.begin(), more.end());
    const ResolvedConfig config = testing::tiny_config(keys);
    const auto data = open_dataset(config.config.dataset, Split::validation);
    RunSettings settings = resolve_settings(config.config, *data);
    settings.card = weights.card;
    set_refinement(settings.card, config);
    ParameterStore parameters = inference_parameters(weights, run.final_weights());
    Validation validation(config.config, settings, *data, parameters, silent_log());
    EXPECT_TRUE(validation.run());
    return to_json(validation.results());
  };
  EXPECT_EQ(results_with({"point_rend_steps=3"}), protocols);
  const Json summed = results_with({"point_rend_steps=3", "window_overlap=sum"});
  EXPECT_EQ(summed.at("ssc").at("images"), 3);
  // A head that has hardly learned anything changes what is said.
  const Json coarse = results_with({"point_rend_steps=0"});
  EXPECT_NE(coarse, protocols);
  EXPECT_EQ(results_with({"point_rend=false"}), coarse);
  EXPECT_EQ(results_with({}), protocols) << "as the weights say";
}

TEST(PointRendRun, PredictionsAreRefinedWholeAndInTiles) {
  const TinyRun run(with_points());
  (void)run.train();
  const auto labels_with = [&](std::int64_t steps, const TileChoice& tiles) {
    Weights weights = load_weights(run.final_weights());
    weights.card.point_head->refinement.steps = steps;
    Segmenter segmenter(run.final_weights(), weights, {});
    Image image({64, 128, 3, PixelType::u8});
    for (std::int64_t y = 0; y < 64; ++y)
      for (std::uint8_t& value : image.row<std::uint8_t>(y)) value = static_cast<std::uint8_t>(y * 4);
    const Prediction prediction = Predictor(segmenter.single_scale(), {.tiles = tiles}).predict(image);
    return std::vector<std::uint8_t>(prediction.labels.values().begin(), prediction.labels.values().end());
  };
  for (const TileChoice& tiles :
       {TileChoice{.mode = TileChoice::Mode::off}, TileChoice{.mode = TileChoice::Mode::fixed, .size = {64, 64}}}) {
    EXPECT_NE(labels_with(2, tiles), labels_with(0, tiles));
    EXPECT_EQ(labels_with(2, tiles), labels_with(2, tiles));
  }
}

TEST(PointRendRun, TooManyDoublingsAreRefusedBeforeTheRunBegins) {
  const TinyRun run(with_points({"point_rend_steps=4"}));
  const auto problems = run.refusal();
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems.front().where, "point_rend_steps");
}

}  // namespace
}  // namespace seg
