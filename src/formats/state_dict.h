// SPDX-License-Identifier: Apache-2.0
// Finds the named tensors in what a PyTorch file's pickle says, whatever they are wrapped in.
//
// - A dictionary with one under "state_dict", "model_state_dict", "model", "net" or "network" stands for that one,
//   unless it has as many tensors of its own (training scripts keep epoch, optimizer and the best metric beside them).
// - Dictionaries inside of dictionaries are joined with dots: {"detail": {"S1.0.conv.weight": …}}.
// - "module.", "model.", "net.", "network." and "_orig_mod." are taken away where all names begin so.
// - What is neither tensor nor dictionary is passed over.
// Errors are UserErrors that name the file. Pure functions; bounded in depth and number whatever refers to what.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "formats/pickle_reader.h"

namespace seg {

struct NamedValue {
  std::string name;         // UTF-8, once only
  std::uint32_t value = 0;  // a call: how the tensor is made
};

std::vector<NamedValue> state_dict_of(const Pickle& pickle, const std::string& where);

}  // namespace seg
