// SPDX-License-Identifier: Apache-2.0
// How the classes of a run are called and coloured on its page. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "image/color.h"
#include "report/kept_config.h"
#include "report/run_history.h"

namespace seg {

class ClassLooks {
 public:
  // What the run said when it began, else what its config says, else numbers and the usual colours.
  ClassLooks(const RunHistory& history, const KeptConfig& config);

  std::string name(std::size_t number) const;
  Rgb color(std::size_t number) const noexcept;

 private:
  std::vector<std::string> names_;
  std::vector<Rgb> colors_;
};

}  // namespace seg
