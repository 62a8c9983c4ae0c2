// SPDX-License-Identifier: Apache-2.0
// The arithmetic of point_places.h over rows of channels: T is float, or uint16_t for the bits of bfloat16 values.
//
// Thread-safe, plain arrays.
#pragma once
#include <cstdint>

#include "engine/kernels/point_places.h"

namespace seg::kernels {

struct PointRows {
  const PointPlace* places = nullptr;
  std::int64_t count = 0, channels = 0;
};

// map [cells][channels] -> to [count][channels].
void sample_rows(const PointRows& points, const float* map, float* to) noexcept;
void sample_rows(const PointRows& points, const std::uint16_t* map, std::uint16_t* to) noexcept;

// sums [cells][channels] += the derivative of that, of gradients [count][channels]; one point after the other.
void add_rows(const PointRows& points, const float* gradients, float* sums) noexcept;
void add_rows(const PointRows& points, const std::uint16_t* gradients, float* sums) noexcept;

// Rounded to the nearest.
void narrow(const float* from, std::int64_t count, std::uint16_t* to) noexcept;

}  // namespace seg::kernels
