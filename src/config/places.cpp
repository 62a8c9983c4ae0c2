// SPDX-License-Identifier: Apache-2.0
#include "config/places.h"

#include <vector>

namespace seg {

UserError with_places(const UserError& error, const ResolvedConfig& resolved) {
  std::vector<Problem> problems = error.problems();
  for (Problem& problem : problems) {
    const auto origin = resolved.origins.find(problem.where);
    if (origin == resolved.origins.end()) continue;
    const OriginKind kind = origin->second.kind;
    if (kind == OriginKind::file || kind == OriginKind::preset || kind == OriginKind::command_line)
      problem.where += " (" + origin->second.text + ')';
  }
  return UserError(std::move(problems));
}

}  // namespace seg
