// SPDX-License-Identifier: Apache-2.0
// A network that segtrain can train: one file in this folder, which defines `extern const Model <name>_model`.
//
// The build finds those definitions and generates models(). A model function sees no tensors, no config and no data
// set. Thread-safe: everything here is constant.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "graph/graph.h"

namespace seg {

struct ModelOptions {
  std::int64_t num_classes = 19;
  std::int64_t in_channels = 3;
  std::optional<double> dropout{};           // absent: the model's own
  bool distance_head = false;                // models/distance_head.h
  std::optional<PointPadding> point_head{};  // models/point_head.h: there is one, and how it sees the edges of maps
};

// Where the weights of a trained backbone go (backbone_from). Unused places are empty.
struct Backbone {
  std::array<std::string_view, 4> parts{};  // parameters of the backbone begin with one of these
  std::string_view left_out{};              // what a backbone's own file leaves away at the beginning of its names
  std::string_view ignored{};               // the beginning of what such a file holds besides: a classifier
};

struct Model {
  std::string_view name;
  Graph (*build)(const ModelOptions& options);  // the training graph, auxiliary heads included; input "image"
  std::int64_t num_aux_heads;
  std::int64_t size_divisor;  // height and width of the image must be multiples of it
  Backbone backbone{};
};

std::span<const Model* const> models();  // sorted by name; generated

const Model& find_model(std::string_view name);  // UserError with the nearest name if there is none

}  // namespace seg
