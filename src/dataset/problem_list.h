// SPDX-License-Identifier: Apache-2.0
// Collects problems that may be very many: of each kind the first few are kept whole, the others are counted.
//
// Not thread-safe.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace seg {

class ProblemList {
 public:
  // `subject` is what the counted ones are said to be about: the list file, the data set.
  explicit ProblemList(std::string subject, std::size_t cap = 10) : subject_(std::move(subject)), cap_(cap) {}

  // `kind` completes "312 more …": "image files that cannot be read".
  void add(std::string_view kind, Problem problem);
  bool empty() const noexcept { return total_ == 0; }
  std::size_t total() const noexcept { return total_; }

  // Problem by problem in the order of add(), then a line for each kind that had more; if that is one, itself.
  std::vector<Problem> result() const;

 private:
  struct Kind {
    std::string name;
    std::size_t count = 0;
    Problem first_beyond{};  // the cap
  };

  std::string subject_;
  std::size_t cap_, total_ = 0;
  std::vector<Problem> kept_;
  std::vector<Kind> kinds_;
};

}  // namespace seg
