// SPDX-License-Identifier: Apache-2.0
// Pascal VOC's ImageSets/Segmentation/{train,val}.txt, which say what is trained on and what validates.
//
// Each line names an image without folder and extension. Thread-safe.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "dataset/layout.h"

namespace seg {

// Sets the part of every pair of a folder that has both lists: those in neither are for tests. `files` and the pairs'
// names are relative to `root`. Returns what is odd about a list, which is then not followed.
std::vector<Problem> take_parts_of_voc(Layout& layout, const std::vector<std::string>& files,
                                       const std::filesystem::path& root, const FileSource& source = disk());

}  // namespace seg
