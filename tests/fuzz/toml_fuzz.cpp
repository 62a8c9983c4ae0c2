// SPDX-License-Identifier: Apache-2.0
#include "config/toml_reader.h"

#include "config/field.h"
#include "tests/fuzz/target.h"

namespace seg::testing {

std::vector<std::string> fuzz_seeds() {
  return {"model_type = \"bisenetv2\"\nn_cats = 19\ncropsize = [512, 1024]\nmax_iter = 10\n",
          "label_map = {0 = 0, 255 = 1}\npalette = [[0, 0, 0], [1, 2, 3]]\nloss = \"ohem + 0.5*dice\"\n",
          "[a.b]\nc = 1979-05-27T07:32:00Z\nd = '''x'''\n[[e]]\nf = 0x1f\n"};
}

// Also to the fields, as a config's values come from outside, too.
void fuzz(std::string_view input) {
  Config config;
  const Fields fields = fields_of(config);
  for (const KeyValue& entry : read_toml(input, "fuzz"))
    if (Field* field = find_field(fields, entry.key)) static_cast<void>(field->assign(entry.value, entry.where));
}

}  // namespace seg::testing
