// SPDX-License-Identifier: Apache-2.0
// Which convolutions go by Winograd's algorithm (engine/kernels/winograd.h), and how many products that has. Pure.
#pragma once
#include <cstdint>

#include "graph/graph.h"

namespace seg {

inline constexpr std::int64_t kWinogradChannels = 16;  // the kernels take multiples of it

// Along a side of a tile, for maps of numbers of so many bytes: F(4x4, 3x3) for floats, F(2x2, 3x3) for half precision,
// which does not stand the numbers of the larger one; 0 where there is no kernel.
constexpr std::int64_t winograd_outputs(std::int64_t number_bytes) {
  return number_bytes == 4 ? 4 : number_bytes == 2 ? 2 : 0;
}

// How the kernels work, and so what they take of memory beside their results (graph/workspace.h).
struct WinogradForm {
  std::int64_t outputs;           // along a side of a tile
  std::int64_t numbers_a_factor;  // numbers of half precision are multiplied in pairs
  std::int64_t tiles_a_chunk;     // with up to 128 channels a chunk stays in a core's cache
  std::int64_t tiles_a_sum;       // the same for the gradient of the weight
  std::int64_t rows_a_sum;        // of a block of that gradient: input channels
};
inline constexpr WinogradForm kWinogradOfFloats{winograd_outputs(4), 1, 48, 32, 64};
inline constexpr WinogradForm kWinogradOfHalfPrecision{winograd_outputs(2), 2, 72, 64, 128};
inline constexpr std::int64_t kWinogradPanel = 64;  // columns of a product; output channels of such a block
inline constexpr std::int64_t kWinogradGap = 16;    // factors between the matrices of two points
inline constexpr std::int64_t kWinogradJobs = 16;   // for threads to share, of the gradient of a weight, at least

// Marks the convolutions of 3x3, stride 1 and padding 1 whose channels are multiples of 16 on both sides.
Graph with_winograd_convolutions(Graph graph);

// Of a marked convolution: whether its map [N,C,H,W] (the sides of input and output are the same) has tiles enough.
bool uses_winograd(const ConvolutionOptions& options, const Shape& map);
std::int64_t winograd_macs(const Shape& weight, const Shape& output, std::int64_t outputs);

}  // namespace seg
