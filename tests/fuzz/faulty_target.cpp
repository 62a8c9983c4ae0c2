// SPDX-License-Identifier: Apache-2.0
// A reader with every fault that hostile.cpp must notice: each of its seeds brings one to light.
#include <cstdlib>
#include <stdexcept>

#include "base/error.h"
#include "tests/fuzz/target.h"

namespace seg::testing {

std::vector<std::string> fuzz_seeds() { return {"", "good", "crash", "exception", "endless", "memory", "refused"}; }

void fuzz(std::string_view input) {
  if (input == "crash") std::abort();
  if (input == "exception") throw std::out_of_range("at");
  if (input == "memory") read_all(std::vector<std::byte>(std::size_t{400} << 20));
  for (volatile std::uint64_t i = 0; input == "endless";) i = i + 1;
  if (input == "refused") fail("fuzz", "is refused", "another");
}

}  // namespace seg::testing
