// SPDX-License-Identifier: Apache-2.0
#include "telemetry/metrics_file.h"

#include <cstdlib>

#include "base/file.h"
#include "tests/fuzz/target.h"

namespace seg::testing {

std::vector<std::string> fuzz_seeds() {
  return {"{\"event\":\"start\"}\n{\"event\":\"step\",\"step\":3,\"loss\":1.5}\n{\"event\":\"eval\",\"step\":4}\n{\"ev",
          "{\"step\":1e30}\n[1]\nnull\n{\"step\":\"3\"}\n{\"step\":-1}\n", "\n\n{\"event\":3}"};
}

// A run folder that a crash left: what a resume does with it, twice, changes nothing the second time.
void fuzz(std::string_view input) {
  static const std::filesystem::path path = [] {
    std::string folder = (std::filesystem::temp_directory_path() / "segtrain-fuzz-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    return std::filesystem::path(folder) / "metrics.jsonl";
  }();
  write_file(path, std::string(input));
  MetricsFile::cut_after(path, 3);
  MetricsFile::cut_evaluation_of(path, 3);
  static_cast<void>(MetricsFile::last(path, "step"));
  if (MetricsFile::cut_after(path, 3) != 0) std::abort();
}

}  // namespace seg::testing
