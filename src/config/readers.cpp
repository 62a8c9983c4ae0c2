// SPDX-License-Identifier: Apache-2.0
#include "config/readers.h"

#include "base/error.h"
#include "base/file.h"
#include "config/toml_reader.h"

namespace seg {

std::vector<KeyValue> read_config_file(const std::filesystem::path& path) {
  if (path.extension() == ".py") {
    fail(path.string(), "Python configs cannot be read by this version",
         "write the same keys as TOML: a line `key = value` each, texts in \"\", lists in [ ], true and false in lower "
         "case");
  }
  return read_toml(read_text(path), path.string());
}

KeyValue read_override(std::string_view text) {
  const std::string where = "command line: " + std::string(text);
  const std::size_t sign = text.find('=');
  if (sign == std::string_view::npos || sign == 0) {
    fail(where, "is not KEY=VALUE", "for example lr_start=0.01, without blanks around the sign");
  }
  return {std::string(text.substr(0, sign)), {Untyped{std::string(text.substr(sign + 1))}}, where};
}

}  // namespace seg
