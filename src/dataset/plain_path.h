// SPDX-License-Identifier: Apache-2.0
// One name for each file, though a path may be written in many ways: absolute, without dots and double slashes.
//
// By the text alone: links are not followed. Nearly all paths are plain already, and taking one apart costs more than
// asking the system for its file, so that is done only where it must be. Thread-safe.
#pragma once
#include <string>
#include <string_view>

namespace seg {

std::string current_folder();  // with a slash at its end; only that if the folder is gone

// `here` is where a relative path begins, as current_folder() tells it; for an absolute one it is not looked at.
std::string plain_path(std::string path, std::string_view here);

}  // namespace seg
