// SPDX-License-Identifier: Apache-2.0
#include "base/counted.h"

namespace seg {

std::string plural_of(std::string_view thing) {
  const bool hisses = thing.ends_with("s") || thing.ends_with("x") || thing.ends_with("ch") || thing.ends_with("sh");
  if (hisses) return std::string(thing) + "es";
  const bool has_vowel = thing.size() > 1 && std::string_view("aeiou").find(thing[thing.size() - 2]) != thing.npos;
  if (thing.ends_with('y') && !has_vowel) return std::string(thing.substr(0, thing.size() - 1)) + "ies";
  return std::string(thing) + 's';
}

}  // namespace seg
