// SPDX-License-Identifier: Apache-2.0
// How clear it is which class a place is of: the difference of its two largest logits; and which places of many it is
// the least for.
//
// What is not a number never is among the largest; a difference that is none (of infinities) is 0. Plain arrays,
// thread-safe.
#pragma once
#include <cstdint>
#include <span>

namespace seg::kernels {

// logits [count][classes] -> margins [count], each at least 0. At least two classes.
void margins(const float* logits, std::int64_t num_classes, std::int64_t count, float* margins);

// The `chosen.size()` places of the smallest margins, ascending by place; of equal margins the first places.
void least_of(std::span<const float> margins, std::span<std::int32_t> chosen);

}  // namespace seg::kernels
