// SPDX-License-Identifier: Apache-2.0
// The loops of batch normalisation over some pixels of a channels-last map, by the best instructions of this processor.
//
// Plain arrays: `num_rows` pixels of `num_channels` values that follow one another, float or the bits of bfloat16; what
// belongs to a channel is float. Sums are kept in float over at most 256 pixels and then added to doubles. An
// activation lets a value pass if factor x + offset, computed in float, is positive: the same bits in both directions.
// Instruction sets differ in rounding only. Thread-safe.
#pragma once
#include <cstdint>

namespace seg::kernels {

struct RowExtent {
  std::int64_t num_rows = 0, num_channels = 0;
};

// y = factor x + offset, and 0 in place of what is negative if relu.
struct Affine {
  const float* factor;
  const float* offset;
  bool relu;
};

// x = x + offset, and 0 in place of what is negative if relu. Here and below T is float or std::uint16_t.
template <class T>
void shift(T* x, RowExtent extent, const float* offset, bool relu);

// Adds up x - origin and its square, by channel.
template <class T>
void add_moments(const T* x, RowExtent extent, const float* origin, double* sums, double* squares);

template <class T>
void apply(const T* x, RowExtent extent, const Affine& affine, T* y);

// dz is dy where the activation let x pass, else 0. Adds up dz and dz (x - mean), by channel.
template <class T>
void add_gradient_sums(const T* dy, const T* x, RowExtent extent, const Affine& affine, const float* mean, double* sums,
                       double* products);

// dx = factor dz - slope (x - mean) - level. dx may be dy.
struct InputGradient {
  const float* mean;
  const float* slope;
  const float* level;
};
template <class T>
void input_gradient(const T* dy, const T* x, RowExtent extent, const Affine& affine, const InputGradient& gradient,
                    T* dx);

}  // namespace seg::kernels
