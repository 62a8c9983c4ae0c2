// SPDX-License-Identifier: Apache-2.0
#include "engine/cuda.h"

namespace seg {

CudaReport cuda_report() {
  return {.reason = "this build has no CUDA",
          .remedy = "device=cpu: this version trains and evaluates on processors only"};
}

}  // namespace seg
