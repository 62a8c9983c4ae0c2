// SPDX-License-Identifier: Apache-2.0
// The one way by which values come back from the device, so that they can be counted, by who asks: on a GPU each one
// waits for all work before it.
//
// Called by the thread that calls torch; the counts may be read from any.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <source_location>
#include <string>
#include <vector>

namespace seg {

// All numbers of the tensor, row-major.
std::vector<double> read_back(const at::Tensor& tensor,
                              const std::source_location& from = std::source_location::current());

// Of this process, so far: by call site, "loss_meter.cpp:25".
using ReadBacks = std::map<std::string, std::int64_t>;
ReadBacks read_backs();
std::int64_t num_read_backs();

// Of each call site, if there were some in between.
ReadBacks difference(const ReadBacks& after, const ReadBacks& before);
std::int64_t total(const ReadBacks& counts) noexcept;

}  // namespace seg
