// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/target.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "base/error.h"
#include "base/file.h"

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

// With SEG_FUZZ_SEEDS=FOLDER a target writes its seeds there and ends.
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  const char* folder = std::getenv("SEG_FUZZ_SEEDS");
  if (folder == nullptr) return 0;
  int number = 0;
  for (const std::string& seed : seg::testing::fuzz_seeds())
    seg::write_file(std::filesystem::path(folder) / ("seed" + std::to_string(number++)), seed);
  std::exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    seg::testing::fuzz({reinterpret_cast<const char*>(data), size});
  } catch (const seg::UserError&) {
  }
  return 0;
}
