// SPDX-License-Identifier: Apache-2.0
#include "engine/kernel_tolerance.h"

#include "engine/kernels/convolution_choice.h"

namespace seg {
namespace {

struct Tolerances {
  double output, statistic, map_gradient, parameter_gradient;
};

// A few times what is seen on the layers of both models.
constexpr Tolerances kExact{0, 0, 0, 0};
constexpr Tolerances kFloatSums{2e-6, 0, 2e-6, 2e-5};
constexpr Tolerances kFloatWinograd{2e-5, 0, 3e-5, 3e-5};
constexpr Tolerances kFloatNorm{1e-5, 2e-5, 1e-5, 3e-5};
constexpr Tolerances kLoss{1e-5, 0, 1e-5, 0};
constexpr Tolerances kLovasz{1e-3, 0, 3e-2, 0};  // errors in bins beside errors that are sorted
constexpr Tolerances kFloatPool{0, 0, 2e-6, 0}, kHalfPool{0, 0, 5e-3, 0};  // windows share pixels
// Of bfloat16 one rounding is 2e-3. The composite rounds biases and factors first, and on processors without bfloat16
// the sums of each image.
constexpr Tolerances kHalfSums{5e-3, 0, 5e-3, 1e-2};
constexpr Tolerances kHalfWinograd{1e-2, 0, 1e-2, 2e-2};
constexpr Tolerances kHalfNorm{1e-3, 2e-5, 1e-3, 3e-5};  // the same sums of floats, rounded at the end

Tolerances of_convolution(const ConvolutionOptions& o, const Shape& x, at::ScalarType type) {
  const bool is_half = type == at::kBFloat16;
  if (kernels::choose_convolution(o, x, type, true).forward == kernels::ConvolutionKernel::winograd)
    return is_half ? kHalfWinograd : kFloatWinograd;
  return is_half ? kHalfSums : kFloatSums;
}

Tolerances tolerances_of(const Node& node, const Shape& x, at::ScalarType type) {
  const bool is_half = type == at::kBFloat16;
  switch (node.op) {
    case Op::convolution: return of_convolution(options_of<ConvolutionOptions>(node), x, type);
    case Op::batch_norm: return is_half ? kHalfNorm : kFloatNorm;
    case Op::loss: return options_of<LossOptions>(node).kind == LossKind::lovasz ? kLovasz : kLoss;
    case Op::dropout: return is_half ? kHalfSums : kExact;
    case Op::boundary_weight: return kFloatSums;
    case Op::point_sample: return is_half ? kHalfSums : kFloatSums;
    case Op::max_pool: return is_half ? kHalfPool : kFloatPool;
    default: return kExact;  // numbers are moved, or looked up
  }
}

}  // namespace

std::vector<TrialResult> trial_results(const Node& node, bool training) {
  using enum ResultKind;
  std::vector<TrialResult> results = {{node.op == Op::loss ? "value" : "output", output}};
  if (!training) return results;
  std::vector<TrialResult> others;
  switch (node.op) {
    case Op::normalize:
    case Op::choose_points:
    case Op::boundary_weight: break;
    case Op::point_sample: others = {{"input gradient", map_gradient}, {"points gradient", map_gradient}}; break;
    case Op::loss: others = {{"logits gradient", map_gradient}}; break;
    case Op::max_pool: others = {{"places", count}, {"input gradient", map_gradient}}; break;
    case Op::convolution:
      others = {{"input gradient", map_gradient},
                {"weight gradient", parameter_gradient},
                {"bias gradient", parameter_gradient}};
      break;
    case Op::batch_norm:
      others = {{"mean", statistic},
                {"inverse deviation", statistic},
                {"input gradient", map_gradient},
                {"scale gradient", parameter_gradient},
                {"shift gradient", parameter_gradient},
                {"running mean", statistic},
                {"running variance", statistic},
                {"number of batches", count}};
      break;
    default: others = {{"input gradient", map_gradient}};
  }
  results.insert(results.end(), others.begin(), others.end());
  return results;
}

double tolerance(const Node& node, ResultKind kind, const Shape& x, at::ScalarType type) {
  const Tolerances tolerances = tolerances_of(node, x, type);
  switch (kind) {
    case ResultKind::output: return tolerances.output;
    case ResultKind::statistic: return tolerances.statistic;
    case ResultKind::map_gradient: return tolerances.map_gradient;
    case ResultKind::parameter_gradient: return tolerances.parameter_gradient;
    case ResultKind::count: break;
  }
  return 0;
}

}  // namespace seg
