// SPDX-License-Identifier: Apache-2.0
// The linear maps of Winograd's F(4x4, 3x3) for many channels at a time, by the best instructions of this processor.
//
// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (arXiv:1509.09308), with the interpolation points
// 0, 1, -1, 2, -2 and infinity: output = A' [ (G weight G') * (B' window B) ] A, where * is by element. A convolution
// thus becomes, point by point, products of matrices over channels, with 36 multiplications where 16 outputs took 144.
// The two gradients are the adjoint maps.
//
// Each map takes a square of numbers to another one; `channels` is a multiple of kChannelGroup. Nothing is allocated;
// thread-safe.
#pragma once
#include "engine/kernels/winograd_tile.h"

namespace seg::kernels::winograd::f4 {

inline constexpr std::size_t kOutputs = 4;                    // along a side of a tile
inline constexpr std::size_t kWindow = kOutputs + kTaps - 1;  // along a side of what a tile reads

// B' window B: of the input.
void transform_window(const Square<const float, kWindow>& window, const Square<float, kWindow>& points,
                      std::size_t channels) noexcept;
// A' points A: to the output.
void transform_to_outputs(const Square<const float, kWindow>& points, const Square<float, kOutputs>& outputs,
                          std::size_t channels) noexcept;
// G taps G': of the weight.
void transform_taps(const Square<const float, kTaps>& taps, const Square<float, kWindow>& points,
                    std::size_t channels) noexcept;
// A outputs A', the adjoint of transform_to_outputs: of the output's gradient, for the gradient of the weight.
void transform_output_gradient(const Square<const float, kOutputs>& outputs, const Square<float, kWindow>& points,
                               std::size_t channels) noexcept;
// G' points G, the adjoint of transform_taps: to the gradient of the weight.
void transform_to_taps(const Square<const float, kWindow>& points, const Square<float, kTaps>& taps,
                       std::size_t channels) noexcept;

}  // namespace seg::kernels::winograd::f4
