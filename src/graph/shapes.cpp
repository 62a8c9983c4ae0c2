// SPDX-License-Identifier: Apache-2.0
#include "graph/shapes.h"

#include <algorithm>
#include <stdexcept>

#include "base/error.h"
#include "base/rounding.h"

namespace seg {
namespace {

class ShapeInference {
 public:
  ShapeInference(const Graph& graph, const InputSize& size)
      : graph_(graph), size_(size), shapes_(static_cast<std::size_t>(graph.num_values)) {}

  std::vector<Shape> run() {
    for (const Node& node : graph_.nodes) shapes_[static_cast<std::size_t>(node.output)] = shape_of(node);
    return std::move(shapes_);
  }

 private:
  [[noreturn]] static void refuse(const Node& node, const std::string& what) {
    throw std::logic_error("[shapes] " + node.name + ": " + what);
  }

  const Shape& input(const Node& node, std::size_t k) const {
    return shapes_[static_cast<std::size_t>(node.inputs[k])];
  }

  const Shape& map(const Node& node, std::size_t k = 0) const {
    const Shape& shape = input(node, k);
    if (shape.size() != 4) refuse(node, "operand " + std::to_string(k) + " is no map but " + to_string(shape));
    return shape;
  }

  Shape shape_of(const Node& node) const {
    switch (node.op) {
      case Op::input: return of_input(node);
      case Op::parameter: return options_of<ParameterOptions>(node).shape;
      case Op::normalize: return of_normalize(node);
      case Op::convolution: return of_convolution(node);
      case Op::batch_norm: return of_batch_norm(node);
      case Op::add:
      case Op::mul: return of_elementwise(node);
      case Op::concat: return of_concat(node);
      case Op::slice: return of_slice(node);
      case Op::max_pool:
      case Op::average_pool: return of_pool(node);
      case Op::global_pool: return {map(node)[0], map(node)[1], 1, 1};
      case Op::upsample: return of_upsample(node);
      case Op::argmax: return {map(node)[0], map(node)[2], map(node)[3]};
      case Op::point_sample: return of_point_sample(node);
      case Op::phase_weight: return of_phase_weight(node);
      case Op::join_phases: return of_join_phases(node);
      case Op::folded_weight: return of_folded_weight(node);
      case Op::folded_bias: return of_folded_bias(node);
      case Op::choose_points: return of_choose_points(node);
      case Op::choose_cells: return of_choose_cells(node);
      case Op::put_points: return of_put_points(node);
      case Op::point_labels: return of_point_labels(node);
      case Op::boundary_weight: return input(node, 0);
      case Op::loss: return of_loss(node);
      case Op::activation:
      case Op::dropout:
      case Op::softmax: return map(node);
      case Op::cast: return input(node, 0);
    }
    refuse(node, "an operation without a shape");
  }

  Shape of_input(const Node& node) const {
    const auto& o = options_of<InputOptions>(node);
    const std::int64_t height = divided_up(size_.height, o.stride), width = divided_up(size_.width, o.stride);
    switch (o.layout) {
      case InputLayout::map: return {size_.images, o.channels, height, width};
      case InputLayout::interleaved: return {size_.images, height, width, o.channels};
      case InputLayout::labels: return {size_.images, height, width};
      case InputLayout::points: return {size_.images, size_.points, 2};
    }
    refuse(node, "an input of no layout");
  }

  Shape of_normalize(const Node& node) const {
    const Shape& pixels = input(node, 0);
    const auto& o = options_of<NormalizeOptions>(node);
    if (pixels.size() != 4) refuse(node, "pixels must be [N,H,W,C]");
    const auto channels = static_cast<std::size_t>(pixels[3]);
    if (o.mean.size() != channels || o.deviation.size() != channels)
      refuse(node, "mean and deviation are not of " + std::to_string(channels) + " channels");
    return {pixels[0], pixels[3], pixels[1], pixels[2]};
  }

  std::int64_t windows(const Node& node, std::int64_t extent, std::int64_t field, std::int64_t stride,
                       std::int64_t padding) const {
    const std::int64_t room = extent + 2 * padding - field;
    if (room < 0) refuse(node, "the map is smaller than the kernel");
    return room / stride + 1;
  }

