// SPDX-License-Identifier: Apache-2.0
#include "graph/workspace.h"

#include <algorithm>

#include "base/rounding.h"
#include "graph/winograd.h"

namespace seg {
namespace {

constexpr std::int64_t kFloat = 4;
constexpr std::int64_t kTaps = 9;

// As engine/kernels/winograd.cpp and winograd_weight_gradient.cpp take it.
struct Winograd {
  static constexpr std::int64_t kPanel = kWinogradPanel;
  static constexpr std::int64_t kFactor = 4;  // bytes, of either form

  WinogradForm form;
  std::int64_t inputs, outputs, tiles, threads;

  std::int64_t points() const { return (form.outputs + 2) * (form.outputs + 2); }
  std::int64_t planes(std::int64_t rows, std::int64_t row) const {
    return points() * (rows * row + kWinogradGap) * kFactor;
  }

  // The transformed weight, and each thread's windows and products.
  std::int64_t convolution(std::int64_t depth, std::int64_t columns) const {
    const std::int64_t factors = depth / form.numbers_a_factor;
    const std::int64_t weight = points() * divided_up(columns, kPanel) * kPanel * factors * kFactor;
    return weight + threads * (planes(form.tiles_a_chunk, factors) + planes(form.tiles_a_chunk, kPanel));
  }

  // Sums for each block of the weight and part of the tiles, and each thread's windows and gradients.
  std::int64_t weight_gradient() const {
    const std::int64_t rows = std::min(inputs, form.rows_a_sum);
    const std::int64_t blocks = divided_up(inputs, rows) * divided_up(outputs, kPanel);
    const std::int64_t chunks = std::max<std::int64_t>(divided_up(tiles, form.tiles_a_sum), 1);
    const std::int64_t parts = std::clamp<std::int64_t>(divided_up(kWinogradJobs, blocks), 1, chunks);
    const std::int64_t factors = form.tiles_a_sum / form.numbers_a_factor;
    return parts * blocks * points() * rows * kPanel * kFloat +
           threads * (planes(factors, rows) + planes(factors, kPanel));
  }

  // The gradient of the input comes first, when that of the weight is not there yet.
  std::int64_t gradients(bool of_input, bool of_weight) const {
    const std::int64_t later = kTaps * inputs * outputs * kFloat / form.numbers_a_factor;
    return std::max(of_input ? convolution(outputs, inputs) - later : 0, of_weight ? weight_gradient() : 0);
  }
};

class Workspaces {
 public:
  Workspaces(const Graph& graph, const InputSize& size, const NumberBytes& bytes, std::int64_t threads)
      : graph_(graph), bytes_(bytes), threads_(threads), shapes_(shapes(graph, size)), types_(number_types(graph)) {}

  std::int64_t of(const Step& step) const {
    if (step.kind != StepKind::forward && step.kind != StepKind::vjp) return 0;
    const Node& node = graph_.nodes[static_cast<std::size_t>(step.node)];
    const bool is_forward = step.kind == StepKind::forward;
    switch (node.op) {
      case Op::convolution: return of_convolution(node, step);
      case Op::loss: return of_loss(node);
      case Op::point_sample: return of_samples(node, is_forward);
      case Op::choose_points: return of_choice(node);
      case Op::choose_cells: return of_cells(node);
      case Op::put_points: return of_put_points(node);
      case Op::phase_weight: return is_forward ? value_bytes(node.inputs[0]) : value_bytes(node.output);
      default: return 0;
    }
  }

 private:
  const Shape& shape(ValueId value) const { return shapes_[static_cast<std::size_t>(value)]; }
  std::int64_t number_bytes(ValueId value) const { return bytes_.of(types_[static_cast<std::size_t>(value)]); }
  std::int64_t value_bytes(ValueId value) const { return element_count(shape(value)) * number_bytes(value); }

  static bool wants(const Step& step, std::size_t result) {
    return result < step.writes.size() && step.writes[result] != kNoSlot;
  }

