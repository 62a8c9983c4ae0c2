// SPDX-License-Identifier: Apache-2.0
// Whether this build has a sanitizer, which must see every block: then no allocator of ours stands before the system's.
#pragma once

namespace seg {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kHasSanitizer = true;
#else
inline constexpr bool kHasSanitizer = false;
#endif

}  // namespace seg