  Shape of_convolution(const Node& node) const {
    const auto& o = options_of<ConvolutionOptions>(node);
    const Shape &x = map(node), &weight = map(node, 1);
    if (weight != Shape{o.out_channels, x[1] / o.groups, o.kernel, o.kernel} || x[1] % o.groups != 0)
      refuse(node, "weight " + to_string(weight) + " does not suit the map " + to_string(x));
    if (node.inputs[2] != kNoValue && input(node, 2) != Shape{o.out_channels})
      refuse(node, "bias " + to_string(input(node, 2)));
    const std::int64_t field = o.dilation * (o.kernel - 1) + 1;
    return {x[0], o.out_channels, windows(node, x[2], field, o.stride, o.padding),
            windows(node, x[3], field, o.stride, o.padding)};
  }

  Shape of_batch_norm(const Node& node) const {
    const Shape& x = map(node);
    for (std::size_t k = 1; k < 5; ++k) {
      if (input(node, k) != Shape{x[1]}) refuse(node, "a parameter is not of " + std::to_string(x[1]) + " channels");
    }
    return x;
  }

  Shape of_elementwise(const Node& node) const {
    const Shape &a = map(node, 0), &b = map(node, 1);
    const bool is_broadcast = options_of<ElementwiseOptions>(node).second_is_1x1;
    const Shape expected = is_broadcast ? Shape{a[0], a[1], 1, 1} : a;
    if (b != expected) refuse(node, to_string(a) + " meets " + to_string(b));
    return a;
  }

  Shape of_concat(const Node& node) const {
    Shape result = map(node);
    for (std::size_t k = 1; k < node.inputs.size(); ++k) {
      const Shape& part = map(node, k);
      if (part[0] != result[0] || part[2] != result[2] || part[3] != result[3])
        refuse(node, to_string(result) + " meets " + to_string(part));
      result[1] += part[1];
    }
    return result;
  }

  Shape of_slice(const Node& node) const {
    const auto& o = options_of<SliceOptions>(node);
    Shape result = map(node);
    if (o.begin < 0 || o.length < 1 || o.begin + o.length > result[1]) refuse(node, "channels that are not there");
    result[1] = o.length;
    return result;
  }

  Shape of_pool(const Node& node) const {
    const auto& o = options_of<PoolOptions>(node);
    const Shape& x = map(node);
    return {x[0], x[1], windows(node, x[2], o.kernel, o.stride, o.padding),
            windows(node, x[3], o.kernel, o.stride, o.padding)};
  }

  Shape of_upsample(const Node& node) const {
    const std::int64_t factor = options_of<UpsampleOptions>(node).factor;
    const Shape& x = map(node);
    if (factor == 0) return {x[0], x[1], map(node, 1)[2], map(node, 1)[3]};
    return {x[0], x[1], x[2] * factor, x[3] * factor};
  }

  Shape of_point_sample(const Node& node) const {
    const Shape &x = map(node), &points = input(node, 1);
    check_points(node, 1, x[0]);
    return {x[0], x[1], 1, points[1]};
  }

  void check_points(const Node& node, std::size_t k, std::int64_t images) const {
    const Shape& points = input(node, k);
    if (points.size() != 3 || points[0] != images || points[2] != 2) refuse(node, "points must be [N,P,2]");
  }

  Shape of_choose_points(const Node& node) const {
    const auto& o = options_of<ChoosePointsOptions>(node);
    const std::int64_t images = map(node)[0];
    if (o.uncertain < 0 || o.uncertain > o.candidates || o.uniform < 0) refuse(node, "more points than candidates");
    if (node.inputs.size() > 1) check_points(node, 1, images);
    return {images, o.uncertain + o.uniform + (node.inputs.size() > 1 ? input(node, 1)[1] : 0), 2};
  }

