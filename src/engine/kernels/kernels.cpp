// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/kernels.h"

#include <array>
#include <stdexcept>

namespace seg {

const Kernels& kernels_of(Op op) {
  using namespace kernels;  // NOLINT: the table is a list of their names
  static constexpr std::size_t kCount = static_cast<std::size_t>(Op::loss) + 1;
  static const std::array<Kernels, kCount> table = [] {
    std::array<Kernels, kCount> t{};
    const auto at = [&](Op entry) -> Kernels& { return t[static_cast<std::size_t>(entry)]; };
    at(Op::normalize) = {.forward = normalize, .cpu_forward = normalize_cpu};
    at(Op::convolution) = {
        .forward = convolution, .vjp = convolution_vjp, .cpu_forward = convolution_cpu, .cpu_vjp = convolution_vjp_cpu};
    at(Op::batch_norm) = {.forward = batch_norm,
                          .vjp = batch_norm_vjp,
                          .cpu_forward = batch_norm_cpu,
                          .cpu_vjp = batch_norm_vjp_cpu,
                          .recompute = batch_norm_again,
                          .cpu_recompute = batch_norm_again_cpu};
    at(Op::activation) = {.forward = activation, .vjp = activation_vjp};
    at(Op::add) = {.forward = add, .vjp = add_vjp};
    at(Op::mul) = {.forward = mul, .vjp = mul_vjp};
    at(Op::concat) = {.forward = concat, .vjp = concat_vjp};
    at(Op::slice) = {.forward = slice, .vjp = slice_vjp};
    at(Op::max_pool) = {
        .forward = max_pool, .vjp = max_pool_vjp, .cpu_forward = max_pool_cpu, .cpu_vjp = max_pool_vjp_cpu};
    at(Op::average_pool) = {.forward = average_pool, .vjp = average_pool_vjp};
    at(Op::global_pool) = {.forward = global_pool, .vjp = global_pool_vjp};
    at(Op::upsample) = {.forward = upsample, .vjp = upsample_vjp};
    at(Op::dropout) = {.forward = dropout, .vjp = dropout, .cpu_forward = dropout_cpu, .cpu_vjp = dropout_cpu};
    at(Op::softmax) = {.forward = softmax, .vjp = softmax_vjp};
    at(Op::argmax) = {.forward = argmax};
    at(Op::point_sample) = {.forward = point_sample,
                            .vjp = point_sample_vjp,
                            .cpu_forward = point_sample_cpu,
                            .cpu_vjp = point_sample_vjp_cpu};
    at(Op::choose_points) = {.forward = choose_points, .cpu_forward = choose_points_cpu};
    at(Op::choose_cells) = {.forward = choose_cells, .cpu_forward = choose_cells_cpu};
    at(Op::put_points) = {.forward = put_points};
    at(Op::point_labels) = {.forward = point_labels};
    at(Op::cast) = {.forward = cast, .vjp = cast_vjp};
    at(Op::phase_weight) = {.forward = phase_weight, .vjp = phase_weight_vjp};
    at(Op::join_phases) = {
        .forward = join_phases, .vjp = join_phases_vjp, .cpu_forward = join_phases_cpu, .cpu_vjp = join_phases_vjp_cpu};
    at(Op::folded_weight) = {.forward = folded_weight};
    at(Op::folded_bias) = {.forward = folded_bias};
    at(Op::boundary_weight) = {.forward = boundary_weight, .cpu_forward = boundary_weight_cpu};
    at(Op::loss) = {.forward = loss, .cpu_forward = loss_cpu};
    return t;
  }();
  return table.at(static_cast<std::size_t>(op));
}

at::ScalarType scalar_type(NumberType type, const KernelContext& context) {
  switch (type) {
    case NumberType::full: return context.full;
    case NumberType::compute: return context.compute;
    case NumberType::byte: return at::kByte;
    case NumberType::word: return at::kUInt16;
    case NumberType::index: return at::kLong;
  }
  throw std::logic_error("[scalar_type] unknown number type");
}

}  // namespace seg
