// SPDX-License-Identifier: Apache-2.0
// Writes pickles of protocol 2, instruction by instruction, with those that torch.load(weights_only=True) executes.
//
// What the instructions mean together is the caller's affair. Plain data; not thread-safe.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "formats/pickle_codes.h"

namespace seg {

class PickleWriter {
 public:
  PickleWriter();

  void add(PickleCode code) { bytes_.push_back(static_cast<char>(code)); }  // one without an operand
  void text(std::string_view text);                                         // UTF-8
  void integer(std::int64_t value);
  void global(std::string_view module, std::string_view name);
  std::string finish();  // the pickle's bytes; the writer is empty then

 private:
  std::string bytes_;
};

}  // namespace seg
