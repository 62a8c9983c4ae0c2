// SPDX-License-Identifier: Apache-2.0
// `segtrain new` of HDF5 files: looks into both, says what it saw, and writes the config that trains with them.
#pragma once
#include <filesystem>

#include "cli/command.h"

namespace seg {

Outcome new_from_hdf5(const std::filesystem::path& place, const std::filesystem::path& config, Session& session);

}  // namespace seg
