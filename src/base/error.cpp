// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <atomic>
#include <cassert>
#include <utility>

#include "base/problem_watch.h"

namespace seg {
namespace {

std::atomic<ProblemWatcher> problem_watcher = nullptr;

std::string text_of(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += '\n';
    text += problem.where + ": " + problem.what;
    if (!problem.remedy.empty()) text += "; try: " + problem.remedy;
  }
  return text;
}

}  // namespace

UserError::UserError(Problem problem) : UserError(std::vector<Problem>{std::move(problem)}) {}

UserError::UserError(std::vector<Problem> problems)
    : std::runtime_error(text_of(problems)), problems_(std::move(problems)) {
  assert(!problems_.empty());
  if (const ProblemWatcher watcher = problem_watcher)
    for (const Problem& problem : problems_) watcher(problem);
}

ProblemWatcher watch_problems(ProblemWatcher watcher) { return problem_watcher.exchange(watcher); }

void fail(std::string where, std::string what, std::string remedy) {
  throw UserError({.where = std::move(where), .what = std::move(what), .remedy = std::move(remedy)});
}

void fail_if_any(std::vector<Problem> problems) {
  if (!problems.empty()) throw UserError(std::move(problems));
}

}  // namespace seg
