// SPDX-License-Identifier: Apache-2.0
// What CUDA offers to this program. cuda_absent.cpp answers in builds without it (CMake chooses the unit).
#pragma once
#include <string>

namespace seg {

struct CudaReport {
  bool is_built = false;
  int num_devices = 0;
  std::string reason;  // why it is not used, empty if it can be
  std::string remedy;  // then: what to do
};
CudaReport cuda_report();

}  // namespace seg
