// SPDX-License-Identifier: Apache-2.0
// A network with random weights that classifies pixels after two convolutions with stride: images must divide by 4.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/network.h"
#include "evaluation/host_image.h"
#include "evaluation/single_scale.h"
#include "graph/builder.h"
#include "graph/passes.h"
#include "image/image.h"

namespace seg::testing {

struct TinySegmenterOptions {
  std::int64_t num_classes = 5, channels = 3;
  PixelType type = PixelType::u8;
  std::vector<double> padding = {100, 150, 200};
  bool resizes = false, align_corners = false;
};

class TinySegmenter {
 public:
  static constexpr std::int64_t kDivisor = 4;

  explicit TinySegmenter(const TinySegmenterOptions& options = {})
      : parameters_(network_graph(options), {.gradients = false}),
        network_(network_graph(options), parameters_, {.differentiate = false}),
        single_scale_(network_, c10::Device(c10::kCPU),
                      {.size_divisor = kDivisor,
                       .padding = options.padding,
                       .resizes = options.resizes,
                       .align_corners = options.align_corners}) {
    parameters_.initialise(3);
  }

  SingleScale& single_scale() { return single_scale_; }
  Network& network() { return network_; }
  ParameterStore& parameters() { return parameters_; }

  // Classes of one image, row by row.
  std::vector<std::uint8_t> classes(const Image& image) {
    const at::Tensor classes = single_scale_.classes(host_pixels(image));
    const auto* const data = classes.const_data_ptr<std::uint8_t>();
    return {data, data + classes.numel()};
  }

 private:
  static Graph network_graph(const TinySegmenterOptions& options) {
    GraphBuilder g;
    const Value image = g.input("image", {.channels = options.channels});
    const Value x = g.relu(g.convolution("a", image, {.out_channels = 8, .stride = 2}));
    const Value y = g.relu(g.convolution("b", x, {.out_channels = 8, .stride = 2}));
    g.output("logits", g.convolution("head", y, {.out_channels = options.num_classes}), {.upsample = {.factor = 4}});
    const auto channels = static_cast<std::size_t>(options.channels);
    return with_normalization(for_inference(g.build()),
                              {.pixels = options.type == PixelType::u8 ? NumberType::byte : NumberType::word,
                               .mean = std::vector<double>(channels, 0.5),
                               .deviation = std::vector<double>(channels, 0.25),
                               .scale = 1.0 / static_cast<double>(largest_value(options.type))});
  }

  ParameterStore parameters_;
  Network network_;
  SingleScale single_scale_;
};

}  // namespace seg::testing
