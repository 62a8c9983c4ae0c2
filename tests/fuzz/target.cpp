// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/target.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

namespace seg::testing {

std::filesystem::path as_file(std::string_view input) {
  static const int file = memfd_create("fuzz", 0);
  if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, input.data(), input.size(), 0) < 0) std::abort();
  return "/proc/self/fd/" + std::to_string(file);
}

void read_all(std::span<const std::byte> bytes) {
  const volatile std::byte* const begin = bytes.data();
  for (std::size_t i = 0; i < bytes.size(); ++i) static_cast<void>(begin[i]);
}

}  // namespace seg::testing
