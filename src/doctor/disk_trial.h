// SPDX-License-Identifier: Apache-2.0
// How fast a folder's disk gives files that are not in memory, tried with a file that is taken away again.
#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>

namespace seg {

// Bytes per second. Nothing where no file can be written, or where files stay in memory all the same. StopRequested if
// the program is to stop meanwhile; no file is left then either.
std::optional<double> disk_read_speed(const std::filesystem::path& folder, std::size_t bytes = std::size_t{64} << 20);

}  // namespace seg
