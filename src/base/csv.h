// SPDX-License-Identifier: Apache-2.0
// A text as a field of a table in CSV (RFC 4180). Pure.
#pragma once
#include <string>

namespace seg {

std::string csv_field(const std::string& text);  // in quotes if a comma, a quote or an end of line is in it

}  // namespace seg
