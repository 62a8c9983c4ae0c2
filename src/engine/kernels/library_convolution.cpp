// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/library_convolution.h"

#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <optional>
#include <stdexcept>
#include <string_view>

#include "base/machine.h"

namespace seg::kernels {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;
using Convolve = at::Tensor(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                            at::IntArrayRef padding, at::IntArrayRef stride, at::IntArrayRef dilation,
                            std::int64_t groups, std::string_view activation, Scalars of_activation,
                            std::optional<std::string_view> algorithm);

const std::optional<c10::TypedOperatorHandle<Convolve>>& found_operator() {
  static const auto found = []() -> std::optional<c10::TypedOperatorHandle<Convolve>> {
    const auto handle = c10::Dispatcher::singleton().findSchema({"mkldnn::_convolution_pointwise", ""});
    if (!handle || !handle->hasKernelForDispatchKey(c10::DispatchKey::CPU)) return std::nullopt;
    return handle->typed<Convolve>();
  }();
  return found;
}

}  // namespace

bool has_library_convolution(at::ScalarType type) {
  static const CpuFeatures features = cpu_features();
  return found_operator().has_value() && (type == at::kFloat || features.avx512 || features.bf16);
}

at::Tensor library_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                               const ConvolutionOptions& o) {
  if (!found_operator()) throw std::logic_error("[convolution] the library has no such operator");
  const std::optional<at::Tensor> given = bias.defined() ? std::optional(bias) : std::nullopt;
  return found_operator()->call(x, weight, given, {o.padding, o.padding}, {o.stride, o.stride},
                                {o.dilation, o.dilation}, o.groups, o.relu ? "relu" : "none", Scalars(), "");
}

}  // namespace seg::kernels
