// SPDX-License-Identifier: Apache-2.0
#include "training/model_card.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "config/evaluation.h"
#include "evaluation/single_scale.h"
#include "models/point_head.h"

namespace seg {
namespace {

using Json = nlohmann::json;

// Values of the keys, which the file repeats.
constexpr const char *kPad = "pad", *kResize = "resize", *kHalfPixel = "half_pixel", *kAlignCorners = "align_corners";

[[noreturn]] void fail_card(const std::string& where, const std::string& what) {
  fail(where, "its description of the network is unusable: " + what,
       "use a weight file that segtrain wrote, or train again");
}

void check(const ModelCard& card, const std::string& where) {
  const auto channels = static_cast<std::size_t>(card.in_channels);
  if (card.num_classes < 1 || card.num_classes > 256)
    fail_card(where, "num_classes = " + std::to_string(card.num_classes));
  if (card.in_channels < 1 || card.in_channels > 1024)
    fail_card(where, "in_channels = " + std::to_string(card.in_channels));
  if (card.mean.size() != channels || card.std.size() != channels)
    fail_card(where, "mean and std do not have one value for each of " + std::to_string(channels) + " channels");
  for (const double deviation : card.std)
    if (!(deviation > 0)) fail_card(where, "a std that is not above 0");
  if (card.point_head) {
    const Refinement& refinement = card.point_head->refinement;
    if (refinement.steps < 0 || refinement.steps > kMostDoublings || refinement.points.value_or(1) < 1)
      fail_card(where, "a point_head that refines no map");
  }
  if (!card.label_values.empty() && card.label_values.size() != static_cast<std::size_t>(card.num_classes))
    fail_card(where, "label_values is not one list for each class");
  for (const auto& values : card.label_values)
    for (const std::int64_t value : values)
      if (value < 0 || value > 255) fail_card(where, "a label value beyond 8 bits");
}

// Whether a member has one of two values, the second of which is the unusual one; older files lack it.
bool is_unusual(const Json& json, const char* member, const char* usual, const char* unusual,
                const std::string& where) {
  const std::string value = json.value(member, usual);
  if (value != usual && value != unusual)
    fail_card(where, std::string(member) + " is neither " + usual + " nor " + unusual);
  return value == unusual;
}

constexpr const char *kBorder = "border", *kZeros = "zeros";

Json json_of(const PointHead& head) {
  return {{"padding", head.padding == PointPadding::zeros ? kZeros : kBorder},
          {"steps", head.refinement.steps},
          {"step_points", head.refinement.points ? Json(*head.refinement.points) : Json()}};
}

std::optional<PointHead> point_head_from(const Json& json, const std::string& where) {
  const auto found = json.find("point_head");
  if (found == json.end() || found->is_null()) return std::nullopt;
  PointHead head{
      .padding = is_unusual(*found, "padding", kBorder, kZeros, where) ? PointPadding::zeros : PointPadding::border,
      .refinement = {.steps = found->at("steps").get<std::int64_t>()}};
  if (const Json& points = found->at("step_points"); !points.is_null())
    head.refinement.points = points.get<std::int64_t>();
  return head;
}

}  // namespace

std::string to_json_text(const ModelCard& card) {
  Json palette = Json::array();
  for (const Rgb& color : card.palette) palette.push_back({color.r, color.g, color.b});
  const Json json = {{"model", card.model},
                     {"num_classes", card.num_classes},
                     {"in_channels", card.in_channels},
                     {"dropout", card.dropout ? Json(*card.dropout) : Json()},
                     {"distance_head", card.distance_head},
                     {"point_head", card.point_head ? json_of(*card.point_head) : Json()},
                     {"pixels", card.pixels == PixelType::u8 ? "u8" : "u16"},
                     {"mean", card.mean},
                     {"std", card.std},
                     {"eval_pad", card.resizes ? kResize : kPad},
                     {"eval_resize", card.align_corners ? kAlignCorners : kHalfPixel},
                     {"ignore_label", card.ignore_label},
                     {"class_names", card.class_names},
                     {"palette", palette},
                     {"label_values", card.label_values},
                     {"config", card.config},
                     {"version", card.version}};
  return json.dump();
}

ModelCard model_card_from_json(std::string_view text, const std::string& where) {
  ModelCard card;
  try {
    const Json json = Json::parse(text);
    card.model = json.at("model").get<std::string>();
    card.num_classes = json.at("num_classes").get<std::int64_t>();
    card.in_channels = json.at("in_channels").get<std::int64_t>();
    if (!json.at("dropout").is_null()) card.dropout = json.at("dropout").get<double>();
    card.distance_head = json.value("distance_head", false);
    card.point_head = point_head_from(json, where);
    card.pixels = json.at("pixels").get<std::string>() == "u16" ? PixelType::u16 : PixelType::u8;
    card.mean = json.at("mean").get<std::vector<double>>();
    card.std = json.at("std").get<std::vector<double>>();
    card.resizes = is_unusual(json, "eval_pad", kPad, kResize, where);
    card.align_corners = is_unusual(json, "eval_resize", kHalfPixel, kAlignCorners, where);
    card.ignore_label = json.at("ignore_label").get<std::int64_t>();
    card.class_names = json.at("class_names").get<std::vector<std::string>>();
    for (const Json& color : json.at("palette"))
      card.palette.push_back(
          {color.at(0).get<std::uint8_t>(), color.at(1).get<std::uint8_t>(), color.at(2).get<std::uint8_t>()});
    if (json.contains("label_values"))
      card.label_values = json.at("label_values").get<std::vector<std::vector<std::int64_t>>>();
    card.config = json.at("config").get<std::string>();
    card.version = json.at("version").get<std::string>();
  } catch (const Json::exception& error) {
    fail_card(where, error.what());
  }
  check(card, where);
  return card;
}

void check_serves(const ModelCard& weights, const ModelCard& wanted, const std::string& where) {
  std::vector<Problem> problems;
  const auto check_equal = [&](const char* what, std::int64_t has, std::int64_t wants) {
    if (has == wants) return;
    problems.push_back(
        {where, "was trained for " + std::to_string(has) + " " + what + ", the data has " + std::to_string(wants),
         "use the config that these weights were trained with, or weights trained for this data"});
  };
  check_equal("classes", weights.num_classes, wanted.num_classes);
  check_equal("channels", weights.in_channels, wanted.in_channels);
  check_equal("bits a value", 8 * bytes_of(weights.pixels), 8 * bytes_of(wanted.pixels));
  if (wanted.point_head && !weights.point_head)
    problems.push_back({where, "was trained without a point head, which point_rend asks for",
                        "point_rend=false, or weights that were trained with point_rend=true"});
  fail_if_any(std::move(problems));
}

Graph graph_of(const ModelCard& card) {
  return find_model(card.model)
      .build({.num_classes = card.num_classes,
              .in_channels = card.in_channels,
              .dropout = card.dropout,
              .distance_head = card.distance_head,
              .point_head = card.point_head ? std::optional(card.point_head->padding) : std::nullopt});
}

Graph inference_graph(const ModelCard& card, const Graph& whole) {
  return for_inference(card.point_head ? with_refinement(whole, card.point_head->refinement) : whole);
}

Normalization normalization_of(const ModelCard& card) {
  return {.pixels = card.pixels == PixelType::u8 ? NumberType::byte : NumberType::word,
          .mean = card.mean,
          .deviation = card.std,
          .scale = 1.0 / static_cast<double>(largest_value(card.pixels))};
}

void set_image_fit(ModelCard& card, const EvaluationConfig& rules) {
  card.resizes = rules.eval_pad == kResize;
  card.align_corners = rules.eval_resize == kAlignCorners;
}

SingleScaleOptions single_scale_options(const ModelCard& card) {
  SingleScaleOptions options{.size_divisor = find_model(card.model).size_divisor,
                             .resizes = card.resizes,
                             .align_corners = card.align_corners};
  for (const double mean : card.mean) options.padding.push_back(mean * static_cast<double>(largest_value(card.pixels)));
  return options;
}

Graph evaluation_graph(const ModelCard& card, std::span<const GraphPass* const> passes, bool casts) {
  const Graph graph =
      with_normalization(with_passes(inference_graph(card, graph_of(card)), passes), normalization_of(card));
  return casts ? with_compute_casts(graph) : graph;
}

}  // namespace seg
