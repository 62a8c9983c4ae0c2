// SPDX-License-Identifier: Apache-2.0
// Runs a test at every level of vector instructions that the sources were compiled for and this processor has.
#pragma once
#include <gtest/gtest.h>

#include <hwy/targets.h>

namespace seg::testing {

template <class Check>
void at_every_instruction_level(const Check& check) {
  for (const std::int64_t level : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(level));
    hwy::SetSupportedTargetsForTest(level);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace seg::testing
