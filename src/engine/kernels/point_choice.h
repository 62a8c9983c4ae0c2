// SPDX-License-Identifier: Apache-2.0
// What both ways of choosing points share, on any device and on the CPU.
#pragma once
#include <cstdint>

namespace seg::kernels {

// A coordinate from 32 random bits, in [0, 1): a multiple of 2^-24.
inline constexpr int kDroppedBits = 8;
inline constexpr double kCoordinateStep = 1.0 / (1 << 24);

}  // namespace seg::kernels
