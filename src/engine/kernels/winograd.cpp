// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/winograd.h"

#include "engine/kernels/winograd_convolution.h"
#include "engine/kernels/winograd_forms.h"
#include "engine/kernels/winograd_weight_gradient.h"

namespace seg::kernels::winograd {
namespace {

// Calls f with the form for maps of the type.
template <class F>
at::Tensor with_form(at::ScalarType type, const F& f) {
  return type == at::kFloat ? f(F4()) : f(F2());
}

template <class Form>
TapRows<typename Form::Number> tap_rows(const at::Tensor& taps, bool is_turned) {
  return {
      values_of<typename Form::Number>(taps), taps.size(2), taps.size(3), taps.stride(1), taps.stride(2), is_turned};
}

}  // namespace

bool serves(const at::Tensor& map, const at::Tensor& weight) {
  return map.device().is_cpu() && map.scalar_type() == weight.scalar_type() && weight.size(2) == 3 &&
         weight.size(3) == 3 && weight.size(0) % kWinogradChannels == 0 && weight.size(1) % kWinogradChannels == 0 &&
         is_dense_map(map);
}

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight) {
  return with_form(x.scalar_type(), [&]<class Form>(Form) {
    const at::Tensor taps = weight.permute({2, 3, 1, 0}).contiguous();
    const PointWeights<Form> weights(tap_rows<Form>(taps, false));
    return Convolution<Form>(x, weights).run();
  });
}

at::Tensor input_gradient(const at::Tensor& dy, const at::Tensor& weight) {
  return with_form(dy.scalar_type(), [&]<class Form>(Form) {
    const at::Tensor rows = weight.contiguous(at::MemoryFormat::ChannelsLast);  // [out][3][3][in] in memory
    const PointWeights<Form> weights(tap_rows<Form>(rows.permute({2, 3, 0, 1}), true));
    return Convolution<Form>(dy, weights).run();
  });
}

at::Tensor weight_gradient(const at::Tensor& x, const at::Tensor& dy) {
  return with_form(x.scalar_type(), [&]<class Form>(Form) { return WeightGradient<Form>(x, dy).run(); });
}

}  // namespace seg::kernels::winograd
