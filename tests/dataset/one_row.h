// SPDX-License-Identifier: Apache-2.0
// A data set of one image whose label is one row of given values, for tests of what becomes of values.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "config/dataset.h"
#include "dataset/dataset.h"
#include "tests/dataset/image_folder.h"

namespace seg::testing {

inline DatasetConfig config_of_kind(const std::string& name) {
  DatasetConfig config;
  config.dataset = name;
  return config;
}

class OneRow {
 public:
  explicit OneRow(const std::vector<int>& values) : width_(static_cast<std::int64_t>(values.size())) {
    folder_.write_image("image.png", {1, width_, 3, PixelType::u8});
    LabelMap label(1, width_);
    for (std::size_t i = 0; i < values.size(); ++i) label.values()[i] = static_cast<std::uint8_t>(values[i]);
    write_png(folder_ / "label.png", label);
    folder_.write("train.txt", "image.png,label.png\n");
  }

  std::unique_ptr<Dataset> open(DatasetConfig config) const {
    config.im_root = folder_.text();
    config.train_im_anns = "train.txt";
    return open_dataset(config, Split::train);
  }

  // What decode_label() makes of the values.
  std::vector<int> mapped(const DatasetConfig& config) const {
    const auto dataset = open(config);
    EncodedSample encoded;
    LabelMap label;
    dataset->fetch(0, encoded);
    dataset->decode_label(0, encoded, whole(encoded.layout), label);
    return {label.values().begin(), label.values().end()};
  }

  std::string label_path() const { return (folder_ / "label.png").string(); }

 private:
  std::int64_t width_;
  ImageFolder folder_;
};

inline std::vector<int> all_values(int first, int last) {
  std::vector<int> values;
  for (int value = first; value <= last; ++value) values.push_back(value);
  return values;
}

}  // namespace seg::testing
