// SPDX-License-Identifier: Apache-2.0
// The linear maps of Winograd's F(2x2, 3x3) for maps of bfloat16, by the best instructions of this processor.
//
// As winograd_f4.h, with the interpolation points 0, 1, -1 and infinity: 16 multiplications where 4 outputs took 36.
// The entries of the maps are 0, 1, -1 and 1/2, which bfloat16 factors stand; those of F(4x4, 3x3) are too large for
// them. What is multiplied are bfloat16 values in pairs, rounded once; sums stay floats.
//
// Maps are the bits of bfloat16 values. `channels` is a multiple of kChannelGroup. Nothing is allocated; thread-safe.
#pragma once
#include <cstdint>

#include "engine/kernels/matrix_product.h"
#include "engine/kernels/winograd_tile.h"

namespace seg::kernels::winograd::f2 {

inline constexpr std::size_t kOutputs = 2;                    // along a side of a tile
inline constexpr std::size_t kWindow = kOutputs + kTaps - 1;  // along a side of what a tile reads

// B' window B: of the input, in pairs of channels: channels / 2 of them to a row of `points`.
void transform_window(const Square<const std::uint16_t, kWindow>& window, const Square<Bfloat16Pair, kWindow>& points,
                      std::size_t channels) noexcept;
// A' points A: to the output.
void transform_to_outputs(const Square<const float, kWindow>& points, const Square<std::uint16_t, kOutputs>& outputs,
                          std::size_t channels) noexcept;
// G taps G': of the weight; pairs of the two squares' values.
void transform_taps(const std::array<Square<const std::uint16_t, kTaps>, 2>& taps,
                    const Square<Bfloat16Pair, kWindow>& points, std::size_t channels) noexcept;
// For the gradient of the weight, whose products run over tiles: pairs of two tiles' values.
void transform_windows(const std::array<Square<const std::uint16_t, kWindow>, 2>& windows,
                       const Square<Bfloat16Pair, kWindow>& points, std::size_t channels) noexcept;
// A outputs A', the adjoint of transform_to_outputs.
void transform_output_gradients(const std::array<Square<const std::uint16_t, kOutputs>, 2>& outputs,
                                const Square<Bfloat16Pair, kWindow>& points, std::size_t channels) noexcept;
// G' points G, the adjoint of transform_taps.
void transform_to_taps(const Square<const float, kWindow>& points, const Square<std::uint16_t, kTaps>& taps,
                       std::size_t channels) noexcept;

}  // namespace seg::kernels::winograd::f2
