// SPDX-License-Identifier: Apache-2.0
// The page that `segtrain check --html` writes: problems first, shares of the classes, samples with their labels.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "image/color.h"
#include "image/image.h"

namespace seg {

struct ClassOnPage {
  std::string name;
  Rgb color;
  std::int64_t pixels = 0, images = 0;
  double share = 0;
};

struct PictureOnPage {
  std::string caption;
  Image picture;  // 8-bit RGB
};

struct SplitOnPage {
  std::string name;  // "training data"
  std::size_t images = 0;
  std::string facts;  // a line: sizes, mean and deviation
  std::vector<ClassOnPage> classes = {};
  std::vector<PictureOnPage> pictures = {};
};

struct CheckPage {
  std::string title;
  std::vector<Problem> problems = {}, warnings = {};
  std::vector<SplitOnPage> splits = {};
};

std::string to_html(const CheckPage& page);

}  // namespace seg
