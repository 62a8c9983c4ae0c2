// SPDX-License-Identifier: Apache-2.0
// Draws a street: pixels and class labels, any window of an image of any size.
//
// Every pixel is a pure function of the street, the image's size and its place, so a window equals the same part of the
// whole image; only the window is computed (for images also a border of one pixel, for the blur of the lens).
// A Renderer is a worker's own: it keeps its buffers, which are those of a band of the window, from call to call.
// Results do not depend on it.
#pragma once
#include <cstdint>
#include <vector>

#include "dataset/street/street.h"
#include "image/image.h"

namespace seg::street {

struct Picture {
  std::int64_t height = 0, width = 0;  // of the whole image
  Window window;                       // what of it is drawn; not empty
};

class Renderer {
 public:
  void draw_image(const Street& street, const Picture& picture, Image& image);  // RGB, 8 bits
  void draw_labels(const Street& street, const Picture& picture, std::uint8_t ignore, LabelMap& labels);

 private:
  enum class Wanted { colors, labels };
  struct Frame;
  template <class Material>
  void draw_panel(const Frame& frame, const Panel& panel);
  void draw_panels(const Frame& frame);
  void draw_bonnet(const Frame& frame);
  void darken_ground(const Frame& frame);
  void fill_ground(const Frame& frame);
  void fill_sky(const Frame& frame);
  void develop(const Frame& frame, const Window& window, std::int64_t first_row, Image& image);
  void draw(const Frame& frame);

  struct Column {
    float z = 0, s = 0, pixel = 0, haze = 0;
  };

  // Of the drawn area, row by row.
  std::vector<float> depth_, veil_;    // distance of what is seen, and of what is seen through
  std::vector<Class> labels_, veils_;  // and their classes
  std::vector<std::uint8_t> colors_;   // RGB
  std::vector<float> light_;           // what stains leave of the light on the ground
  std::vector<Column> columns_;
  std::vector<std::uint16_t> blurred_, corners_;
};

}  // namespace seg::street
