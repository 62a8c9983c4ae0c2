// SPDX-License-Identifier: Apache-2.0
// `segtrain cache --format hdf5`: the data set of a config as HDF5 files, and the config that trains with them.
#pragma once
#include <string>

#include "cli/command.h"
#include "config/resolve.h"

namespace seg {

struct Hdf5Output {
  std::string file;  // packed.h5: packed_train.h5, packed_val.h5 and packed.toml are written
  bool may_overwrite = false;
};

Outcome pack_as_hdf5(ResolvedConfig resolved, const Hdf5Output& output, Session& session);

}  // namespace seg
