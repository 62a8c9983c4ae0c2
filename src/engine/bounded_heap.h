// SPDX-License-Identifier: Apache-2.0
// The allocator of the CPU tensors where the process's address space is limited (`ulimit -v`) and has no room for an
// arena: the system's, which refuses a large block while there is still room for what libraries need.
//
// Code that oneDNN generates, its scratch memory and the stacks of threads come out of the same space, and who gets
// none for them does not throw but crashes. So a tensor is std::bad_alloc unless a reserve could be had behind it.
// Nothing of the reserve is held: the space is asked for it and has it back at once, which touches no page.
//
// Thread-safe. install_bounded_heap() is for main(), before the first tensor is made; the library never calls it.
#pragma once
#include <cstddef>

namespace seg {

// For the life of the process. False, and nothing done, if this build has a sanitizer or the space is not limited.
bool install_bounded_heap();

// That no tensor takes; 0 if it is not installed.
std::size_t bytes_kept_for_libraries();

}  // namespace seg
