// SPDX-License-Identifier: Apache-2.0
// Where the tests find what lies outside of them.
#pragma once
#include <filesystem>

namespace seg::testing {

std::filesystem::path source_folder();  // of this repository
std::filesystem::path build_folder();
// A Python with torch and numpy, for oracles: SEG_PYTHON of the environment, else as configured. Empty if there is
// none; such a test then says GTEST_SKIP() << "no SEG_PYTHON".
std::filesystem::path python();

}  // namespace seg::testing
