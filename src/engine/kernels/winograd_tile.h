// SPDX-License-Identifier: Apache-2.0
// Squares of numbers, of which each is a row of channels somewhere in memory, as Winograd's maps read and write them.
#pragma once
#include <array>
#include <cstddef>

#include "graph/winograd.h"

namespace seg::kernels::winograd {

inline constexpr std::size_t kTaps = 3;                          // along a side of the weight
inline constexpr std::size_t kChannelGroup = kWinogradChannels;  // rows have a multiple of it

template <class Number, std::size_t Side>
using Square = std::array<Number*, Side * Side>;

}  // namespace seg::kernels::winograd
