// SPDX-License-Identifier: Apache-2.0
// As long as it lives, this process has no more rights than other users: root may write anywhere, whatever a file says.
#pragma once
#include <unistd.h>

namespace seg::testing {

class WithoutRights {
 public:
  WithoutRights() : was_root_(::geteuid() == 0) {
    if (was_root_) works_ = ::seteuid(kNobody) == 0;
  }
  ~WithoutRights() {
    if (was_root_) [[maybe_unused]]
      const int ignored = ::seteuid(0);
  }
  WithoutRights(const WithoutRights&) = delete;
  WithoutRights& operator=(const WithoutRights&) = delete;

  bool works() const { return works_; }

 private:
  static constexpr uid_t kNobody = 65534;
  const bool was_root_;
  bool works_ = true;
};

}  // namespace seg::testing
