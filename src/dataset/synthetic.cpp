// SPDX-License-Identifier: Apache-2.0
// Synthetic: procedural streets of any size and number, so that the program can be tried, tested and benchmarked
// without a file. Sample i is street i of an endless town; validation has a part of it that training never sees.
//
// Nothing is stored: decoding draws the window that is asked for, into buffers that each thread keeps.
#include <cassert>
#include <utility>
#include <variant>

#include "base/counted.h"
#include "base/error.h"
#include "config/dataset.h"
#include "dataset/dataset.h"
#include "dataset/street/renderer.h"

namespace seg {
namespace {

using street::kClassColors, street::kClassNames, street::kNumClasses;

constexpr std::uint64_t kTown = 0;  // the same for every run, so that runs with different seeds learn the same data
constexpr std::uint64_t kFirstValidationStreet = std::uint64_t{1} << 32;

// Measured over 2000 training streets; tests compare.
constexpr double kMean[] = {0.379, 0.373, 0.375}, kStd[] = {0.166, 0.163, 0.186};

void check(const DatasetConfig& config) {
  std::vector<Problem> problems;
  const auto* map = std::get_if<std::string>(&config.label_map);
  if (map == nullptr || (*map != "auto" && *map != "none"))
    problems.push_back({.where = "label_map",
                        .what = "has no use with dataset = \"Synthetic\", whose labels are the classes already",
                        .remedy = "leave the key out"});
  if (config.lb_ignore < kNumClasses || config.lb_ignore > 255)
    problems.push_back({.where = "lb_ignore",
                        .what = "is " + std::to_string(config.lb_ignore) + ", but Synthetic has the classes 0 to " +
                                std::to_string(kNumClasses - 1),
                        .remedy = "leave the key out, or a value of " + std::to_string(kNumClasses) + " to 255"});
  const auto check_channels = [&](const char* key, const std::optional<std::vector<double>>& values) {
    if (values && values->size() != 3)
      problems.push_back({.where = key,
                          .what = "has " + counted(values->size(), "value") + " for images of 3 channels",
                          .remedy = "give a value for each channel, or leave the key out"});
  };
  check_channels("mean", config.mean);
  check_channels("std", config.std);
  fail_if_any(std::move(problems));
}

class Synthetic final : public Dataset {
 public:
  Synthetic(const DatasetConfig& config, Split split)
      : height_(config.synthetic_size.height),
        width_(config.synthetic_size.width),
        count_(static_cast<std::size_t>(split == Split::train ? config.synthetic_images : config.synthetic_val_images)),
        split_(split) {
    traits_.ignore_label = static_cast<std::uint8_t>(config.lb_ignore);
    traits_.num_classes = kNumClasses;
    traits_.class_names.assign(std::begin(kClassNames), std::end(kClassNames));
    traits_.palette.assign(std::begin(kClassColors), std::end(kClassColors));
    traits_.mean = config.mean.value_or(std::vector<double>(std::begin(kMean), std::end(kMean)));
    traits_.std = config.std.value_or(std::vector<double>(std::begin(kStd), std::end(kStd)));
  }

  std::size_t size() const noexcept override { return count_; }
  std::string name(std::size_t i) const override {
    return "Synthetic " + std::string(name_of(split_)) + " image " + std::to_string(i);
  }
  std::string label_name(std::size_t i) const override {
    return "Synthetic " + std::string(name_of(split_)) + " label " + std::to_string(i);
  }

  void fetch(std::size_t, EncodedSample& encoded) const override {
    encoded.layout = {.height = height_, .width = width_, .channels = 3, .type = PixelType::u8};
  }
  void fetch_label(std::size_t i, EncodedSample& encoded) const override { fetch(i, encoded); }

  void decode_image(std::size_t i, const EncodedSample&, const Window& window, Image& image) const override {
    if (window.height == 0 || window.width == 0)
      image.resize({window.height, window.width, 3, PixelType::u8});
    else
      renderer().draw_image(street_of(i), picture_of(window), image);
  }

  void decode_label(std::size_t i, const EncodedSample&, const Window& window, LabelMap& label) const override {
    if (window.height == 0 || window.width == 0)
      label.resize(window.height, window.width);
    else
      renderer().draw_labels(street_of(i), picture_of(window), traits_.ignore_label, label);
  }

 private:
  static street::Renderer& renderer() {
    static thread_local street::Renderer renderer;  // for its buffers; what it draws does not depend on them
    return renderer;
  }

  street::Street street_of(std::size_t i) const {
    assert(i < count_);
    return street::make_street(kTown, (split_ == Split::train ? 0 : kFirstValidationStreet) + i);
  }

  street::Picture picture_of(const Window& window) const noexcept {
    assert(window.within(height_, width_));
    return {.height = height_, .width = width_, .window = window};
  }

  std::int64_t height_, width_;
  std::size_t count_;
  Split split_;
};

std::unique_ptr<Dataset> open(const DatasetConfig& config, Split split, const FileSource&,
                              std::vector<Problem>* /*absent*/) {
  check(config);
  return std::make_unique<Synthetic>(config, split);
}

}  // namespace

extern const DatasetKind synthetic_dataset;
const DatasetKind synthetic_dataset{.name = "Synthetic", .open = open};

}  // namespace seg
