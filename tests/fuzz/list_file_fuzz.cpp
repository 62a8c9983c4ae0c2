// SPDX-License-Identifier: Apache-2.0
#include "dataset/list_file.h"

#include <cstdlib>

#include "tests/fuzz/target.h"

namespace seg::testing {

std::vector<std::string> fuzz_seeds() {
  return {"a/1.png,b/1.png\n", "\xef\xbb\xbf\"a,1.png\",\"b\"\"1.png\"\r\n", "a.png\tb.png\ra b.png c.png\n\n",
          "a\\b\\1.png,c\\1.png\n../x.png,/y.png"};
}

void fuzz(std::string_view input) {
  const SampleList list = parse_list(input, "fuzz", "root");
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list.image(i).empty() || list.label(i).empty()) std::abort();
    static_cast<void>(list.image_path(i));
  }
}

}  // namespace seg::testing
