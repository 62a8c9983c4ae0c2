// SPDX-License-Identifier: Apache-2.0
// Which build this is. Defined in a unit that the build generates (cmake/Version.cmake); valid for the process's life.
#pragma once
#include <string_view>

namespace seg {

std::string_view version() noexcept;     // "0.1.0"
std::string_view commit() noexcept;      // "ade9b75f0a12", with "-dirty" if files were changed; "unknown" outside git
std::string_view build_type() noexcept;  // "Release"
std::string_view compiler() noexcept;    // "GNU 12.2.0"

}  // namespace seg
