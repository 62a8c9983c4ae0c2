// SPDX-License-Identifier: Apache-2.0
#include "config/places.h"

namespace seg {

std::string place_of(const ResolvedConfig& resolved, std::string_view key) {
  const auto origin = resolved.origins.find(key);
  return origin == resolved.origins.end() ? std::string(key) : origin->second.text;
}

std::vector<Problem> with_places(std::vector<Problem> problems, const ResolvedConfig& resolved) {
  for (Problem& problem : problems) {
    const auto origin = resolved.origins.find(problem.where);
    if (origin == resolved.origins.end()) continue;
    const OriginKind kind = origin->second.kind;
    if (kind == OriginKind::file || kind == OriginKind::preset || kind == OriginKind::command_line)
      problem.where += " (" + origin->second.text + ')';
  }
  return problems;
}

}  // namespace seg