  std::int64_t of_convolution(const Node& node, const Step& step) const {
    const auto& options = options_of<ConvolutionOptions>(node);
    const ValueId x = node.inputs[0], weight = node.inputs[1];
    const bool is_forward = step.kind == StepKind::forward, is_float = number_bytes(x) == kFloat;
    if (options.groups > 1) return 0;
    const std::int64_t tile = winograd_outputs(number_bytes(x));
    if (tile > 0 && uses_winograd(options, shape(x))) {
      const WinogradForm& form = is_float ? kWinogradOfFloats : kWinogradOfHalfPrecision;
      Winograd winograd{
          .form = form, .inputs = shape(weight)[1], .outputs = shape(weight)[0], .tiles = 0, .threads = threads_};
      winograd.tiles = winograd_macs({1, 1}, shape(node.output), tile) / winograd.points();
      return is_forward ? winograd.convolution(winograd.inputs, winograd.outputs)
                        : winograd.gradients(wants(step, 0), wants(step, 1));
    }
    if (is_forward) return value_bytes(weight);
    return 2 * value_bytes(weight) + (is_float ? 0 : value_bytes(node.output));
  }

  // Where each point lies in the map; and on the way back in half precision, the sums of the image of each thread.
  std::int64_t of_samples(const Node& node, bool is_forward) const {
    constexpr std::int64_t kPlace = 32;  // of engine/kernels/point_places.h
    const Shape &map = shape(node.inputs[0]), &points = shape(node.inputs[1]);
    const std::int64_t places = kPlace * points[0] * points[1];
    if (is_forward || number_bytes(node.inputs[0]) == kFloat) return places;
    return places + kFloat * std::min(threads_, map[0]) * map[1] * map[2] * map[3];
  }

  // Each thread's: coordinates and margins of the candidates, and those that were chosen.
  std::int64_t of_choice(const Node& node) const {
    const auto& o = options_of<ChoosePointsOptions>(node);
    const std::int64_t at_once = std::min(threads_, shape(node.output)[0]);
    return at_once * kFloat * (3 * o.candidates + o.uncertain);
  }

  // An image's margins, and the cells that were chosen.
  std::int64_t of_cells(const Node& node) const {
    const Shape& logits = shape(node.inputs[0]);
    return kFloat * (logits[2] * logits[3] + shape(node.output)[1]);
  }

  // Where the values go, by way of a few numbers more.
  std::int64_t of_put_points(const Node& node) const {
    constexpr std::int64_t kIndex = 8, kNumbers = 3;
    return kNumbers * kIndex * shape(node.inputs[1])[0] * shape(node.inputs[1])[1];
  }

  // A copy of the low-resolution logits, in whole groups of columns and one more, of which a thread has four rows of
  // gradients besides; and of each pixel its loss, normaliser and label, and one number more for each of these: a
  // weight of its own, smoothed labels, the focal loss. Lovasz counts errors, and has a slope for each, of all classes.
  std::int64_t of_loss(const Node& node) const {
    constexpr std::int64_t kColumns = 16;         // of engine/kernels/loss_columns.h
    constexpr std::int64_t kErrors = 2 * 32'768;  // of engine/kernels/region_weights.h
    const auto& options = options_of<LossOptions>(node);
    const Shape &logits = shape(node.inputs[0]), &labels = shape(node.inputs[1]);
    // The enlarged map, three more like it, and which pixels are ignored.
    if (options.kind == LossKind::distance) return (4 * kFloat + 1) * element_count(labels);
    const std::int64_t groups = divided_up(logits[3], kColumns);
    const std::int64_t row = logits[1] * (groups + 1) * kColumns;
    const std::int64_t pixels = labels[0] * labels[1] * groups * kColumns * options.upsample.factor;
    const bool is_of_regions = options.kind == LossKind::dice || options.kind == LossKind::lovasz;
    const std::int64_t more = (options.label_smoothing != 0.0 ? 1 : 0) + (node.inputs.size() > 2 ? 1 : 0) +
                              (options.kind == LossKind::focal ? 1 : 0);
    const std::int64_t tables = options.kind == LossKind::lovasz ? (logits[1] + threads_) * kErrors : 0;
    const std::int64_t numbers = 2 + (is_of_regions ? 0 : more);
    return kFloat * (row * (logits[0] * logits[2] + 4 * threads_) + tables) + (numbers * kFloat + 1) * pixels;
  }

  const Graph& graph_;
  const NumberBytes bytes_;
  const std::int64_t threads_;
  const std::vector<Shape> shapes_;
  const std::vector<NumberType> types_;
};

}  // namespace

std::vector<std::int64_t> workspace_bytes(const Graph& graph, const Plan& plan, const InputSize& size,
                                          const NumberBytes& bytes, std::int64_t threads) {
  const Workspaces workspaces(graph, size, bytes, threads);
  std::vector<std::int64_t> result;
  for (const auto* steps : {&plan.forward, &plan.backward})
    for (const Step& step : *steps) result.push_back(workspaces.of(step));
  return result;
}

}  // namespace seg
