// SPDX-License-Identifier: Apache-2.0
// Which findings stand while a run goes on. Each stretch of steps is judged for itself, and noise makes rules apply and
// not apply by turns: a finding is told when it has come to stay, and once more when it has gone.
//
// It comes with the second stretch in a row that shows it, one that is a danger with the first; it goes with the third
// in a row that does not. Each time that it has gone, twice as many must show it before it is told again.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "doctor/finding.h"

namespace seg {

struct FindingNews {
  bool has_come = true;  // false: it has gone
  Finding finding;       // as it was seen last
};

class LiveFindings {
 public:
  // What the rules find in one stretch more, in their order; returns what is to be told.
  std::vector<FindingNews> look_at(const std::vector<Finding>& findings);
  // That were told and have not gone, as they were seen last, in the order in which they came.
  std::vector<Finding> standing() const;

 private:
  struct Watched {
    Finding finding;
    int num_seen = 0, num_missed = 0;  // in a row
    int num_gone = 0;
    int place = 0;  // among those that stand; 0: it does not
  };
  std::map<std::string, Watched, std::less<>> watched_;  // by rule
  int last_place_ = 0;
};

}  // namespace seg
