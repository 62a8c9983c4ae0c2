// SPDX-License-Identifier: Apache-2.0
// The linear maps of Winograd's F(4x4, 3x3) for many channels at a time, by the best instructions of this processor.
//
// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (arXiv:1509.09308), with the interpolation points
// 0, 1, -1, 2, -2 and infinity: output = A' [ (G weight G') * (B' window B) ] A, where * is by element. A convolution
// thus becomes, point by point, products of matrices over channels, with 36 multiplications where 16 outputs took 144.
// The two gradients are the adjoint maps.
//
// Each map takes a square of numbers to another square; an element is a row of `channels` floats somewhere. Nothing is
// allocated; thread-safe.
#pragma once
#include <array>
#include <cstddef>

#include "graph/winograd.h"

namespace seg::kernels::winograd {

inline constexpr std::size_t kOutputs = kWinogradOutputs;        // along a side of a tile
inline constexpr std::size_t kTaps = 3;                          // along a side of the weight
inline constexpr std::size_t kWindow = kOutputs + kTaps - 1;     // along a side of what a tile reads
inline constexpr std::size_t kNumPoints = kWindow * kWindow;     // independent products
inline constexpr std::size_t kChannelGroup = kWinogradChannels;  // `channels` is a multiple of it

template <std::size_t Side>
using Sources = std::array<const float*, Side * Side>;
template <std::size_t Side>
using Places = std::array<float*, Side * Side>;

// B' window B: of the input.
void transform_window(const Sources<kWindow>& window, const Places<kWindow>& points, std::size_t channels) noexcept;
// A' points A: to the output.
void transform_to_outputs(const Sources<kWindow>& points, const Places<kOutputs>& outputs,
                          std::size_t channels) noexcept;
// G taps G': of the weight.
void transform_taps(const Sources<kTaps>& taps, const Places<kWindow>& points, std::size_t channels) noexcept;
// A outputs A', the adjoint of transform_to_outputs: of the output's gradient, for the gradient of the weight.
void transform_output_gradient(const Sources<kOutputs>& outputs, const Places<kWindow>& points,
                               std::size_t channels) noexcept;
// G' points G, the adjoint of transform_taps: to the gradient of the weight.
void transform_to_taps(const Sources<kWindow>& points, const Places<kTaps>& taps, std::size_t channels) noexcept;

}  // namespace seg::kernels::winograd
