// SPDX-License-Identifier: Apache-2.0
// All files below a folder, as names relative to it.
//
// Hidden files and folders are passed over. A link to a folder is followed if it leads out of what was listed already,
// so loops end and no file is listed twice. Other file systems that are mounted below the folder are told and passed
// over: /proc never ends, and a disk elsewhere is named by itself, or by a link. What cannot be listed is told, not
// fatal; the folder itself must be there, and not be the root of all files.
// Thread-safe.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace seg {

struct ListingLimits {
  std::size_t entries = 4'000'000;  // files and folders; more are refused: this is hardly one data set
  int depth = 16;                   // folders within folders; what lies deeper is told as a problem
};

struct FolderListing {
  std::vector<std::string> files;  // with `/` between folders, sorted
  std::vector<Problem> problems;   // subfolders that could not be listed
};

FolderListing list_folder(const std::filesystem::path& folder, const ListingLimits& limits = {});

}  // namespace seg
