// SPDX-License-Identifier: Apache-2.0
// Names of all kernels, for the table in kernels.cpp and for tests that compare one with another.
#pragma once
#include "engine/kernels/kernel.h"

namespace seg::kernels {

// convolution.cpp, convolution_cpu.cpp
Tensors convolution(const Call& call);
Tensors convolution_vjp(const Call& call);  // reads: dy, x, weight
Tensors convolution_cpu(const Call& call);
Tensors convolution_vjp_cpu(const Call& call);
// folding.cpp
Tensors folded_weight(const Call& call);
Tensors folded_bias(const Call& call);
// batch_norm.cpp, batch_norm_cpu.cpp
Tensors batch_norm(const Call& call);        // saves: mean, inverse deviation
Tensors batch_norm_vjp(const Call& call);    // reads: dy, x, scale, shift if there is a relu, mean, inverse deviation
Tensors batch_norm_again(const Call& call);  // reads: x, scale, shift, mean, inverse deviation
Tensors batch_norm_cpu(const Call& call);
Tensors batch_norm_vjp_cpu(const Call& call);
Tensors batch_norm_again_cpu(const Call& call);
// elementwise.cpp
Tensors activation(const Call& call);
Tensors activation_vjp(const Call& call);  // reads: dy, y
Tensors add(const Call& call);
Tensors add_vjp(const Call& call);  // only of an operand that was broadcast
Tensors mul(const Call& call);
Tensors mul_vjp(const Call& call);  // reads: dy, a, b
Tensors cast(const Call& call);
Tensors cast_vjp(const Call& call);
// channels.cpp
Tensors concat(const Call& call);
Tensors concat_vjp(const Call& call);
Tensors slice(const Call& call);
Tensors slice_vjp(const Call& call);
Tensors softmax(const Call& call);
Tensors softmax_vjp(const Call& call);  // reads: dy, y
Tensors argmax(const Call& call);
// pooling.cpp
Tensors max_pool(const Call& call);  // saves: the place of the largest in its window, counted by rows
Tensors max_pool_vjp(const Call& call);
Tensors max_pool_cpu(const Call& call);
Tensors max_pool_vjp_cpu(const Call& call);
Tensors average_pool(const Call& call);
Tensors average_pool_vjp(const Call& call);
Tensors global_pool(const Call& call);
Tensors global_pool_vjp(const Call& call);
// upsample.cpp
Tensors upsample(const Call& call);
Tensors upsample_vjp(const Call& call);
// point_sample.cpp, point_sample_cpu.cpp
Tensors point_sample(const Call& call);
Tensors point_sample_vjp(const Call& call);  // reads: dy, points
Tensors point_sample_cpu(const Call& call);
Tensors point_sample_vjp_cpu(const Call& call);
// point_choice.cpp, point_choice_cpu.cpp
Tensors choose_points(const Call& call);
Tensors choose_points_cpu(const Call& call);
Tensors choose_cells(const Call& call);
Tensors choose_cells_cpu(const Call& call);
// put_points.cpp, point_labels.cpp
Tensors put_points(const Call& call);
Tensors point_labels(const Call& call);
// normalize.cpp, normalize_cpu.cpp
Tensors normalize(const Call& call);
Tensors normalize_cpu(const Call& call);
// dropout.cpp, dropout_cpu.cpp: the derivative is the same function of the gradient
Tensors dropout(const Call& call);
Tensors dropout_cpu(const Call& call);
// phases.cpp, phases_cpu.cpp
Tensors phase_weight(const Call& call);
Tensors phase_weight_vjp(const Call& call);
Tensors join_phases(const Call& call);
Tensors join_phases_vjp(const Call& call);
Tensors join_phases_cpu(const Call& call);
Tensors join_phases_vjp_cpu(const Call& call);
// boundary_weight.cpp, boundary_weight_cpu.cpp
Tensors boundary_weight(const Call& call);
Tensors boundary_weight_cpu(const Call& call);
// loss.cpp, loss_cpu.cpp
Tensors loss(const Call& call);  // saves: the gradient of the logits
Tensors loss_cpu(const Call& call);
// distance_loss.cpp: what loss() does for LossKind::distance
Tensors distance_loss(const Call& call);
// region_loss.cpp, region_loss_cpu.cpp: what they do for LossKind::dice and lovasz
Tensors region_loss(const Call& call);
Tensors region_loss_cpu(const Call& call);

}  // namespace seg::kernels
