// SPDX-License-Identifier: Apache-2.0
// Whether our own kernels run in parallel: at::parallel_for is silently serial in units compiled without -fopenmp.
#pragma once

namespace seg::kernels {

// How many threads a parallel loop of this library was seen to use.
int observed_threads();

}  // namespace seg::kernels
