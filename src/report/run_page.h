// SPDX-License-Identifier: Apache-2.0
// report.html: a run folder as one page that stands alone, made from metrics.jsonl, config.toml and the pictures there.
//
// Works for a run that goes on or was killed, and whatever the files hold; a page takes 8 MB at most, most of it
// pictures. The folder is only read (no lock is taken), but for the page itself. UserError if it is no run folder.
#pragma once
#include <filesystem>
#include <string>

namespace seg {

std::string run_page(const std::filesystem::path& run_folder);

// Replaces RUN_FOLDER/report.html; returns its path.
std::filesystem::path write_run_page(const std::filesystem::path& run_folder);

}  // namespace seg
