// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a class for each pixel of an image from the logits of a smaller map, which are never enlarged as a
// whole: a row of the image lies between two rows of logits.
//
// Thread-safe, plain arrays.
#pragma once
#include <cstdint>

namespace seg::kernels {

// planes[k][x] = logits[left[x]][k] (1 - t[x]) + logits[right[x]][k] t[x], of one row of logits [columns][classes].
struct WideRow {
  std::int64_t num_classes = 0, width = 0;
  const std::int32_t* left = nullptr;   // [width]
  const std::int32_t* right = nullptr;  // [width]
  const float* t = nullptr;             // [width]
};
void widen(const WideRow& to, const float* logits, float* planes);
void widen(const WideRow& to, const std::uint16_t* logits, float* planes);  // the bits of bfloat16

// classes[x]: the k whose upper[k][x] (1 - t) + lower[k][x] t is largest, of equal ones the first. At most 256 classes.
// What is not a number never wins.
struct ClassRow {
  std::int64_t num_classes = 0, width = 0;
  const float* upper = nullptr;  // [num_classes][width], as widen() makes them
  const float* lower = nullptr;
  float t = 0;
};
void choose_classes(const ClassRow& row, std::uint8_t* classes);

}  // namespace seg::kernels
