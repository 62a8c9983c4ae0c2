// SPDX-License-Identifier: Apache-2.0
// A fuzz target: one file NAME_fuzz.cpp in this folder, which defines the two functions below. CMake finds it and makes
// two programs of it: `./dev fuzz NAME` runs it with libFuzzer; the test hostile_NAME gives it its seeds, damaged in
// every way of mutations.h, under a limit of memory and time (hostile.cpp).
//
// What a target is given may be refused with a UserError. Any other exception, a sanitizer's report, too much memory or
// time is a finding.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seg::testing {

// Whole files of every kind that the target reads, to begin with; and such as are hostile by design.
std::vector<std::string> fuzz_seeds();

void fuzz(std::string_view input);

// For readers of files: the path of a file in memory that holds the input until the next call.
std::filesystem::path as_file(std::string_view input);

// Reads every byte, so that a claim to bytes that are not there is found.
void read_all(std::span<const std::byte> bytes);

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace seg::testing
