// SPDX-License-Identifier: Apache-2.0
// Keys that were set beside others with which they have no effect: of another optimizer, schedule, loss, head or kind
// of data set. At their defaults they may stand: a config that was written by the program has all keys. Pure.
#pragma once
#include <string>
#include <vector>

#include "config/resolve.h"

namespace seg {

// A sentence about each, for the log.
std::vector<std::string> idle_keys(const ResolvedConfig& resolved, Purpose purpose);

}  // namespace seg
