// SPDX-License-Identifier: Apache-2.0
// How well each image of a data set was predicted: a table for spreadsheets, and the worst ones.
//
// Plain data and pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "metrics/boundary_scores.h"
#include "metrics/confusion_matrix.h"

namespace seg {

struct ImageCounts {
  ConfusionMatrix matrix;
  std::optional<BoundaryCounts> boundary = {};
};

struct ImageScore {
  std::size_t index = 0;  // in the data set
  std::string image;      // its path
  Metrics metrics;        // of this image alone; the mean is over the classes that are in its label or its prediction
  std::int64_t valid_pixels = 0;
  std::optional<BoundaryMetrics> boundary = {};
};
ImageScore score_of(std::size_t index, std::string image, const ImageCounts& counts);

// The `count` with the smallest mean IoU, the worst first; images in which nothing is labelled are not among them.
std::vector<ImageScore> worst_of(std::span<const ImageScore> scores, std::size_t count);

// As CSV (RFC 4180): image, means over the classes in it, iou and f1 of each class, the same of boundaries where they
// were measured, valid_pixels; shares from 0 to 1, empty where there is no value. The file appears whole or not at all.
void write_scores(const std::filesystem::path& path, std::span<const ImageScore> scores,
                  const std::vector<std::string>& class_names);

}  // namespace seg
