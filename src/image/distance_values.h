// SPDX-License-Identifier: Apache-2.0
// What image/distance_map.h gives out, from rows of squared distances. Vector code: the results are the same at every
// level of instructions. Pure functions.
#pragma once
#include <cstdint>
#include <span>

namespace seg {

// Squares, at most `limit`.
void limit_squares(const std::uint16_t* squares, std::uint16_t limit, std::span<std::uint16_t> out) noexcept;
void limit_squares(const std::uint16_t* squares, std::uint16_t limit, std::span<std::int16_t> out) noexcept;
void limit_squares(const std::uint32_t* squares, std::uint32_t limit, std::span<std::int32_t> out) noexcept;

// Where the label is `label`: squares, at most `limit`, negative. Other values stay as they are.
void put_negative_squares(const std::uint8_t* labels, std::uint8_t label, const std::uint16_t* squares,
                          std::uint16_t limit, std::span<std::int16_t> out) noexcept;
void put_negative_squares(const std::uint8_t* labels, std::uint8_t label, const std::uint32_t* squares,
                          std::uint32_t limit, std::span<std::int32_t> out) noexcept;

// Distances in eighths of a pixel, rounded to the nearest, at most 255: of squares of 1013 (31.83 pixels) and more.
inline constexpr std::uint16_t kLargestInEighths = 1013;
void write_eighths(const std::uint16_t* squares, std::span<std::uint8_t> out) noexcept;

}  // namespace seg
