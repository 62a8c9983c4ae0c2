// SPDX-License-Identifier: Apache-2.0
// For sources that Highway compiles once per instruction set, which include it again each time, right behind
// <hwy/highway.h> (so: no #pragma once). The level AVX3 may then use the bfloat16 instructions of AVX-512 as well, for
// which Highway has no level. What such a source exports it calls by SEG_BFLOAT16_DISPATCH, which passes over that
// level on processors without those instructions.
#if defined(SEG_BFLOAT16_TARGET_H) == defined(HWY_TARGET_TOGGLE)
#ifdef SEG_BFLOAT16_TARGET_H
#undef SEG_BFLOAT16_TARGET_H
#else
#define SEG_BFLOAT16_TARGET_H
#endif

#if HWY_TARGET == HWY_AVX3
#undef HWY_TARGET_STR
#define HWY_TARGET_STR HWY_TARGET_STR_AVX3 ",avx512bf16"
#endif

#ifndef SEG_BFLOAT16_DISPATCH
#if HWY_ARCH_X86
namespace seg::kernels {
// Whether Highway would choose AVX3 on a processor that lacks these instructions.
inline bool avx3_lacks_bfloat16() {
  static const bool lacks = __builtin_cpu_supports("avx512bw") && !__builtin_cpu_supports("avx512bf16");
  return lacks;
}
}  // namespace seg::kernels
#define SEG_BFLOAT16_DISPATCH(FUNCTION) \
  (*(seg::kernels::avx3_lacks_bfloat16() ? &N_AVX2::FUNCTION : &HWY_DYNAMIC_DISPATCH(FUNCTION)))
#else
#define SEG_BFLOAT16_DISPATCH(FUNCTION) HWY_DYNAMIC_DISPATCH(FUNCTION)
#endif
#endif
#endif
