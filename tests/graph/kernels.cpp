// SPDX-License-Identifier: Apache-2.0
#include "tests/graph/kernels.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

namespace seg::testing {
namespace {

using Index = std::size_t;

Index at(const Shape& s, std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x) {
  return static_cast<Index>(((n * s[1] + c) * s[2] + y) * s[3] + x);
}

// Calls f(n, c, y, x) for every place of a map.
template <class F>
void for_each_place(const Shape& s, F f) {
  for (std::int64_t n = 0; n < s[0]; ++n)
    for (std::int64_t c = 0; c < s[1]; ++c)
      for (std::int64_t y = 0; y < s[2]; ++y)
        for (std::int64_t x = 0; x < s[3]; ++x) f(n, c, y, x);
}

// One axis of an interpolation: where it reads and with which weight.
struct Tap {
  std::int64_t from;
  double weight;
};

std::vector<Tap> taps(std::int64_t to, std::int64_t in, std::int64_t out, Interpolation mode, bool align_corners) {
  if (mode == Interpolation::nearest) return {{to * in / out, 1.0}};
  const double place =
      align_corners
          ? (out > 1 ? static_cast<double>(to) * static_cast<double>(in - 1) / static_cast<double>(out - 1) : 0.0)
          : (static_cast<double>(to) + 0.5) * static_cast<double>(in) / static_cast<double>(out) - 0.5;
  const double inside = std::clamp(place, 0.0, static_cast<double>(in - 1));
  const auto low = static_cast<std::int64_t>(inside);
  const double share = inside - static_cast<double>(low);
  return {{low, 1.0 - share}, {std::min(low + 1, in - 1), share}};
}

using Term = std::function<void(Index output, Index input, double weight)>;

void resize_terms(const Shape& in, const Shape& out, Interpolation mode, bool align_corners, const Term& f) {
  for_each_place(out, [&](auto n, auto c, auto y, auto x) {
    for (const Tap& v : taps(y, in[2], out[2], mode, align_corners))
      for (const Tap& h : taps(x, in[3], out[3], mode, align_corners))
        f(at(out, n, c, y, x), at(in, n, c, v.from, h.from), v.weight * h.weight);
  });
}

// Places of a window that are inside the map.
template <class F>
void for_each_in_window(const PoolOptions& o, const Shape& in, std::int64_t y, std::int64_t x, F f) {
  for (std::int64_t i = 0; i < o.kernel; ++i)
    for (std::int64_t j = 0; j < o.kernel; ++j) {
      const std::int64_t row = y * o.stride - o.padding + i, column = x * o.stride - o.padding + j;
      if (row >= 0 && row < in[2] && column >= 0 && column < in[3]) f(row, column);
    }
}

// The taps of a row of three that a tap of two, of an even (0) or odd (1) place, stands for.
std::vector<std::int64_t> taps_of_phase(std::int64_t parity, std::int64_t tap) {
  if (parity == 0) return tap == 0 ? std::vector<std::int64_t>{0} : std::vector<std::int64_t>{1, 2};
  return tap == 0 ? std::vector<std::int64_t>{0, 1} : std::vector<std::int64_t>{2};
}

void phase_weight_terms(const Shape& in, const Shape& out, const Term& f) {
  for_each_place(out, [&](auto o, auto c, auto i, auto j) {
    const std::int64_t phase = o / in[0];
    for (const std::int64_t row : taps_of_phase(phase / 2, i))
      for (const std::int64_t column : taps_of_phase(phase % 2, j))
        f(at(out, o, c, i, j), at(in, o % in[0], c, row, column), 1.0);
  });
}

void join_terms(const Shape& in, const Shape& out, const Term& f) {
  for_each_place(out, [&](auto n, auto c, auto y, auto x) {
    const std::int64_t phase = 2 * (y % 2) + x % 2;
    f(at(out, n, c, y, x), at(in, n, phase * out[1] + c, y / 2 + y % 2, x / 2 + x % 2), 1.0);
  });
}

// The terms of a linear operation of one operand: output[o] += weight * input[i].
void linear_terms(const Node& node, const Shape& in, const Shape& out, const Term& f) {
  if (node.op == Op::upsample) {
    const auto& o = options_of<UpsampleOptions>(node);
    return resize_terms(in, out, o.mode, o.align_corners, f);
  }
  if (node.op == Op::phase_weight) return phase_weight_terms(in, out, f);
  if (node.op == Op::join_phases) return join_terms(in, out, f);
  for_each_place(out, [&](auto n, auto c, auto y, auto x) {
    const Index target = at(out, n, c, y, x);
    if (node.op == Op::slice) {
      f(target, at(in, n, options_of<SliceOptions>(node).begin + c, y, x), 1.0);
    } else if (node.op == Op::average_pool) {
      const auto& o = options_of<PoolOptions>(node);
      for_each_in_window(o, in, y, x, [&](auto row, auto column) {
        f(target, at(in, n, c, row, column), 1.0 / static_cast<double>(o.kernel * o.kernel));
      });
    } else {  // global_pool
      for (std::int64_t i = 0; i < in[2] * in[3]; ++i)
        f(target, at(in, n, c, 0, 0) + static_cast<Index>(i), 1.0 / static_cast<double>(in[2] * in[3]));
    }
  });
}

bool is_linear(Op op) {
  return op == Op::upsample || op == Op::phase_weight || op == Op::join_phases || op == Op::slice ||
         op == Op::average_pool || op == Op::global_pool;
}

// output[o] += input[i] * weight[w]
void convolution_terms(const ConvolutionOptions& o, const Shape& in, const Shape& weight, const Shape& out,
                       const std::function<void(Index, Index, Index)>& f) {
  const std::int64_t out_per_group = o.out_channels / o.groups;
  for_each_place(out, [&](auto n, auto c, auto y, auto x) {
    for (std::int64_t k = 0; k < weight[1]; ++k)
      for (std::int64_t i = 0; i < o.kernel; ++i)
        for (std::int64_t j = 0; j < o.kernel; ++j) {
          const std::int64_t row = y * o.stride - o.padding + i * o.dilation;
          const std::int64_t column = x * o.stride - o.padding + j * o.dilation;
          if (row < 0 || row >= in[2] || column < 0 || column >= in[3]) continue;
          f(at(out, n, c, y, x), at(in, n, c / out_per_group * weight[1] + k, row, column), at(weight, c, k, i, j));
        }
  });
}

Array convolve(const Node& node, const std::vector<Array>& operands, const Shape& out) {
  const auto& o = options_of<ConvolutionOptions>(node);
  Array y(out);
  if (o.bias)
    for_each_place(out, [&](auto n, auto c, auto row, auto column) {
      y.data[at(out, n, c, row, column)] = operands[2].data[static_cast<Index>(c)];
    });
  convolution_terms(o, operands[0].shape, operands[1].shape, out,
                    [&](Index t, Index i, Index w) { y.data[t] += operands[0].data[i] * operands[1].data[w]; });
  if (o.relu)
    for (double& v : y.data) v = std::max(v, 0.0);
  return y;
}

// From weight, scale and variance.
Array fold_weight(const Node& node, const std::vector<Array>& operands) {
  Array y = operands[0];
  const Index size = y.data.size() / operands[1].data.size();
  for (Index k = 0; k < y.data.size(); ++k)
    y.data[k] *=
        operands[1].data[k / size] / std::sqrt(operands[2].data[k / size] + options_of<BatchNormOptions>(node).eps);
  return y;
}

// From bias or nothing, scale, shift, mean and variance.
Array fold_bias(const Node& node, const std::vector<Array>& operands) {
  Array y = operands[2];
  for (Index c = 0; c < y.data.size(); ++c) {
    const double bias = operands[0].data.empty() ? 0.0 : operands[0].data[c];
    y.data[c] += (bias - operands[3].data[c]) * operands[1].data[c] /
                 std::sqrt(operands[4].data[c] + options_of<BatchNormOptions>(node).eps);
  }
  return y;
}

std::vector<Array> convolution_product(const Node& node, const std::vector<Array>& operands,
                                       const std::vector<Shape>& inputs, const Shape& out) {
  const auto& o = options_of<ConvolutionOptions>(node);
  const Array &dy = operands[0], &x = operands[1], &weight = operands[2];
  Array dx(inputs[0]), dw(inputs[1]), db(o.bias ? inputs[2] : Shape{0});
  convolution_terms(o, x.shape, weight.shape, out, [&](Index t, Index i, Index w) {
    dx.data[i] += dy.data[t] * weight.data[w];
    dw.data[w] += dy.data[t] * x.data[i];
  });
  if (o.bias)
    for_each_place(out, [&](auto n, auto c, auto row, auto column) {
      db.data[static_cast<Index>(c)] += dy.data[at(out, n, c, row, column)];
    });
  return {dx, dw, db};
}

// Of x by scale, shift, mean and inverse deviation.
Array affine_map(const BatchNormOptions& options, const std::vector<Array>& operands) {
  const Shape& s = operands[0].shape;
  Array y(s);
  for_each_place(s, [&](auto n, auto c, auto i, auto j) {
    const Index k = at(s, n, c, i, j);
    const auto channel = static_cast<Index>(c);
    y.data[k] =
        (operands[0].data[k] - operands[3].data[channel]) * operands[4].data[channel] * operands[1].data[channel] +
        operands[2].data[channel];
    if (options.relu) y.data[k] = std::max(y.data[k], 0.0);
  });
  return y;
}

std::vector<Array> normalize_batch(const Node& node, const std::vector<Array>& operands, const Shape& s) {
  const auto& o = options_of<BatchNormOptions>(node);
  const auto count = static_cast<double>(s[0] * s[2] * s[3]);
  Array mean(Shape{s[1]}), inverse(Shape{s[1]});
  const auto channel = [](std::int64_t c) { return static_cast<Index>(c); };
  if (o.inference) {
    mean = operands[3];
    for (Index c = 0; c < inverse.data.size(); ++c) inverse.data[c] = 1.0 / std::sqrt(operands[4].data[c] + o.eps);
  } else {
    for_each_place(s, [&](auto n, auto c, auto i, auto j) {
      mean.data[channel(c)] += operands[0].data[at(s, n, c, i, j)] / count;
    });
    for_each_place(s, [&](auto n, auto c, auto i, auto j) {
      const double d = operands[0].data[at(s, n, c, i, j)] - mean.data[channel(c)];
      inverse.data[channel(c)] += d * d / count;
    });
    for (double& v : inverse.data) v = 1.0 / std::sqrt(v + o.eps);
  }
  const Array y = affine_map(o, {operands[0], operands[1], operands[2], mean, inverse});
  if (o.inference) return {y};
  return {y, mean, inverse};
}

std::vector<Array> batch_norm_product(const Node& node, const std::vector<Array>& operands, const Shape& s) {
  const auto& o = options_of<BatchNormOptions>(node);
  const Index first_statistic = o.relu ? 4 : 3;
  const Array &x = operands[1], &scale = operands[2], &mean = operands[first_statistic];
  Array dy = operands[0], inverse = operands[first_statistic + 1];
  if (o.inference)
    for (double& v : inverse.data) v = 1.0 / std::sqrt(v + o.eps);
  const auto count = static_cast<double>(s[0] * s[2] * s[3]);
  Array dx(s), dscale(Shape{s[1]}), dshift(Shape{s[1]});
  const auto normalized = [&](Index k, Index c) { return (x.data[k] - mean.data[c]) * inverse.data[c]; };
  if (o.relu)
    for_each_place(s, [&](auto n, auto c, auto i, auto j) {
      const Index k = at(s, n, c, i, j);
      const auto channel = static_cast<Index>(c);
      const double y = normalized(k, channel) * scale.data[channel] + operands[3].data[channel];
      if (y <= 0.0) dy.data[k] = 0.0;
    });
  for_each_place(s, [&](auto n, auto c, auto i, auto j) {
    const Index k = at(s, n, c, i, j);
    const auto channel = static_cast<Index>(c);
    dshift.data[channel] += dy.data[k];
    dscale.data[channel] += dy.data[k] * normalized(k, channel);
  });
  for_each_place(s, [&](auto n, auto c, auto i, auto j) {
    const Index k = at(s, n, c, i, j);
    const auto channel = static_cast<Index>(c);
    const double through_statistics =
        o.inference ? 0.0 : (dshift.data[channel] + normalized(k, channel) * dscale.data[channel]) / count;
    dx.data[k] = scale.data[channel] * inverse.data[channel] * (dy.data[k] - through_statistics);
  });
  return {dx, dscale, dshift};
}

// A mask that depends on the node's name and the place, as in the real thing.
double dropout_factor(const Node& node, Index place) {
  const double p = options_of<DropoutOptions>(node).p;
  const std::size_t hash = std::hash<std::string>{}(node.name + std::to_string(place)) % 1000;
  return static_cast<double>(hash) < p * 1000.0 ? 0.0 : 1.0 / (1.0 - p);
}

std::vector<Array> pool_maximum(const Node& node, const Array& x, const Shape& out) {
  Array y(out), from(out);
  for_each_place(out, [&](auto n, auto c, auto i, auto j) {
    const Index target = at(out, n, c, i, j);
    double best = -INFINITY;
    for_each_in_window(options_of<PoolOptions>(node), x.shape, i, j, [&](auto row, auto column) {
      const Index source = at(x.shape, n, c, row, column);
      if (x.data[source] <= best) return;
      y.data[target] = best = x.data[source];
      from.data[target] = static_cast<double>(source);
    });
  });
  return {y, from};
}

// log of the sum over classes of exp, at one pixel.
double log_sum_exp(const Array& x, std::int64_t n, std::int64_t y, std::int64_t column) {
  double largest = -INFINITY, sum = 0.0;
  for (std::int64_t c = 0; c < x.shape[1]; ++c) largest = std::max(largest, x.data[at(x.shape, n, c, y, column)]);
  for (std::int64_t c = 0; c < x.shape[1]; ++c) sum += std::exp(x.data[at(x.shape, n, c, y, column)] - largest);
  return largest + std::log(sum);
}

// Mean cross entropy of the enlarged logits over pixels that are not ignored, and its weighted gradient.
std::vector<Array> cross_entropy(const Node& node, const Array& logits, const Array& labels) {
  const auto& o = options_of<LossOptions>(node);
  if (o.kind != LossKind::cross_entropy) throw std::logic_error("the interpreter has only cross entropy");
  const Shape large{logits.shape[0], logits.shape[1], labels.shape[1], labels.shape[2]};
  Array z(large), dz(large), loss, gradient(logits.shape);
  resize_terms(logits.shape, large, o.upsample.mode, o.upsample.align_corners,
               [&](Index t, Index i, double w) { z.data[t] += w * logits.data[i]; });
  double num_valid = 0.0;
  for (const double label : labels.data) num_valid += label != static_cast<double>(o.ignore_label);
  for_each_place({large[0], 1, large[2], large[3]}, [&](auto n, auto, auto y, auto x) {
    const auto label = static_cast<std::int64_t>(labels.data[at({large[0], 1, large[2], large[3]}, n, 0, y, x)]);
    if (label == o.ignore_label) return;
    const double log_sum = log_sum_exp(z, n, y, x);
    loss.data[0] += (log_sum - z.data[at(large, n, label, y, x)]) / num_valid;
    for (std::int64_t c = 0; c < large[1]; ++c) {
      const double p = std::exp(z.data[at(large, n, c, y, x)] - log_sum);
      dz.data[at(large, n, c, y, x)] = o.weight * (p - (c == label ? 1.0 : 0.0)) / num_valid;
    }
  });
  resize_terms(logits.shape, large, o.upsample.mode, o.upsample.align_corners,
               [&](Index t, Index i, double w) { gradient.data[i] += w * dz.data[t]; });
  return {loss, gradient};
}

Array join(const std::vector<Array>& parts, const Shape& out) {
  Array y(out);
  std::int64_t begin = 0;
  for (const Array& part : parts) {
    for_each_place(part.shape, [&](auto n, auto c, auto i, auto j) {
      y.data[at(out, n, begin + c, i, j)] = part.data[at(part.shape, n, c, i, j)];
    });
    begin += part.shape[1];
  }
  return y;
}

std::vector<Array> split(const Array& dy, const std::vector<Shape>& inputs) {
  std::vector<Array> parts;
  std::int64_t begin = 0;
  for (const Shape& s : inputs) {
    parts.emplace_back(s);
    for_each_place(s, [&](auto n, auto c, auto i, auto j) {
      parts.back().data[at(s, n, c, i, j)] = dy.data[at(dy.shape, n, begin + c, i, j)];
    });
    begin += s[1];
  }
  return parts;
}

// The place of the second operand that meets place `k` of the first.
Index partner(const Node& node, const Shape& first, Index k) {
  const auto area = static_cast<Index>(first[2] * first[3]);
  return options_of<ElementwiseOptions>(node).second_is_1x1 ? k / area : k;
}

Array softmax(const Array& x) {
  Array y(x.shape);
  for_each_place(x.shape, [&](auto n, auto c, auto i, auto j) {
    const Index k = at(x.shape, n, c, i, j);
    y.data[k] = std::exp(x.data[k] - log_sum_exp(x, n, i, j));
  });
  return y;
}

Array softmax_product(const Array& dy, const Array& y) {
  Array dx(y.shape);
  for_each_place({y.shape[0], 1, y.shape[2], y.shape[3]}, [&](auto n, auto, auto i, auto j) {
    double dot = 0.0;
    for (std::int64_t c = 0; c < y.shape[1]; ++c) {
      const Index k = at(y.shape, n, c, i, j);
      dot += dy.data[k] * y.data[k];
    }
    for (std::int64_t c = 0; c < y.shape[1]; ++c) {
      const Index k = at(y.shape, n, c, i, j);
      dx.data[k] = y.data[k] * (dy.data[k] - dot);
    }
  });
  return dx;
}

bool is_relu(const Node& node) { return options_of<ActivationOptions>(node).kind == ActivationKind::relu; }

}  // namespace

Array normalize_again(const Node& node, const std::vector<Array>& operands) {
  return affine_map(options_of<BatchNormOptions>(node), operands);
}

std::vector<Array> evaluate(const Node& node, const std::vector<Array>& operands, const Shape& output) {
  Array y(output);
  if (is_linear(node.op)) {
    linear_terms(node, operands[0].shape, output,
                 [&](Index t, Index i, double w) { y.data[t] += w * operands[0].data[i]; });
    return {y};
  }
  switch (node.op) {
    case Op::convolution: return {convolve(node, operands, output)};
    case Op::batch_norm: return normalize_batch(node, operands, output);
    case Op::folded_weight: return {fold_weight(node, operands)};
    case Op::folded_bias: return {fold_bias(node, operands)};
    case Op::concat: return {join(operands, output)};
    case Op::max_pool: return pool_maximum(node, operands[0], output);
    case Op::softmax: return {softmax(operands[0])};
    case Op::loss: return cross_entropy(node, operands[0], operands[1]);
    case Op::cast: return {operands[0]};
    default: break;
  }
  for (Index k = 0; k < y.data.size(); ++k) {
    const double x = operands[0].data[k];
    switch (node.op) {
      case Op::activation: y.data[k] = is_relu(node) ? std::max(x, 0.0) : 1.0 / (1.0 + std::exp(-x)); break;
      case Op::add: y.data[k] = x + operands[1].data[partner(node, output, k)]; break;
      case Op::mul: y.data[k] = x * operands[1].data[partner(node, output, k)]; break;
      case Op::dropout: y.data[k] = x * dropout_factor(node, k); break;
      default: throw std::logic_error("the interpreter has no " + std::string(name_of(node.op)));
    }
  }
  return {y};
}

std::vector<Array> product(const Node& node, const std::vector<Array>& operands, const std::vector<Shape>& inputs,
                           const Shape& output) {
  const Array& dy = operands[0];
  Array dx(inputs[0]);
  if (is_linear(node.op)) {
    linear_terms(node, inputs[0], output, [&](Index t, Index i, double w) { dx.data[i] += w * dy.data[t]; });
    return {dx, Array(Shape{0})};
  }
  switch (node.op) {
    case Op::convolution: return convolution_product(node, operands, inputs, output);
    case Op::batch_norm: return batch_norm_product(node, operands, output);
    case Op::concat: return split(dy, inputs);
    case Op::softmax: return {softmax_product(dy, operands[1])};
    case Op::cast: return {dy};
    case Op::max_pool:
      for (Index k = 0; k < dy.data.size(); ++k) dx.data[static_cast<Index>(operands[1].data[k])] += dy.data[k];
      return {dx};
    case Op::activation:
      for (Index k = 0; k < dy.data.size(); ++k) {
        const double y = operands[1].data[k];
        dx.data[k] = dy.data[k] * (is_relu(node) ? (y > 0.0 ? 1.0 : 0.0) : y * (1.0 - y));
      }
      return {dx};
    case Op::dropout:
      for (Index k = 0; k < dy.data.size(); ++k) dx.data[k] = dy.data[k] * dropout_factor(node, k);
      return {dx};
    case Op::add:
    case Op::mul: {
      Array second(inputs[1]);
      for (Index k = 0; k < dy.data.size(); ++k) {
        const Index p = partner(node, output, k);
        dx.data[k] = node.op == Op::add ? dy.data[k] : dy.data[k] * operands[2].data[p];
        second.data[p] += node.op == Op::add ? dy.data[k] : dy.data[k] * operands[1].data[k];
      }
      return {dx, second};
    }
    default: throw std::logic_error("the interpreter has no derivative of " + std::string(name_of(node.op)));
  }
}

}  // namespace seg::testing
