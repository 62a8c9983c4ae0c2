// SPDX-License-Identifier: Apache-2.0
#include "config/reference_page.h"

#include "base/text.h"
#include "config/field.h"
#include "config/support.h"

namespace seg {
namespace {

constexpr std::string_view kIntroduction =
    R"(# Config keys

Written from the declarations in `src/config/*.h`; a test keeps it up to date
(`SEG_UPDATE_DOCS=1 ./dev test ConfigPage` writes it anew).

One flat table: the same names in TOML, in a Python config of BiSeNet and on the command line (`KEY=VALUE`; lists there
without brackets: `scales=0.5,2`, `cropsize=512x1024`, `label_map=0:0,255:1`). Defaults < preset < file < command line;
in a file that spells all keys, as `segtrain config` and runs write it, those at their default follow a preset of the
command line, and that is told. `segtrain config` prints every value with where it came from.

*Effect* is what another value may change: `none`; `numeric`, rounding only; `statistical`, the populations that batch
normalisation and OHEM see; `learned`, what is learned. Going on with a run refuses changes of the last two, but of
`on_oom`: where memory ran out, a run stays split as it was. `memory_limit` may change the
[rounding of evaluations](evaluation.md#precision). Which evaluation is the best one, and what `ema_decay` is at each
step, is said of [evaluations in a run](evaluation.md#in-a-run).

*Built* says what this version honours. `train` refuses other values where they would change the run, and names those
that merely have no effect.
)";

std::string_view name_of(Effect effect) {
  switch (effect) {
    case Effect::none: return "none";
    case Effect::numeric: return "numeric";
    case Effect::statistical: return "statistical";
    case Effect::learned: return "learned";
  }
  return "";
}

std::string built(const Key& key) {
  const Support& support = support_of(key.name);
  if (support.is_built) return "yes";
  const std::string values = joined(std::vector<std::string>(support.values.begin(), support.values.end()), ", ");
  if (support.is_harmless) return values.empty() ? "no effect" : "no effect but " + values;
  return values.empty() ? "the default" : values;
}

// A vertical bar would end the cell.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace

std::string config_reference_page() {
  Config config;
  std::string page(kIntroduction), section;
  for (const auto& field : fields_of(config)) {
    const Key& key = field->key();
    if (field->section() != section) {
      section = field->section();
      page +=
          "\n## " + section + "\n\n| key | default | values | effect | built | meaning |\n|---|---|---|---|---|---|\n";
    }
    page += "| `" + std::string(key.name) + "` | `" + cell(field->toml()) + "` | " + cell(field->expected()) + " | " +
            std::string(name_of(key.effect)) + " | " + cell(built(key)) + " | " + cell(key.help) + " |\n";
  }
  return page;
}

}  // namespace seg
