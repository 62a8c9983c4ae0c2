// SPDX-License-Identifier: Apache-2.0
// docs/config.md, written from the declarations of the keys.
#pragma once
#include <string>

namespace seg {

std::string config_reference_page();  // Markdown

}  // namespace seg
