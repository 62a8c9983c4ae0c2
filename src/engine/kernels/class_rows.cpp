// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/class_rows.h"

#include <bit>
#include <limits>

#include "engine/kernels/vector_clones.h"

namespace seg::kernels {
namespace {

constexpr std::int64_t kBlock = 32;  // pixels whose best logits stay in registers

SEG_INLINE float number(float v) { return v; }
SEG_INLINE float number(std::uint16_t v) { return std::bit_cast<float>(static_cast<std::uint32_t>(v) << 16); }

template <class T>
SEG_INLINE void widen_body(const WideRow& to, const T* SEG_RESTRICT logits, float* SEG_RESTRICT planes) {
  for (std::int64_t k = 0; k < to.num_classes; ++k) {
    float* const plane = planes + k * to.width;
    for (std::int64_t x = 0; x < to.width; ++x) {
      const float from = number(logits[to.left[x] * to.num_classes + k]);
      const float other = number(logits[to.right[x] * to.num_classes + k]);
      plane[x] = from * (1.0F - to.t[x]) + other * to.t[x];
    }
  }
}

SEG_INLINE void choose_block(const ClassRow& row, std::int64_t begin, std::uint8_t* SEG_RESTRICT classes) {
  float best[kBlock];
  std::int32_t chosen[kBlock];
  for (std::int64_t i = 0; i < kBlock; ++i) {
    best[i] = -std::numeric_limits<float>::infinity();
    chosen[i] = 0;
  }
  for (std::int64_t k = 0; k < row.num_classes; ++k) {
    const float* SEG_RESTRICT upper = row.upper + k * row.width + begin;
    const float* SEG_RESTRICT lower = row.lower + k * row.width + begin;
    const auto class_id = static_cast<std::int32_t>(k);
    for (std::int64_t i = 0; i < kBlock; ++i) {
      const float v = upper[i] * (1.0F - row.t) + lower[i] * row.t;
      const bool is_better = v > best[i];
      best[i] = is_better ? v : best[i];
      chosen[i] = is_better ? class_id : chosen[i];
    }
  }
  for (std::int64_t i = 0; i < kBlock; ++i) classes[i] = static_cast<std::uint8_t>(chosen[i]);
}

SEG_INLINE void choose_one(const ClassRow& row, std::int64_t x, std::uint8_t* classes) {
  float best = -std::numeric_limits<float>::infinity();
  *classes = 0;
  for (std::int64_t k = 0; k < row.num_classes; ++k) {
    const float v = row.upper[k * row.width + x] * (1.0F - row.t) + row.lower[k * row.width + x] * row.t;
    if (v > best) {
      best = v;
      *classes = static_cast<std::uint8_t>(k);
    }
  }
}

}  // namespace

SEG_VECTOR_CLONES void widen(const WideRow& to, const float* logits, float* planes) { widen_body(to, logits, planes); }
SEG_VECTOR_CLONES void widen(const WideRow& to, const std::uint16_t* logits, float* planes) {
  widen_body(to, logits, planes);
}

SEG_VECTOR_CLONES void choose_classes(const ClassRow& row, std::uint8_t* classes) {
  std::int64_t x = 0;
  for (; x + kBlock <= row.width; x += kBlock) choose_block(row, x, classes + x);
  for (; x < row.width; ++x) choose_one(row, x, classes + x);
}

}  // namespace seg::kernels
