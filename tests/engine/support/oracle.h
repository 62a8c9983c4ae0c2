// SPDX-License-Identifier: Apache-2.0
// Numbers that Python's torch computed independently: tests/oracles/NAME.py writes them into the build folder when they
// are not there or older than a script. Some scripts can do so for any of several networks.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <string>

namespace seg::testing {

class Oracle {
 public:
  // Throws std::runtime_error if Python fails. A process reads each oracle once.
  static const Oracle& get(const std::string& name, const std::string& model = {});

  const at::Tensor& at(const std::string& name) const;  // std::runtime_error if there is none
  bool has(const std::string& name) const { return tensors_.contains(name); }
  const std::map<std::string, at::Tensor>& tensors() const { return tensors_; }

 private:
  std::map<std::string, at::Tensor> tensors_;
};

bool has_python();

// Norm of the difference over the norm of `expected`, in float64; the bare norm of the difference if that is 0.
double relative_error(const at::Tensor& ours, const at::Tensor& expected);

}  // namespace seg::testing

// First line of a test against Python.
#define SEG_NEEDS_PYTHON() \
  if (!seg::testing::has_python()) GTEST_SKIP() << "no SEG_PYTHON"