  Shape of_choose_cells(const Node& node) const {
    const auto& o = options_of<ChooseCellsOptions>(node);
    const Shape& x = map(node);
    const std::int64_t cells = x[2] * x[3];
    if (o.count.value_or(1) < 1 || o.cells_a_point < 1) refuse(node, "no points");
    return {x[0], std::min(cells, o.count.value_or(std::max<std::int64_t>(1, cells / o.cells_a_point))), 2};
  }

  Shape of_put_points(const Node& node) const {
    const Shape& x = map(node);
    check_points(node, 1, x[0]);
    const Shape expected{x[0], x[1], 1, input(node, 1)[1]};
    if (map(node, 2) != expected) refuse(node, "values " + to_string(input(node, 2)) + " are not one a point");
    return x;
  }

  Shape of_point_labels(const Node& node) const {
    const Shape& labels = input(node, 0);
    if (labels.size() != 3) refuse(node, "labels must be [N,H,W]");
    check_points(node, 1, labels[0]);
    return {labels[0], 1, input(node, 1)[1]};
  }

  Shape of_phase_weight(const Node& node) const {
    const Shape& weight = map(node);
    if (weight[2] != 3 || weight[3] != 3) refuse(node, "weight " + to_string(weight) + " is not of a 3x3 kernel");
    return {4 * weight[0], weight[1], 2, 2};
  }

  // A phase has a row and a column more than the map that it came from.
  Shape of_join_phases(const Node& node) const {
    const Shape& x = map(node);
    if (x[1] % 4 != 0 || x[2] < 2 || x[3] < 2) refuse(node, to_string(x) + " are not four phases");
    return {x[0], x[1] / 4, 2 * (x[2] - 1), 2 * (x[3] - 1)};
  }

  Shape of_folded_weight(const Node& node) const {
    const Shape& weight = map(node);
    check_all_are(node, {weight[0]}, 1);
    return weight;
  }

  Shape of_folded_bias(const Node& node) const {
    const Shape& scale = input(node, 1);
    check_all_are(node, scale, node.inputs[0] == kNoValue ? 1 : 0);
    return scale;
  }

  void check_all_are(const Node& node, const Shape& shape, std::size_t first) const {
    for (std::size_t k = first; k < node.inputs.size(); ++k) {
      if (input(node, k) != shape) refuse(node, "a parameter is not " + to_string(shape));
    }
  }

  Shape of_loss(const Node& node) const {
    const std::int64_t factor = options_of<LossOptions>(node).upsample.factor;
    const Shape &logits = map(node), &labels = input(node, 1);
    if (labels != Shape{logits[0], logits[2] * factor, logits[3] * factor})
      refuse(node, "logits " + to_string(logits) + " enlarged " + std::to_string(factor) + " times are not as labels " +
                       to_string(labels));
    if (options_of<LossOptions>(node).kind == LossKind::distance && (logits[1] != 1 || node.inputs.size() < 3))
      refuse(node, "learns distances: it takes a map of one channel, labels and distances");
    if (node.inputs.size() > 2 && input(node, 2) != labels)
      refuse(node, "weights " + to_string(input(node, 2)) + " are not one a label " + to_string(labels));
    return {};
  }

  const Graph& graph_;
  const InputSize size_;
  std::vector<Shape> shapes_;
};

}  // namespace

std::vector<Shape> shapes(const Graph& graph, const InputSize& size) { return ShapeInference(graph, size).run(); }

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return count;
}

std::string to_string(const Shape& shape) {
  if (shape.empty()) return "1";
  std::string text;
  for (const std::int64_t extent : shape) {
    if (!text.empty()) text += 'x';
    text += std::to_string(extent);
  }
  return text;
}

void check_image_size(std::int64_t height, std::int64_t width, std::int64_t divisor, const std::string& where) {
  if (height > 0 && width > 0 && height % divisor == 0 && width % divisor == 0) return;
  const auto nearest = [&](std::int64_t extent) {
    return std::max<std::int64_t>(1, (extent + divisor / 2) / divisor) * divisor;
  };
  fail(where,
       std::to_string(height) + "x" + std::to_string(width) + " (height x width), but both must be multiples of " +
           std::to_string(divisor),
       std::to_string(nearest(height)) + "x" + std::to_string(nearest(width)));
}

}  // namespace seg
