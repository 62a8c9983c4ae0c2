// SPDX-License-Identifier: Apache-2.0
// Opens every pair of image and label: sizes, depth, the values or colours of labels, the moments of images.
//
// All labels are decoded. Images are decoded where they are measured (so many, evenly spread; only of the training
// part where there is one), otherwise their headers and ends are looked at. What cannot be used is named and left
// out, and so is what differs in kind from most others: 16 bits among 8, other channels, coloured labels among class
// numbers. The result does not depend on the number of threads. Thread-safe.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "dataset/image_moments.h"
#include "dataset/layout.h"
#include "image/color.h"
#include "image/image.h"

namespace seg {

struct SurveyOptions {
  std::size_t measured_images = 1000;  // at most; 0: no mean and deviation
  int threads = 1;
  // Called now and then with the number of pairs done, by one thread at a time.
  std::function<void(std::size_t done)> progress = {};
};

struct ValueCount {
  std::int64_t pixels = 0, images = 0;
};

struct ColorCount {
  Rgb color;
  std::int64_t pixels = 0, images = 0;
};

// More are counted no further: such labels are photographs, or their edges are blended.
inline constexpr std::size_t kMostLabelColors = 256;

// What the values of one label file are.
enum class LabelValues : std::uint8_t {
  unclear,  // only 0, or only 255
  mask,     // 0 and 255, both and nothing else
  numbers,
  colors
};

struct Survey {
  std::vector<ImageAndLabel> pairs;       // that can be used, in the order given
  std::vector<LabelValues> label_values;  // of each pair
  std::vector<Problem> dropped;           // why the others cannot
  std::int64_t smallest_height = 0, smallest_width = 0, largest_height = 0, largest_width = 0;  // each side alone
  std::int64_t channels = 3;  // of all images, but for gray ones among those of 3; 1 if all are gray
  PixelType type = PixelType::u8;
  bool has_color_labels = false;
  std::array<ValueCount, 256> values{};  // of labels that hold numbers
  // The colours that the palettes of label files give their values; none if they disagree. Of measured images only.
  std::array<std::optional<Rgb>, 256> palette{};
  std::vector<ColorCount> colors;  // of coloured labels, sorted; of more than kMostLabelColors only the first
  std::vector<std::optional<ImageMoments>> moments;  // of each pair's image, if it was measured
};

// `root` is the folder that paths start from.
Survey survey_pairs(const std::vector<ImageAndLabel>& pairs, const std::filesystem::path& root,
                    const SurveyOptions& options = {}, const FileSource& files = disk());

}  // namespace seg
