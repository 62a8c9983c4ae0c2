// SPDX-License-Identifier: Apache-2.0
// For sources that Highway compiles once per instruction set, which include it right behind <hwy/highway.h>: the level
// AVX3 may use the bfloat16 instructions of AVX-512 as well, for which Highway has no level. What such a source exports
// it calls by SEG_BFLOAT16_DISPATCH, which passes over that level on processors without those instructions.
//
// No #pragma once: Highway sets its macros anew for each level.
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
