// SPDX-License-Identifier: Apache-2.0
// Metadata as one JSON object of texts: how a PyTorch file carries what safetensors files have in their header.
//
// Pure functions. Reading builds nothing but the texts; anything else is a UserError that names the file.
#pragma once
#include <string>
#include <string_view>

#include "formats/tensor_entry.h"

namespace seg {

std::string to_json_text(const Metadata& metadata);
Metadata metadata_from_json(std::string_view text, const std::string& where);

}  // namespace seg
