// SPDX-License-Identifier: Apache-2.0
// The allocator of the CPU tensors where the process's address space is limited (`ulimit -v`) and has no room for an
// arena: large blocks are those of a heap that gives back what it does not use, small ones the system's.
//
// Code that oneDNN generates, its scratch memory and the stacks of threads come out of the same space, and who gets
// none for them does not throw but crashes. So a large tensor is std::bad_alloc unless a reserve is free beside it.
// Where `new` finds no room, what tensors have freed goes back first.
//
// Thread-safe. install_bounded_heap() is for main(), before the first tensor is made; the library never calls it.
#pragma once
#include <cstddef>

namespace seg {

// For the life of the process. False, and nothing done, if this build has a sanitizer or the space is not limited.
bool install_bounded_heap();

// That no tensor takes now; 0 if it is not installed.
std::size_t bytes_kept_for_libraries();

// What others than tensors take from the first call on is of those bytes, a third of which always stays: so a step that
// fits before libraries have their code fits afterwards. Does nothing if it is not installed.
void let_libraries_grow();

// Gives back to the system what no tensor uses, and what the system's allocator can do without. If it is installed.
void trim_bounded_heap();

}  // namespace seg
