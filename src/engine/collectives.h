// SPDX-License-Identifier: Apache-2.0
// What a step says to the other processes of a run. With one process every call returns at once.
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>

namespace seg {

class Collectives {
 public:
  virtual ~Collectives() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  virtual void all_reduce_sum(const at::Tensor& tensor) = 0;  // in place, the same bits on every process
  virtual void broadcast(const at::Tensor& tensor, int from) = 0;
  virtual void barrier() = 0;
};

std::unique_ptr<Collectives> single_process();

}  // namespace seg
