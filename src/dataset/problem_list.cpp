// SPDX-License-Identifier: Apache-2.0
#include "dataset/problem_list.h"

#include <algorithm>
#include <utility>

namespace seg {

void ProblemList::add(std::string_view kind, Problem problem) {
  auto found = std::ranges::find(kinds_, kind, &Kind::name);
  if (found == kinds_.end()) found = kinds_.insert(kinds_.end(), Kind{.name = std::string(kind)});
  ++total_;
  if (++found->count <= cap_)
    kept_.push_back(std::move(problem));
  else if (found->count == cap_ + 1)
    found->first_beyond = std::move(problem);
}

std::vector<Problem> ProblemList::result() const {
  std::vector<Problem> all = kept_;
  for (const Kind& kind : kinds_) {
    if (kind.count == cap_ + 1) all.push_back(kind.first_beyond);
    if (kind.count > cap_ + 1)
      all.push_back({.where = subject_,
                     .what = "and " + std::to_string(kind.count - cap_) + " more " + kind.name,
                     .remedy = kind.first_beyond.remedy});
  }
  return all;
}

}  // namespace seg
