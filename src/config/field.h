// SPDX-License-Identifier: Apache-2.0
// One key of a Config whatever its type: give it a value, ask for its text.
//
// Fields refer to the Config that they were made for, which must outlive them and stay where it is.
#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "config/value.h"

namespace seg {

class Field {
 public:
  Field(Key key, std::string_view section) : key_(std::move(key)), section_(section) {}
  virtual ~Field() = default;
  const Key& key() const noexcept { return key_; }
  std::string_view section() const noexcept { return section_; }

  // Nothing if the value was taken; otherwise what is wrong with it, and the field is as it was.
  virtual std::optional<Problem> assign(const ConfigValue& value, const std::string& where) = 0;

  virtual std::string toml() const = 0;
  virtual nlohmann::json json() const = 0;
  virtual std::vector<std::string> parts() const = 0;  // the value as in Support::values; of a list each element
  virtual std::string expected() const = 0;            // in words: "an integer from 1 to 64"

 private:
  Key key_;
  std::string_view section_;
};

using Fields = std::vector<std::unique_ptr<Field>>;
Fields fields_of(Config& config);
Field* find_field(const Fields& fields, std::string_view name);  // nullptr if there is no such key

}  // namespace seg
