// SPDX-License-Identifier: Apache-2.0
#include "dataset/problem_list.h"

#include <algorithm>
#include <utility>

namespace seg {

void ProblemList::add(std::string_view kind, Problem problem) {
  auto found = std::ranges::find(kinds_, kind, &Kind::name);
  if (found == kinds_.end()) found = kinds_.insert(kinds_.end(), Kind{std::string(kind), 0, problem.remedy});
  ++total_;
  if (++found->count <= cap_) kept_.push_back(std::move(problem));
}

std::vector<Problem> ProblemList::result() const {
  std::vector<Problem> all = kept_;
  for (const Kind& kind : kinds_)
    if (kind.count > cap_)
      all.push_back({.where = subject_,
                     .what = "and " + std::to_string(kind.count - cap_) + " more " + kind.name,
                     .remedy = kind.remedy});
  return all;
}

}  // namespace seg
