// SPDX-License-Identifier: Apache-2.0
// What libFuzzer calls.
#include <cstdint>
#include <cstdlib>

#include "base/error.h"
#include "base/file.h"
#include "tests/fuzz/target.h"

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
