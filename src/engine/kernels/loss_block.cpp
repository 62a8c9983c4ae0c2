// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/loss_block.h"

#include <bit>
#include <cmath>
#include <limits>

#include "engine/kernels/vector_clones.h"

namespace seg::kernels {
namespace {

constexpr auto kBlock = kLossBlock;

// For x <= 0; 2 units in the last place. NaN stays NaN. Straight arithmetic, so that a loop over it becomes vectors.
SEG_INLINE float exp_of(float x) {
  constexpr float kLowest = -87.0F, kLog2E = 1.44269504F, kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it leaves the nearest whole number in the low bits
  x = x < kLowest ? kLowest : x;
  const float shifted = x * kLog2E + kRound;
  const float n = shifted - kRound;
  const float r = x - n * kLn2High - n * kLn2Low;  // |r| <= ln 2 / 2: Taylor to r^7 is exact enough
  float p = 1.0F / 5040;
  p = p * r + 1.0F / 720;
  p = p * r + 1.0F / 120;
  p = p * r + 1.0F / 24;
  p = p * r + 1.0F / 6;
  p = p * r + 0.5F;
  p = p * (r * r) + r + 1.0F;
  // The low bits of `shifted` hold n; its high bits leave the word when the exponent is shifted into place.
  const std::uint32_t power = (std::bit_cast<std::uint32_t>(shifted) + 127U) << 23;
  return p * std::bit_cast<float>(power);
}

// For normal x > 0. NaN stays NaN.
SEG_INLINE float log_of(float x) {
  constexpr std::uint32_t kSqrtHalf = 0x3F3504F3U;  // bits of sqrt(1/2)
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x) - kSqrtHalf;
  const auto e = static_cast<float>(static_cast<std::int32_t>(bits) >> 23);
  const float m = std::bit_cast<float>((bits & 0x7FFFFFU) + kSqrtHalf);  // in [sqrt(1/2), sqrt(2))
  const float s = (m - 1.0F) / (m + 1.0F);                               // log m = 2 artanh s
  const float z = s * s;
  float p = 2.0F / 9;
  p = p * z + 2.0F / 7;
  p = p * z + 2.0F / 5;
  p = p * z + 2.0F / 3;
  p = p * z + 2.0F;
  const float result = p * s + e * 0.693147181F;
  return x == x ? result : x;
}

SEG_INLINE double exp_of(double x) { return std::exp(x); }
SEG_INLINE double log_of(double x) { return std::log(x); }

template <class T>
SEG_INLINE void enlarge_body(const Enlargement<T>& to, const T* SEG_RESTRICT values, T* SEG_RESTRICT out) {
  const std::int32_t* SEG_RESTRICT left = to.left;
  const std::int32_t* SEG_RESTRICT right = to.right;
  const T* SEG_RESTRICT t = to.t;
  for (std::int64_t k = 0; k < to.num_classes; ++k) {
    const T* SEG_RESTRICT row = values + k * to.stride;
    for (std::int64_t i = 0; i < kBlock; ++i) {
      const T a = row[left[i]];
      out[k * kBlock + i] = a + t[i] * (row[right[i]] - a);
    }
  }
}

template <class T>
SEG_INLINE void forward_body(const LossRow<T>& row, T* SEG_RESTRICT scratch, T* SEG_RESTRICT loss,
                             T* SEG_RESTRICT normalizer) {
  const T* SEG_RESTRICT upper = row.upper;
  const T* SEG_RESTRICT lower = row.lower;
  const std::int32_t* SEG_RESTRICT labels = row.labels;
  const T t = row.t;
  T largest[kBlock], picked[kBlock], sum[kBlock];
  for (std::int64_t i = 0; i < kBlock; ++i) {
    largest[i] = -std::numeric_limits<T>::infinity();
    picked[i] = std::numeric_limits<T>::quiet_NaN();
    sum[i] = 0;
  }
  for (std::int64_t k = 0; k < row.num_classes; ++k)
    for (std::int64_t i = 0; i < kBlock; ++i) {
      const T a = upper[k * kBlock + i];
      const T logit = a + t * (lower[k * kBlock + i] - a);
      scratch[k * kBlock + i] = logit;
      largest[i] = logit > largest[i] ? logit : largest[i];
      picked[i] = labels[i] == static_cast<std::int32_t>(k) ? logit : picked[i];
    }
  for (std::int64_t k = 0; k < row.num_classes; ++k)
    for (std::int64_t i = 0; i < kBlock; ++i) sum[i] += exp_of(scratch[k * kBlock + i] - largest[i]);
  for (std::int64_t i = 0; i < kBlock; ++i) {
    const T log_sum = largest[i] + log_of(sum[i]);
    const T value = log_sum - picked[i];
    const T positive = value < 0 ? T{0} : value;  // rounding only; NaN stays
    loss[i] = labels[i] == row.ignore_label ? T{-1} : positive;
    normalizer[i] = log_sum;
  }
}

template <class T>
SEG_INLINE void backward_body(const LossRow<T>& row, const T* SEG_RESTRICT normalizer, const T* SEG_RESTRICT weight,
                              T* SEG_RESTRICT upper_sum, T* SEG_RESTRICT lower_sum) {
  const T* SEG_RESTRICT upper = row.upper;
  const T* SEG_RESTRICT lower = row.lower;
  const std::int32_t* SEG_RESTRICT labels = row.labels;
  const T t = row.t;
  for (std::int64_t k = 0; k < row.num_classes; ++k)
    for (std::int64_t i = 0; i < kBlock; ++i) {
      const T a = upper[k * kBlock + i];
      const T logit = a + t * (lower[k * kBlock + i] - a);
      const T probability = exp_of(logit - normalizer[i]);
      const T gradient = weight[i] * (labels[i] == static_cast<std::int32_t>(k) ? probability - 1 : probability);
      const T below = t * gradient;
      upper_sum[k * kBlock + i] += gradient - below;
      lower_sum[k * kBlock + i] += below;
    }
}

}  // namespace

SEG_VECTOR_CLONES void enlarge(const Enlargement<float>& to, const float* values, float* out) {
  enlarge_body(to, values, out);
}
void enlarge(const Enlargement<double>& to, const double* values, double* out) { enlarge_body(to, values, out); }

SEG_VECTOR_CLONES void loss_forward(const LossRow<float>& row, float* scratch, float* loss, float* normalizer) {
  forward_body(row, scratch, loss, normalizer);
}
void loss_forward(const LossRow<double>& row, double* scratch, double* loss, double* normalizer) {
  forward_body(row, scratch, loss, normalizer);
}

SEG_VECTOR_CLONES void loss_backward(const LossRow<float>& row, const float* normalizer, const float* weight,
                                     float* upper_sum, float* lower_sum) {
  backward_body(row, normalizer, weight, upper_sum, lower_sum);
}
void loss_backward(const LossRow<double>& row, const double* normalizer, const double* weight, double* upper_sum,
                   double* lower_sum) {
  backward_body(row, normalizer, weight, upper_sum, lower_sum);
}

}  // namespace seg::kernels
