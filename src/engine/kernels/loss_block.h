// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a loss that never makes full-resolution logits, for a block of neighbouring pixels of one row.
//
// Arrays of logits are [classes][kLossBlock]: the pixels are the lanes of the vectors. `upper` and `lower` are the two
// rows of logits between which the row of pixels lies, already enlarged along x; t is where, from 0 to 1.
#pragma once
#include <cstdint>

namespace seg::kernels {

inline constexpr std::int64_t kLossBlock = 32;

template <class T>
struct LossRow {
  std::int64_t num_classes = 0;
  const T* upper = nullptr;
  const T* lower = nullptr;
  T t = 0;
  const std::int32_t* labels = nullptr;  // [kLossBlock]
  std::int32_t ignore_label = 255;
};

// out[k][i] = values[k * stride + left[i]] * (1 - t[i]) + values[k * stride + right[i]] * t[i]
template <class T>
struct Enlargement {
  std::int64_t num_classes = 0, stride = 0;
  const std::int32_t* left = nullptr;   // [kLossBlock]
  const std::int32_t* right = nullptr;  // [kLossBlock]
  const T* t = nullptr;                 // [kLossBlock]
};
void enlarge(const Enlargement<float>& to, const float* values, float* out);
void enlarge(const Enlargement<double>& to, const double* values, double* out);

// loss: -log softmax at the label, -1 where ignored, NaN for a label that is no class. normalizer: log of the sum of
// exponentials. scratch: [classes][kLossBlock].
void loss_forward(const LossRow<float>& row, float* scratch, float* loss, float* normalizer);
void loss_forward(const LossRow<double>& row, double* scratch, double* loss, double* normalizer);

// Adds weight * d loss / d logits, shared between the two rows, to upper_sum and lower_sum [classes][kLossBlock].
void loss_backward(const LossRow<float>& row, const float* normalizer, const float* weight, float* upper_sum,
                   float* lower_sum);
void loss_backward(const LossRow<double>& row, const double* normalizer, const double* weight, double* upper_sum,
                   double* lower_sum);

}  // namespace seg::kernels
