// SPDX-License-Identifier: Apache-2.0
// Variables of the environment, put back at the end of a test that changes them.
#pragma once
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace seg::testing {

class EnvironmentVariables {
 public:
  explicit EnvironmentVariables(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      const char* value = std::getenv(name.c_str());
      before_[name] = value == nullptr ? std::nullopt : std::optional<std::string>(value);
    }
  }
  ~EnvironmentVariables() {
    for (const auto& [name, value] : before_) {
      if (value)
        setenv(name.c_str(), value->c_str(), 1);
      else
        unsetenv(name.c_str());
    }
  }
  EnvironmentVariables(const EnvironmentVariables&) = delete;
  EnvironmentVariables& operator=(const EnvironmentVariables&) = delete;

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

}  // namespace seg::testing
