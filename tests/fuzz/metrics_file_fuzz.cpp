// SPDX-License-Identifier: Apache-2.0
#include "telemetry/metrics_file.h"

#include <cstdlib>

#include "base/file.h"
#include "doctor/run_record.h"
#include "report/run_page.h"
#include "tests/fuzz/target.h"

namespace seg::testing {

std::vector<std::string> fuzz_seeds() {
  return {"{\"event\":\"start\"}\n{\"event\":\"step\",\"step\":3,\"loss\":1.5}\n{\"event\":\"eval\",\"step\":4}\n{\"ev",
          "{\"step\":1e30}\n[1]\nnull\n{\"step\":\"3\"}\n{\"step\":-1}\n", "\n\n{\"event\":3}",
          R"({"event":"start","time":1,"run":"r","step":0,"class_names":["sky","<b>"],"palette":[[1,2,3]],"argv":["a"]}
{"event":"step","time":3,"step":1,"loss":2,"losses":{"logits":1},"lr":0.1,"images_per_second":9,"phases":{"forward":1}}
{"event":"step","time":5,"step":2,"loss":1,"lr_groups":[0.1,1],"memory":{"resident_bytes":5},"phases":{"forward":1}}
{"event":"eval","step":2,"protocols":{"ss":{"miou":0.5,"iou":[0.5,null],"confusion_matrix":[[3,1],[0,2]]}}}
{"event":"split","step":1,"reason":"x"}
{"event":"end","time":4,"step":1,"reason":"finished","phases":{"evaluation":1}}
)"};
}

// A run folder that a crash left: a page can be made of it, of bounded size, the doctor takes it, and what a resume
// does with it, twice, changes nothing the second time.
void fuzz(std::string_view input) {
  static const std::filesystem::path path = [] {
    std::string folder = (std::filesystem::temp_directory_path() / "segtrain-fuzz-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    return std::filesystem::path(folder) / "metrics.jsonl";
  }();
  write_file(path, std::string(input));
  constexpr std::size_t kMostBytes = 8'000'000;
  if (run_page(path.parent_path()).size() > kMostBytes) std::abort();
  static_cast<void>(figures_of_record(input, "ss"));
  MetricsFile::cut_after(path, 3);
  MetricsFile::cut_evaluation_of(path, 3);
  static_cast<void>(MetricsFile::last(path, "step"));
  if (MetricsFile::cut_after(path, 3) != 0) std::abort();
}

}  // namespace seg::testing
