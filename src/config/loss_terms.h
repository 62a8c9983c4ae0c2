// SPDX-License-Identifier: Apache-2.0
// The key `loss` as what it says: a sum of losses with weights, such as "ohem + 0.5*dice". Pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace seg {

struct LossTermText {
  std::string text;    // as it is written, without blanks around it
  std::string name{};  // ohem, ce, dice, focal or lovasz; empty if the text is no term
  double weight = 1;   // above 0
};
std::vector<LossTermText> loss_terms(std::string_view loss);

bool has_loss_term(std::string_view loss, std::string_view name);

// Whether that loss is a mean over pixels, so that a pixel can have a weight and its label be smoothed: ohem, ce and
// focal. dice and lovasz compare the regions of classes.
bool is_mean_over_pixels(std::string_view name);
bool has_mean_over_pixels(std::string_view loss);

}  // namespace seg
