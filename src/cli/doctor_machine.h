// SPDX-License-Identifier: Apache-2.0
// `segtrain doctor` without a config: the machine as training would meet it, and what it would choose here.
#pragma once
#include "cli/command.h"

namespace seg {

Outcome examine_machine(Session& session);

}  // namespace seg
