// SPDX-License-Identifier: Apache-2.0
#include "evaluation/predictor.h"

#include <ATen/ops/argmax.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "evaluation/host_image.h"
#include "evaluation/tiles.h"

namespace seg {
namespace {

// Smaller ones see too little of the image around them.
constexpr std::int64_t kSmallestAutomaticSide = 256;

bool wants_probabilities(const PredictorOptions& options) {
  return !options.probability_classes.empty() || !options.thresholds.empty();
}

// probabilities [K,h,w] -> int64 [h,w]
at::Tensor decide(const at::Tensor& probabilities, const std::vector<ClassThreshold>& thresholds) {
  at::Tensor classes = at::argmax(probabilities, 0);
  at::Tensor best = at::zeros(classes.sizes(), probabilities.options());
  for (const ClassThreshold& threshold : thresholds) {
    const at::Tensor own = probabilities.select(0, threshold.class_id);
    const at::Tensor wins = own.ge(threshold.probability).logical_and(own.ge(best));
    classes = at::where(wins, at::full_like(classes, threshold.class_id), classes);
    best = at::where(wins, own, best);
  }
  return classes;
}

void copy_rows(const at::Tensor& rows, std::int64_t top, LabelMap& labels) {
  const at::Tensor bytes = rows.to(at::kByte).to(at::kCPU).contiguous();
  std::copy_n(bytes.const_data_ptr<std::uint8_t>(), bytes.numel(), labels.values().begin() + top * labels.width());
}

void copy_rows(const at::Tensor& probabilities, std::int64_t top, Image& image) {
  const at::Tensor numbers = probabilities.mul(65535).round().clamp(0, 65535).to(at::kInt).to(at::kCPU).contiguous();
  const int* from = numbers.const_data_ptr<int>();
  for (std::int64_t y = top; y < top + probabilities.size(0); ++y)
    for (std::uint16_t& value : image.row<std::uint16_t>(y)) value = static_cast<std::uint16_t>(*from++);
}

// uint16 has few kernels in ATen; here numbers are only moved.
at::Tensor cut(const at::Tensor& pixels, const TileSpan& rows, const TileSpan& columns) {
  const at::ScalarType type = pixels.scalar_type();
  const at::ScalarType movable = type == at::kUInt16 ? at::kShort : type;
  return pixels.view(movable)
      .narrow(1, rows.begin, rows.length)
      .narrow(2, columns.begin, columns.length)
      .contiguous()
      .view(type);
}

}  // namespace

// Where finished rows of the (padded) image go: what lies beyond the image is cut off.
class Predictor::Canvas {
 public:
  Canvas(const Image& image, const PredictorOptions& options) : options_(options) {
    prediction_.labels.resize(image.height(), image.width());
    for (std::size_t i = 0; i < options.probability_classes.size(); ++i)
      prediction_.probabilities.emplace_back(ImageLayout{image.height(), image.width(), 1, PixelType::u16});
  }

  // classes [h,w], or undefined: what the probabilities and the thresholds say; probabilities [K,h,w], or undefined.
  void put(std::int64_t top, const at::Tensor& classes, const at::Tensor& probabilities) {
    const std::int64_t height = prediction_.labels.height(), width = prediction_.labels.width();
    const auto inside = [&](const at::Tensor& map) {
      const std::int64_t rows = std::min(map.size(-2), height - top);
      return map.narrow(-2, 0, rows).narrow(-1, 0, width);
    };
    if (top >= height) return;
    const at::Tensor shown = probabilities.defined() ? inside(probabilities) : at::Tensor();
    copy_rows(classes.defined() ? inside(classes) : decide(shown, options_.thresholds), top, prediction_.labels);
    for (std::size_t i = 0; i < options_.probability_classes.size(); ++i)
      copy_rows(shown.select(0, options_.probability_classes[i]), top, prediction_.probabilities[i]);
  }

  Prediction finish(std::int64_t num_tiles) {
    prediction_.num_tiles = num_tiles;
    return std::move(prediction_);
  }

