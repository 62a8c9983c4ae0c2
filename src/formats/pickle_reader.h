// SPDX-License-Identifier: Apache-2.0
// The part of Python's pickle format (protocols 2 to 5) in which PyTorch writes state dicts.
//
// Nothing is executed. A pickle becomes a list of values that refer to each other by number: texts, numbers, None,
// tuples, lists, dicts, persistent ids, and calls of the few functions that state dicts consist of. An OrderedDict is a
// dict; attributes given to it (`_metadata`) are passed over. What training scripts keep beside the weights (numbers
// and arrays of NumPy, sets, counters, dates, paths, bytes, the command line as an argparse.Namespace) becomes an
// object of which nothing is known. Every other class, function and instruction is a UserError that names it, as is
// whatever is damaged. Values may refer to themselves: whoever walks them limits depth and number.
// Memory is bounded by kMaxPickleBytes and kMaxPickleSteps. Texts lie in the bytes that were read, which outlive this.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seg {

inline constexpr std::size_t kMaxPickleBytes = 32 << 20;
inline constexpr std::size_t kMaxPickleSteps = 500'000;  // instructions, of which each makes at most one value

enum class PickleKind : std::uint8_t {
  none,
  boolean,  // integer: 0 or 1
  integer,  // of 64 bits
  large,    // a longer integer; text: its bytes, little-endian
  real,     // its value is not kept
  text,
  tuple,       // items
  list,        // items
  dict,        // items: key, value, key, value, …
  global,      // text: "module.name", one of the allowed ones, which lives as long as the program
  call,        // items: the global, its arguments
  persistent,  // items: the id, which says where something outside the pickle lies
  opaque,      // an object that is passed over, whatever it was made of
};
std::string_view name_of(PickleKind kind) noexcept;  // for messages

struct PickleValue {
  PickleKind kind = PickleKind::none;
  std::int64_t integer = 0;
  std::string_view text{};
  std::vector<std::uint32_t> items{};  // numbers of values
};

class Pickle {
 public:
  // The pickle at the beginning of `bytes`; `where` names it in errors.
  Pickle(std::span<const std::byte> bytes, const std::string& where);

  const PickleValue& root() const { return values_[root_]; }
  const PickleValue& operator[](std::uint32_t number) const { return values_[number]; }
  const std::vector<PickleValue>& values() const noexcept { return values_; }
  std::size_t size() const noexcept { return size_; }  // bytes up to its end

 private:
  std::vector<PickleValue> values_;
  std::uint32_t root_ = 0;
  std::size_t size_ = 0;
};

}  // namespace seg
