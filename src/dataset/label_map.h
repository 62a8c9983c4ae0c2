// SPDX-License-Identifier: Apache-2.0
// From the values in label files to class numbers.
//
// Immutable and thread-safe once made.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "image/color.h"
#include "image/image.h"

namespace seg {

struct DatasetConfig;  // config/dataset.h

inline constexpr std::int16_t kIgnoredValue = -1;  // becomes lb_ignore
inline constexpr std::int16_t kUnknownValue = -2;  // no label file of the scheme holds it

// How a public data set numbers its classes.
struct LabelScheme {
  std::string_view name;                  // as in the config's label_map
  std::array<std::int16_t, 256> classes;  // of each value in a file
  std::span<const std::string_view> class_names;
  std::span<const Rgb> palette;  // may be empty
  std::string_view remedy;       // for files with values that it does not know
};

// What the config's label_map asks for. UserError for a table of impossible values.
class LabelMapping {
 public:
  // `own` is the scheme of the data set's kind, or nothing.
  LabelMapping(const DatasetConfig& config, const LabelScheme* own);

  // The scheme that the resulting class numbers follow; nothing if they are the user's own.
  const LabelScheme* scheme() const noexcept { return scheme_; }
  const std::string& name() const noexcept { return name_; }  // of the map: "none", a scheme's, or "table"

  // By class: the values that become it, ascending; not those that are ignored. Empty if values are classes already.
  std::vector<std::vector<std::uint8_t>> values_by_class(std::uint8_t ignore_label) const;

  // In place. UserError that names `where` (the file), value, count and place for a value that the map does not know.
  void apply(LabelMap& labels, const std::string& where) const;

 private:
  void take(const std::array<std::int16_t, 256>& classes, std::uint8_t ignore_label);
  [[noreturn]] void fail_unknown(const LabelMap& labels, const std::string& where) const;

  const LabelScheme* scheme_ = nullptr;
  std::string name_ = "none";
  std::array<std::uint8_t, 256> classes_{};
  std::array<bool, 256> is_unknown_{};
  bool changes_ = false, knows_all_ = true;
};

}  // namespace seg
