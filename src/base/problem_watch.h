// SPDX-License-Identifier: Apache-2.0
// Tells a watcher of every UserError that is made: tests keep a record by it of which messages they provoke.
#pragma once
#include "base/error.h"

namespace seg {

// Called for each problem, by whatever thread makes the error; must not throw.
using ProblemWatcher = void (*)(const Problem&);

// From now on; nullptr: nobody watches. Returns the former one.
ProblemWatcher watch_problems(ProblemWatcher watcher);

}  // namespace seg
