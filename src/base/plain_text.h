// SPDX-License-Identifier: Apache-2.0
// Texts from outside (names of files, what a file holds) as they may be shown: a terminal must not obey them. Pure.
#pragma once
#include <string>

namespace seg {

std::string plain_text(std::string text);  // with ? for each control character

}  // namespace seg
