// SPDX-License-Identifier: Apache-2.0
// List files: one `image,label` a line, both relative to a root folder (or absolute). Several images may stand before
// the label, in each line as many: their channels are stacked.
//
// UTF-8, with or without a byte order mark; lines end in LF, CRLF or CR; empty lines and comments are skipped. What a
// line may look like is told in list_line.h. There are no headers.
// parse_list() finds every broken line, find_missing_files() every file that cannot be read; both report all of them at
// once (the first ten of each kind in full). Thread-safe.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "dataset/sample_list.h"

namespace seg {

// As named if that exists, else below the root; the reference knows only the first.
std::filesystem::path find_list(const std::string& name, const std::string& root);

// `where` names the list in messages. UserError for text that is no list, broken lines, and a list without samples.
SampleList parse_list(std::string_view text, const std::string& where, const std::string& root);

struct MissingFiles {
  std::vector<Problem> problems;        // empty if all can be read
  std::vector<std::size_t> readable{};  // the samples whose files can, all of them
};

MissingFiles find_missing_files(const SampleList& list, const std::string& where, const FileSource& files);

// All of the above. Where `absent` is given, missing files are told there, and the list is without their samples; if it
// has none besides, they are a UserError all the same.
SampleList read_list(const std::filesystem::path& path, const std::string& root, const FileSource& files = disk(),
                     std::vector<Problem>* absent = nullptr);

}  // namespace seg
