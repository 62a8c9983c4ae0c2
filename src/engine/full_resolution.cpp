// SPDX-License-Identifier: Apache-2.0
#include "engine/full_resolution.h"

#include "engine/kernels/resample.h"

namespace seg {

at::Tensor full_resolution(const at::Tensor& values, const Output& output, std::int64_t height, std::int64_t width) {
  const at::Tensor numbers = values.scalar_type() == at::kDouble ? values : values.to(at::kFloat);
  if (numbers.size(2) == height && numbers.size(3) == width) return numbers;
  return kernels::resample(numbers, kernels::by_rule(output.upsample, height, width));
}

}  // namespace seg
