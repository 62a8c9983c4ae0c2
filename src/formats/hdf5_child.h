// SPDX-License-Identifier: Apache-2.0
// The child process in which the HDF5 library reads the description of a file (formats/hdf5.h).
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "formats/hdf5.h"

namespace seg {

// First thing in main: of a process that was started to describe a file, its exit code, once the answer is written to
// standard output. Nothing: this process was started for something else, and may have such children from now on.
std::optional<int> hdf5_child_main(int argc, char** argv);

bool has_hdf5_child_main() noexcept;  // whether it was called

// How such a process is started.
std::vector<std::string> hdf5_child_arguments(const std::filesystem::path& file, const Hdf5Query& query);

}  // namespace seg
