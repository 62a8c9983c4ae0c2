// SPDX-License-Identifier: Apache-2.0
// Means of the losses over the steps since they were last read, summed on the device: adding reads nothing back.
//
// Not thread-safe.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/tensors.h"

namespace seg {

class LossMeter {
 public:
  void add(const NamedTensors& losses);

  using Means = std::vector<std::pair<std::string, double>>;
  // Reads the sums back (one transfer for all of them) and begins anew. Empty if nothing was added.
  Means read();

 private:
  std::vector<std::string> names_;
  at::Tensor sums_;  // double, one a loss; undefined before the first add()
  std::int64_t count_ = 0;
};

}  // namespace seg
