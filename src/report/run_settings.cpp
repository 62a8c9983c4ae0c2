// SPDX-License-Identifier: Apache-2.0
#include "report/run_settings.h"

#include <fmt/format.h>

#include "report/html.h"

namespace seg {
namespace {

constexpr std::size_t kLongest = 400;  // bytes of a text: long lists stand in the file

std::string table(const KeptConfig& config, bool with_defaults) {
  std::string html = "<div class=\"wide\"><table>\n<tr><th>key</th><th>value</th><th>from</th></tr>\n", section;
  for (const KeptKey& key : config.keys) {
    if (!with_defaults && key.is_default()) continue;
    if (with_defaults && key.section != section)
      html += "<tr class=\"sum\"><td colspan=\"3\">" + html_escaped(key.section, kLongest) + "</td></tr>\n";
    section = key.section;
    html += fmt::format("<tr><td>{}</td><td class=\"any\">{}</td><td class=\"any faint\">{}</td></tr>\n",
                        html_escaped(key.key, kLongest), html_escaped(key.value, kLongest),
                        html_escaped(key.origin, kLongest));
  }
  return html + "</table></div>\n";
}

}  // namespace

std::string settings_html(const KeptConfig& config) {
  if (config.keys.empty()) return "<p class=\"faint\">The run folder has no config.toml.</p>\n";
  return table(config, false) + "<details><summary>All " + std::to_string(config.keys.size()) + " keys</summary>\n" +
         table(config, true) + "</details>\n";
}

}  // namespace seg
