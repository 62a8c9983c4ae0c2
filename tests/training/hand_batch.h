// SPDX-License-Identifier: Apache-2.0
// A batch of noise for tests: it owns what its view points to, and its labels can be changed.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "loader/host_batch.h"

namespace seg::testing {

struct HandBatchOptions {
  std::int64_t count = 4, height = 16, width = 16, channels = 3;
  PixelType type = PixelType::u8;
  int num_classes = 4;
  int ignore_label = 255;
  std::int64_t step = 1;
  bool has_distances = false;
  std::int64_t num_points = 0;  // of an image
};

class HandBatch {
 public:
  explicit HandBatch(const HandBatchOptions& options = {}) : options_(options) {
    const ImageLayout layout{options.height, options.width, options.channels, options.type};
    const auto count = static_cast<std::size_t>(options.count);
    images_.resize(count * static_cast<std::size_t>(layout.size_bytes()));
    labels_.resize(count * pixels());
    Random random(static_cast<std::uint64_t>(options.step), RandomStream::synthetic, 7);
    for (std::byte& byte : images_) byte = static_cast<std::byte>(random.below(256));
    for (std::uint8_t& label : labels_)
      label = static_cast<std::uint8_t>(random.below(static_cast<std::uint64_t>(options.num_classes)));
    for (std::size_t i = 0; i < count; ++i) {
      sample_numbers_.push_back(static_cast<std::uint64_t>((options.step - 1) * options.count) + i);
      dataset_indices_.push_back(static_cast<std::uint32_t>(count - 1 - i));
    }
    distances_.resize(options.has_distances ? labels_.size() : 0);
    for (std::uint8_t& distance : distances_) distance = static_cast<std::uint8_t>(random.below(256));
    points_.resize(2 * count * static_cast<std::size_t>(options.num_points));
    for (float& coordinate : points_) coordinate = static_cast<float>(random.uniform());
    valid_pixels_.resize(count);
    view_ = BatchView({.step = options.step,
                       .layout = layout,
                       .images = images_,
                       .labels = labels_,
                       .distances = distances_,
                       .points = points_,
                       .valid_pixels = valid_pixels_,
                       .sample_numbers = sample_numbers_,
                       .dataset_indices = dataset_indices_});
    count_valid();
  }
  HandBatch(const HandBatch&) = delete;
  HandBatch& operator=(const HandBatch&) = delete;

  // The first `count` pixels of image i get the label.
  void set_labels(std::int64_t i, std::int64_t count, int label) {
    std::fill_n(labels_.begin() + i * static_cast<std::int64_t>(pixels()), count, static_cast<std::uint8_t>(label));
    count_valid();
  }
  void ignore(std::int64_t i, std::int64_t count) { set_labels(i, count, options_.ignore_label); }
  void ignore_all() {
    for (std::int64_t i = 0; i < options_.count; ++i) ignore(i, options_.height * options_.width);
  }

  const BatchView& view() const { return view_; }

 private:
  std::size_t pixels() const { return static_cast<std::size_t>(options_.height * options_.width); }
  void count_valid() {
    for (std::size_t i = 0; i < valid_pixels_.size(); ++i) {
      const auto labels = std::span(labels_).subspan(i * pixels(), pixels());
      const auto ignored = std::ranges::count(labels, static_cast<std::uint8_t>(options_.ignore_label));
      valid_pixels_[i] = static_cast<std::uint32_t>(pixels()) - static_cast<std::uint32_t>(ignored);
    }
  }

  HandBatchOptions options_;
  std::vector<std::byte> images_;
  std::vector<std::uint8_t> labels_, distances_;
  std::vector<float> points_;
  std::vector<std::uint32_t> valid_pixels_, dataset_indices_;
  std::vector<std::uint64_t> sample_numbers_;
  BatchView view_;
};

}  // namespace seg::testing
