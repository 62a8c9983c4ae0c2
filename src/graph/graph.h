// SPDX-License-Identifier: Apache-2.0
// A network as data: nodes in execution order over single-assignment values.
//
// A value is written by exactly one node and only read by later ones. Parameters are values too, so that casting a
// weight is a node like any other and differentiation has one rule. A map is [N,C,H,W]; N, H and W are symbolic here
// and become numbers in shapes.h. No tensors: this room builds and tests without torch.
// Plain data, no ownership, safe to read from several threads. A malformed graph is its author's bug: std::logic_error
// that names the node.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace seg {

enum class Op : std::uint8_t {
  input,
  parameter,
  normalize,    // whole numbers [N,H,W,C] to a map of real ones: (x * scale - mean) / deviation
  convolution,  // inputs: x, weight, bias or kNoValue
  batch_norm,   // inputs: x, scale, shift, running_mean, running_var, num_batches_tracked; updates the last three
  activation,
  add,
  mul,
  concat,  // of channels, any number of inputs
  slice,   // of channels
  max_pool,
  average_pool,
  global_pool,  // the mean of each channel, a 1x1 map
  upsample,     // inputs: x, and the value whose size is taken if it goes by likeness
  dropout,
  softmax,       // over channels
  argmax,        // over channels: [N,H,W] byte
  point_sample,  // inputs: map, points [N,P,2] in [0,1], x first; gives [N,C,1,P]
  cast,
  phase_weight,     // from the weight of a 3x3 kernel: the four 2x2 kernels that do its work before a doubling
  join_phases,      // the four maps that these give, woven into one of twice the size
  folded_weight,    // inputs: weight, scale, running_var; of the convolution that does the BatchNorm's work as well
  folded_bias,      // inputs: bias or kNoValue, scale, shift, running_mean, running_var; its bias
  choose_points,    // inputs: logits, and perhaps points that are taken over; gives points [N,P,2] for a training step,
                    // most of them where it is least clear which class it is
  choose_cells,     // inputs: logits; gives the centres of the cells where that is least clear, [N,P,2]
  put_points,       // inputs: map, points, values [N,C,1,P]; gives the map with these in the cells of the points
  point_labels,     // inputs: labels, points; gives the nearest label of each point, [N,1,P] byte
  boundary_weight,  // inputs: distances [N,H,W] byte in eighths of a pixel; gives a weight of each pixel, [N,H,W]
  loss  // inputs: logits (or the map that a distance head gives), labels, and perhaps something for each pixel, like
        // labels: a weight, or for a distance head the distances; gives one number
};
std::string_view name_of(Op op);

// The type of a value's numbers. `full` is fp32 (or fp64 in tests), `compute` is fp32 or bf16 by the run's precision.
enum class NumberType : std::uint8_t { full, compute, byte, word, index };  // byte uint8, word uint16, index int64

using Shape = std::vector<std::int64_t>;

// How a parameter gets its first value.
struct ConstantInit {
  double value = 0.0;
};
enum class FanMode : std::uint8_t { in, out };
struct KaimingNormalInit {  // normal, deviation sqrt(2 / (1 + a^2) / fan)
  FanMode fan = FanMode::in;
  double a = 0.0;
};
using Initializer = std::variant<ConstantInit, KaimingNormalInit>;
double deviation_of(const KaimingNormalInit& init, const Shape& weight);  // weight [out, in / groups, kernel, kernel]

enum class ParameterRole : std::uint8_t {
  weight,
  bias,
  scale,  // scale and shift: of a BatchNorm
  shift,
  running_mean,
  running_var,
  num_batches_tracked  // int64 scalar
};
bool is_trainable(ParameterRole role);

struct ParameterOptions {
  Shape shape{};
  ParameterRole role = ParameterRole::weight;
  Initializer init = ConstantInit{};
  double lr_multiplier = 1.0;
  bool decays = false;  // weight decay applies
};

