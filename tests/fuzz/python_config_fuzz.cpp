// SPDX-License-Identifier: Apache-2.0
#include "config/python_reader.h"

#include "config/field.h"
#include "tests/fuzz/target.h"

namespace seg::testing {

std::vector<std::string> fuzz_seeds() {
  return {"cfg = dict(\n    model_type='bisenetv2',\n    lr_start=5e-3 * 2, # why\n    scales=[0.5, 2],\n)\n",
          "# comment\ncfg = {\"n_cats\": 19, 'flip': -0.5, 'label_map': {0: 0, 255: 1}, 'use_fp16': True, 'x': None}",
          "cfg = dict(a=(1, 2,), b=2**8 // 3, c='\\x41\\u00e9', d=r'\\d', e=\"\"\"long\ntext\"\"\")\n",
          "config: dict = dict({'a': 1}, b=2)\nconfig['use_fp16'] = 0\nconfig.update({'a': [3]}, c=dict(d=4))\n"};
}

// Also to the fields, as a config's values come from outside, too.
void fuzz(std::string_view input) {
  Config config;
  const Fields fields = fields_of(config);
  for (const KeyValue& entry : read_python(input, "fuzz"))
    if (Field* field = find_field(fields, entry.key)) static_cast<void>(field->assign(entry.value, entry.where));
}

}  // namespace seg::testing
