// SPDX-License-Identifier: Apache-2.0
// Marks a plain loop function to be compiled for several instruction sets; the loader picks the best one at start.
//
// Such a function must not be a template, and what it calls must be inlined into it (SEG_INLINE). Its loops are written
// so that the compiler can make vectors of them: fixed or simple counts, no branches, no aliasing (SEG_RESTRICT).
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SEG_VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SEG_VECTOR_CLONES
#endif
#define SEG_INLINE inline __attribute__((always_inline))
#define SEG_RESTRICT __restrict__
