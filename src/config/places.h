// SPDX-License-Identifier: Apache-2.0
// Rooms that know no files say of a value that it is wrong by the name of its key; who has the config tells where the
// value came from: "mean (my.toml:12)".
//
// Pure.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/out_of_memory.h"
#include "config/resolve.h"

namespace seg {

// "my.toml:12", "command line"; of a key that has no origin its name.
std::string place_of(const ResolvedConfig& resolved, std::string_view key);

// The same problems; those about a key that a file, a preset or the command line set name it, too.
std::vector<Problem> with_places(std::vector<Problem> problems, const ResolvedConfig& resolved);

// What body() returns; the user's errors in it leave with places.
template <class Body>
decltype(auto) telling_places(const ResolvedConfig& resolved, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const OutOfMemory& error) {
    throw OutOfMemory(with_places(error.problems(), resolved));
  } catch (const UserError& error) {
    throw UserError(with_places(error.problems(), resolved));
  }
}

}  // namespace seg
