// SPDX-License-Identifier: Apache-2.0
// The one way by which values come back from the device, so that they can be counted: on a GPU each one waits for all
// work before it.
//
// Called by the thread that calls torch; the count may be read from any.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace seg {

// All numbers of the tensor, row-major.
std::vector<double> read_back(const at::Tensor& tensor);

std::int64_t num_read_backs() noexcept;  // of this process, so far

}  // namespace seg
