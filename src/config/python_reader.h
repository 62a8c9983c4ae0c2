// SPDX-License-Identifier: Apache-2.0
// Reads a config of the Python trainer: `cfg = dict(...)` or `cfg = {...}`, of literals and arithmetic of numbers. It
// may be called config, be given a type (`cfg: dict = …`), and change afterwards: `cfg["key"] = …`, `cfg.update(...)`.
//
// Nothing is executed: what would have to be (names, calls, imports, f-strings, comprehensions, statements) is refused
// by name with its line. Tuples and lists are lists. Nesting has a limit; time and memory grow with the source's
// length and no faster.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace seg {

// `name` stands for the file in messages and origins. Keys come in the order of the file, none twice.
std::vector<KeyValue> read_python(std::string_view source, const std::string& name);

}  // namespace seg
