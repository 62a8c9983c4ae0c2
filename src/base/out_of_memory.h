// SPDX-License-Identifier: Apache-2.0
// Memory that the process cannot have, as an error that the user can mend. The program ends with an exit code of its
// own for it.
#pragma once
#include "base/error.h"

namespace seg {

class OutOfMemory : public UserError {
 public:
  using UserError::UserError;
};

}  // namespace seg
