// SPDX-License-Identifier: Apache-2.0
// Errors that the user can mend. Everything else (std::exception of any other kind) is a bug or the system's failure.
//
// A problem always says where (file, key, line), what is wrong, and what to try. Checks that can find several problems
// collect them and throw once. The program prints them and exits with 2.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

namespace seg {

struct Problem {
  std::string where;
  std::string what;
  std::string remedy;  // what to try
};

class UserError : public std::runtime_error {
 public:
  explicit UserError(Problem problem);
  explicit UserError(std::vector<Problem> problems);  // at least one
  const std::vector<Problem>& problems() const noexcept { return problems_; }

 private:
  std::vector<Problem> problems_;
};

[[noreturn]] void fail(std::string where, std::string what, std::string remedy);

// Throws all of them as one UserError; returns if there are none.
void fail_if_any(std::vector<Problem> problems);

}  // namespace seg