enum class InputLayout : std::uint8_t {
  map,          // [N,C,H,W]
  interleaved,  // [N,H,W,C]
  labels,       // [N,H,W]
  points        // [N,P,2]
};
struct InputOptions {
  std::int64_t channels = 3;
  InputLayout layout = InputLayout::map;
  NumberType type = NumberType::full;
  std::int64_t stride = 1;  // pixels of the image per pixel of this input, along each axis
};
struct NormalizeOptions {
  std::vector<double> mean{}, deviation{};  // per channel, in units of scaled pixels
  double scale = 1.0 / 255.0;
  NumberType to = NumberType::full;
};
struct ConvolutionOptions {
  std::int64_t out_channels = 0;
  std::int64_t kernel = 3, stride = 1, padding = 1, dilation = 1, groups = 1;
  bool bias = false;
  bool winograd = false;  // by Winograd's algorithm where there is a kernel for it and the map is large enough
  bool relu = false;      // negative results become 0; a pass for inference says so
};
struct BatchNormOptions {
  double eps = 1e-5, momentum = 0.1;
  bool synchronized = false;  // statistics over all processes
  bool inference = false;     // uses the running statistics and leaves them alone
  double initial_scale = 1.0;
  bool relu = false;       // negative results become 0; a pass says so, no model
  bool recompute = false;  // derivatives far from it have its result made again and not held; a pass says so
};
enum class ActivationKind : std::uint8_t { relu, sigmoid };
struct ActivationOptions {
  ActivationKind kind = ActivationKind::relu;
};
// Of add and mul. The builder puts a 1x1 operand that meets a map second: both commute exactly.
struct ElementwiseOptions {
  bool second_is_1x1 = false;
};
struct SliceOptions {
  std::int64_t begin = 0, length = 0;
};
struct PoolOptions {  // an average counts the padding, as PyTorch's default does
  std::int64_t kernel = 3, stride = 2, padding = 1;
};
enum class Interpolation : std::uint8_t { nearest, bilinear };
struct UpsampleOptions {
  std::int64_t factor = 2;  // 0: to the size of the second input
  Interpolation mode = Interpolation::nearest;
  bool align_corners = false;
};
struct DropoutOptions {
  double p = 0.1;
};
enum class PointPadding : std::uint8_t { zeros, border };
struct PointSampleOptions {
  PointPadding padding = PointPadding::zeros;
};
struct CastOptions {
  NumberType to = NumberType::compute;
};

// How an output is still to be enlarged to the size of the image.
struct UpsampleRule {
  std::int64_t factor = 1;
  Interpolation mode = Interpolation::bilinear;
  bool align_corners = false;
};

// As PointRend draws them. A class is the less certain the less its logit differs from the second largest.
struct ChoosePointsOptions {
  std::int64_t candidates = 6144;  // drawn uniformly
  std::int64_t uncertain = 1536;   // of them, kept: the least certain
  std::int64_t uniform = 512;      // drawn besides
  PointPadding padding = PointPadding::zeros;
};
struct ChooseCellsOptions {
  std::optional<std::int64_t> count{};  // but not more than there are
  std::int64_t cells_a_point = 1;       // where there is no count
};
struct BoundaryWeightOptions {  // 1 + weight * exp(-d^2 / (2 sigma^2)), d and sigma in pixels
  double weight = 0.0, sigma = 5.0;
};

enum class LossKind : std::uint8_t { cross_entropy, ohem, dice, focal, lovasz, distance };
// The loss enlarges the logits by its rule. The value it gives is not weighted; the gradient it sends back is.
struct LossOptions {
  LossKind kind = LossKind::ohem;
  double ohem_thresh = 0.7;           // a pixel is hard if its label's probability is below it
  double ohem_min_kept = 1.0 / 16.0;  // of the valid pixels, kept at least
  std::int64_t ignore_label = 255;
  std::vector<double> class_weights{};  // empty: all 1
  double label_smoothing = 0.0;
  double focal_gamma = 2.0;
  double distance_limit = 16.0;  // of a distance head, in pixels: what it learns is min(d, limit) / limit
  UpsampleRule upsample{};
  double weight = 1.0;
};

using Options = std::variant<std::monostate, ParameterOptions, InputOptions, NormalizeOptions, ConvolutionOptions,
                             BatchNormOptions, ActivationOptions, ElementwiseOptions, SliceOptions, PoolOptions,
                             UpsampleOptions, DropoutOptions, PointSampleOptions, CastOptions, ChoosePointsOptions,
                             ChooseCellsOptions, BoundaryWeightOptions, LossOptions>;

using ValueId = std::int32_t;
inline constexpr ValueId kNoValue = -1;

struct Node {
  Op op = Op::input;
  std::string name;               // unique, with its scopes; of a parameter: its state-dict name; keys random numbers
  std::vector<ValueId> inputs{};  // kNoValue where an optional operand is absent
  ValueId output = kNoValue;
  Options options;
};

enum class OutputRole : std::uint8_t { main, auxiliary, feature, boundary, distance, points, loss };
struct Output {
  std::string name;
  ValueId value = kNoValue;
  OutputRole role = OutputRole::main;
  UpsampleRule upsample{};
  double loss_weight = 1.0;
};

struct Graph {
  std::vector<Node> nodes;
  std::vector<Output> outputs;
  ValueId num_values = 0;  // ids are below it; a pass may leave some of them unused
};

template <class T>
const T& options_of(const Node& node) {
  return std::get<T>(node.options);
}

bool is_trainable(const Node& node);                               // a parameter that the optimizer moves
std::vector<const Node*> parameters(const Graph& graph);           // in the order of the state dict, buffers too
std::vector<const Node*> writers(const Graph& graph);              // by value; nullptr where the id is unused
std::vector<NumberType> number_types(const Graph& graph);          // by value; `full` where the id is unused
const Node& find_node(const Graph& graph, std::string_view name);  // std::logic_error if it is not there

// Throws std::logic_error at the first broken rule: arity, kinds of options, order, single assignment, unique names.
void validate(const Graph& graph);

}  // namespace seg
