// SPDX-License-Identifier: Apache-2.0
// What a weight file says of itself, so that whoever loads it needs no config: which network, for which classes, and
// how pixels become its input.
//
// Stored as one JSON text in the file's metadata. Plain data.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "graph/pass_catalogue.h"
#include "graph/passes.h"
#include "graph/point_rend.h"
#include "image/color.h"
#include "image/image.h"
#include "models/model.h"

namespace seg {

struct EvaluationConfig;
struct SingleScaleOptions;

// The metadata key under which the card stands.
inline constexpr std::string_view kModelCardKey = "segtrain.model";

struct PointHead {
  PointPadding padding = PointPadding::border;
  Refinement refinement{};  // in evaluation
};

struct ModelCard {
  std::string model{};  // as in the config's `model_type`
  std::int64_t num_classes = 0;
  std::int64_t in_channels = 3;
  std::optional<double> dropout{};  // absent: the model's own
  bool distance_head = false;       // among the weights; evaluation does without
  std::optional<PointHead> point_head{};
  PixelType pixels = PixelType::u8;
  std::vector<double> mean{}, std{};  // per channel, of pixels scaled to 0 … 1
  // How evaluation fits an image whose sides the network cannot divide: keys eval_pad and eval_resize.
  bool resizes = false;        // and does not pad
  bool align_corners = false;  // where it resizes
  std::int64_t ignore_label = 255;
  std::vector<std::string> class_names{};
  std::vector<Rgb> palette{};
  // By class: the values that stood for it in the label files, ascending. Empty: unknown, as in older files.
  std::vector<std::vector<std::int64_t>> label_values{};
  std::string config{};   // the resolved config as TOML
  std::string version{};  // of the program that wrote the file
};

std::string to_json_text(const ModelCard& card);
// From the config's rules for evaluation.
void set_image_fit(ModelCard& card, const EvaluationConfig& rules);
// UserError naming the file if the text is no card or the card contradicts itself.
ModelCard model_card_from_json(std::string_view text, const std::string& where);

// Weights can serve a data set if classes, channels and the type of pixels agree; UserError naming the weights if not.
void check_serves(const ModelCard& weights, const ModelCard& wanted, const std::string& where);

// The network that the card describes: with all heads, its input the normalised map [N,C,H,W].
Graph graph_of(const ModelCard& card);
// What of it, or of one like it, looks at images: one main output, refined if there is a point head.
Graph inference_graph(const ModelCard& card, const Graph& whole);
// How whole-number images become that input.
Normalization normalization_of(const ModelCard& card);
// How evaluation and prediction show it whole images.
SingleScaleOptions single_scale_options(const ModelCard& card);
// The network as evaluation runs it: whole-number image in, one main output, casts if `casts`.
Graph evaluation_graph(const ModelCard& card, std::span<const GraphPass* const> passes, bool casts);

}  // namespace seg