 private:
  const PredictorOptions& options_;
  Prediction prediction_;
};

Predictor::Predictor(SingleScale& network, PredictorOptions options)
    : network_(network), options_(std::move(options)) {}

Prediction Predictor::predict(const Image& image) {
  const HostPixels pixels = host_pixels(image);
  Canvas canvas(image, options_);
  const std::optional<PixelExtent> tile = tile_for(image.height(), image.width());
  if (tile) return canvas.finish(predict_tiles(network_.padded(pixels), *tile, canvas));
  predict_whole(pixels, canvas);
  return canvas.finish(1);
}

void Predictor::predict_whole(const HostPixels& pixels, Canvas& canvas) {
  if (!wants_probabilities(options_)) return canvas.put(0, network_.classes(pixels).select(0, 0), {});
  const at::Tensor logits = network_.logits_of(pixels).select(0, 0);
  const at::Tensor probabilities = at::softmax(logits, 0);
  // Without thresholds the largest logit wins, as in evaluation: rounding makes a few probabilities equal.
  canvas.put(0, options_.thresholds.empty() ? at::argmax(logits, 0) : at::Tensor(), probabilities);
}

std::int64_t Predictor::predict_tiles(const at::Tensor& pixels, const PixelExtent& tile, Canvas& canvas) {
  const std::int64_t step = network_.size_divisor(), width = pixels.size(2), classes = network_.num_classes();
  const std::vector<TileSpan> rows = tile_spans(
      {.size = pixels.size(1), .tile = tile.height, .overlap = standard_overlap(tile.height, step), .step = step});
  const std::vector<TileSpan> columns =
      tile_spans({.size = width, .tile = tile.width, .overlap = standard_overlap(tile.width, step), .step = step});
  at::Tensor begun;  // rows [K,h,W] that the tiles so far have said something of, but not all
  for (std::size_t i = 0; i < rows.size(); ++i) {
    at::Tensor band =
        at::zeros({classes, rows[i].length, width}, at::TensorOptions(at::kFloat).device(pixels.device()));
    if (begun.defined()) band.narrow(1, 0, begun.size(1)).copy_(begun);
    const at::Tensor row_weights = at::tensor(rows[i].weights).to(pixels.device()).unsqueeze(1);
    for (const TileSpan& column : columns) {
      const at::Tensor weights = row_weights.mul(at::tensor(column.weights).to(pixels.device()));
      const at::Tensor probabilities = at::softmax(network_.logits(cut(pixels, rows[i], column)).select(0, 0), 0);
      band.narrow(2, column.begin, column.length).add_(probabilities.mul(weights));
    }
    const std::int64_t finished = (i + 1 < rows.size() ? rows[i + 1].begin : rows[i].end()) - rows[i].begin;
    canvas.put(rows[i].begin, {}, band.narrow(1, 0, finished));
    begun = band.narrow(1, finished, rows[i].length - finished);
  }
  return static_cast<std::int64_t>(rows.size() * columns.size());
}

std::optional<PixelExtent> Predictor::tile_for(std::int64_t height, std::int64_t width) const {
  const PixelExtent whole{network_.padded_side(height), network_.padded_side(width)};
  PixelExtent tile = whole;
  if (options_.tiles.mode == TileChoice::Mode::off) return std::nullopt;
  if (options_.tiles.mode == TileChoice::Mode::fixed) {
    tile = {std::min(whole.height, network_.padded_side(options_.tiles.size.height)),
            std::min(whole.width, network_.padded_side(options_.tiles.size.width))};
  } else {
    // Probabilities of a band of tiles are summed up at the image's width, and so are those of the whole image, if
    // anybody wants them.
    const auto bytes = [&](const PixelExtent& size) {
      const bool is_whole = size.height == whole.height && size.width == whole.width;
      if (is_whole && !wants_probabilities(options_)) return network_.bytes_for_classes(size.height, size.width);
      return network_.bytes_for_logits(size.height, size.width) +
             network_.num_classes() * size.height * whole.width * 4;
    };
    while (bytes(tile) > options_.tiles.memory_bytes && std::max(tile.height, tile.width) > kSmallestAutomaticSide) {
      std::int64_t& larger = tile.height > tile.width ? tile.height : tile.width;
      larger = network_.padded_side(larger / 2);
    }
  }
  if (tile.height == whole.height && tile.width == whole.width) return std::nullopt;
  return tile;
}

std::optional<PixelExtent> parse_size(std::string_view text) {
  constexpr std::int64_t kLargestSide = 65536;
  const auto number = [](std::string_view digits) {
    std::int64_t value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size() ? value : 0;
  };
  const std::size_t sign = std::min(text.find('x'), text.size());
  const PixelExtent size{number(text.substr(0, sign)), number(text.substr(std::min(sign + 1, text.size())))};
  if (size.height < 1 || size.width < 1 || size.height > kLargestSide || size.width > kLargestSide) return std::nullopt;
  return size;
}

TileChoice parse_tiles(std::string_view text, const std::string& where) {
  if (text == "auto") return {.mode = TileChoice::Mode::automatic};
  if (text == "off") return {.mode = TileChoice::Mode::off};
  const std::optional<PixelExtent> size = parse_size(text);
  if (!size)
    fail(where, "\"" + std::string(text) + "\" is no size of tiles", "auto, off, or HEIGHTxWIDTH such as 512x1024");
  return {.mode = TileChoice::Mode::fixed, .size = *size};
}

}  // namespace seg
