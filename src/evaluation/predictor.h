// SPDX-License-Identifier: Apache-2.0
// Predicts images one by one: as a whole exactly as evaluation at single scale does, or in tiles where that would take
// too much memory.
//
// In tiles, the probabilities of overlapping tiles are averaged with weights that fall to nothing before a tile ends
// (tiles.h), and only the rows that tiles still change are held. What a network gathers over the whole image (global
// pooling) it gathers over a tile then; and the image is padded, also where evaluation resizes. Not thread-safe: one
// thread calls torch.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evaluation/pixel_extent.h"
#include "evaluation/prediction.h"
#include "evaluation/single_scale.h"
#include "image/image.h"

namespace seg {

// The class wins wherever its probability is at least this, whatever the others'. Of several such classes the most
// probable one wins.
struct ClassThreshold {
  std::int64_t class_id = 0;
  double probability = 0.5;
};

struct TileChoice {
  enum class Mode : std::uint8_t {
    automatic,  // the whole image if that fits into memory_bytes, else the largest of it halved, quartered… that does
    fixed,      // of `size`, rounded up to what the network can divide; a smaller image as a whole
    off         // always the whole image
  } mode = Mode::automatic;
  PixelExtent size{};             // of `fixed`
  std::int64_t memory_bytes = 0;  // of `automatic`
};

struct PredictorOptions {
  TileChoice tiles{};
  std::vector<std::int64_t> probability_classes{};
  std::vector<ClassThreshold> thresholds{};
};

class Predictor {
 public:
  // The network outlives it.
  Predictor(SingleScale& network, PredictorOptions options);

  // The image has the channels and the depth that the network takes.
  Prediction predict(const Image& image);

  // The size of a tile for images of this size; nothing: as a whole.
  std::optional<PixelExtent> tile_for(std::int64_t height, std::int64_t width) const;

 private:
  class Canvas;
  void predict_whole(const HostPixels& pixels, Canvas& canvas);
  std::int64_t predict_tiles(const at::Tensor& pixels, const PixelExtent& tile, Canvas& canvas);

  SingleScale& network_;
  PredictorOptions options_;
};

// HEIGHTxWIDTH, as on a command line; nothing if it is anything else, or a side is not from 1 to 65536.
std::optional<PixelExtent> parse_size(std::string_view text);

// "auto", "off" or HEIGHTxWIDTH, as on a command line; UserError naming `where` for anything else. Leaves memory_bytes
// to the caller.
TileChoice parse_tiles(std::string_view text, const std::string& where);

}  // namespace seg
