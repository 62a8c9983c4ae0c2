// SPDX-License-Identifier: Apache-2.0
// The child process in which the HDF5 library reads the description of a file (formats/hdf5.h).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/own_child.h"
#include "formats/hdf5.h"

namespace seg {

// First thing in main: of a process that was started to describe a file, its exit code, once the answer is written to
// standard output. Nothing: this process was started for something else, and may have such children from now on.
std::optional<int> hdf5_child_main(int argc, char** argv);

bool has_hdf5_child_main() noexcept;  // whether it was called

// How much such a child may take.
inline constexpr std::uint64_t kMostHdf5Memory = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kMostHdf5ProcessorSeconds = 120;
inline constexpr double kMostHdf5Seconds = 300;                            // a slow disk is waited for
inline constexpr std::size_t kMostHdf5Description = std::size_t{1} << 29;  // bytes: 4 million chunks take 64 MiB

// How such a process is started by this one. Its input is the file.
std::vector<std::string> hdf5_child_arguments(const Hdf5Query& query);

// What to tell of the file `where` if the child did not answer: a UserError, or StopRequested.
[[noreturn]] void fail_for_child(const std::string& where, const ChildAnswer& answer);

}  // namespace seg
