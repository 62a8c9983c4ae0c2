// SPDX-License-Identifier: Apache-2.0
// A data set in memory for tests of the loader: pixels are a function of the image's number, sizes differ from image to
// image, reading may be slow or fail, and nothing is allocated once the caller's buffers are large enough.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "dataset/dataset.h"

namespace seg::testing {

struct FakeDatasetOptions {
  std::size_t size = 7;
  std::int64_t channels = 3;
  PixelType type = PixelType::u8;
  std::int64_t height = 40, width = 60;  // of image 0
  bool sizes_differ = true;              // others are up to 8 larger
  std::set<std::size_t> bad = {};        // images whose file is damaged
  std::set<std::size_t> broken = {};     // images at which the program has a bug
  std::set<std::size_t> huge = {};       // images for which memory is too small
  bool is_slow = false;                  // some images take some milliseconds
  std::vector<std::vector<std::uint8_t>> label_values = {};
  std::vector<std::size_t>* announced = nullptr;  // gets what is announced; for loaders without workers
  std::vector<std::size_t>* fetched = nullptr;    // and what is fetched
  std::set<std::size_t> slow_images = {};         // take twenty milliseconds
};

class FakeDataset final : public Dataset {
 public:
  explicit FakeDataset(FakeDatasetOptions options = {}) : options_(std::move(options)) {
    traits_.channels = options_.channels;
    traits_.type = options_.type;
    traits_.ignore_label = 255;
    traits_.num_classes = 20;
    traits_.label_values = options_.label_values;
    traits_.mean.assign(static_cast<std::size_t>(options_.channels), 0.4);
    traits_.std.assign(static_cast<std::size_t>(options_.channels), 0.2);
  }

  std::size_t size() const noexcept override { return options_.size; }
  std::string name(std::size_t i) const override { return "image_" + std::to_string(i) + ".png"; }
  std::string label_name(std::size_t i) const override { return "label_" + std::to_string(i) + ".png"; }

  ImageLayout layout_of(std::size_t i) const {
    const std::size_t number = options_.sizes_differ ? i : 0;
    return {.height = options_.height + static_cast<std::int64_t>(number * 5 % 9),
            .width = options_.width + static_cast<std::int64_t>(number * 7 % 9),
            .channels = options_.channels,
            .type = options_.type};
  }

  void announce(std::size_t i) const override {
    if (options_.announced != nullptr) options_.announced->push_back(i);
  }

  void fetch(std::size_t i, EncodedSample& encoded) const override {
    if (options_.fetched != nullptr) options_.fetched->push_back(i);
    if (options_.is_slow && i % 3 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (options_.slow_images.contains(i)) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (options_.bad.contains(i)) fail(name(i), "the PNG is truncated", "copy it again");
    if (options_.huge.contains(i)) throw std::bad_alloc();
    if (options_.broken.contains(i)) throw std::runtime_error("a bug at " + name(i));
    encoded.images.resize(1);
    encoded.images[0].resize(options_.sizes_differ ? 100 + i : 100);
    encoded.label.resize(10);
    encoded.layout = layout_of(i);
  }
  void fetch_label(std::size_t i, EncodedSample& encoded) const override { fetch(i, encoded); }

  void decode_image(std::size_t i, const EncodedSample& encoded, const Window& window, Image& image) const override {
    ImageLayout layout = encoded.layout;
    layout.height = window.height;
    layout.width = window.width;
    image.resize(layout);
    for (std::int64_t y = 0; y < window.height; ++y) {
      if (layout.type == PixelType::u8)
        fill<std::uint8_t>(i, window, y, image);
      else
        fill<std::uint16_t>(i, window, y, image);
    }
  }

  void decode_label(std::size_t i, const EncodedSample&, const Window& window, LabelMap& label) const override {
    label.resize(window.height, window.width);
    for (std::int64_t y = 0; y < window.height; ++y) {
      std::uint8_t* row = label.row(y).data();
      for (std::int64_t x = 0; x < window.width; ++x) row[x] = label_at(i, window.top + y, window.left + x);
    }
  }

  static std::uint8_t label_at(std::size_t i, std::int64_t y, std::int64_t x) {
    const auto region = static_cast<std::size_t>(y / 5 * 3 + x / 7) + i;
    return region % 6 == 5 ? 255 : static_cast<std::uint8_t>(region % 20);
  }

 private:
  template <class T>
  static void fill(std::size_t i, const Window& window, std::int64_t y, Image& image) {
    T* row = image.row<T>(y).data();
    for (std::int64_t x = 0; x < window.width; ++x) {
      for (std::int64_t c = 0; c < image.channels(); ++c) {
        const auto seed = static_cast<std::uint64_t>((window.top + y) * 1009 + (window.left + x) * 31 + c * 7) + i * 77;
        *row++ = static_cast<T>(seed * 0x9E3779B97F4A7C15 >> 40);
      }
    }
  }

  FakeDatasetOptions options_;
};

}  // namespace seg::testing
