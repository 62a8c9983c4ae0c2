// SPDX-License-Identifier: Apache-2.0
#include "cli/output_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNamed = 4;
constexpr const char* kWayOut = "another place for what is written, or --force to write over what is there";

// The same for every name that a file has.
std::optional<std::pair<dev_t, ino_t>> identity_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return std::pair(status.st_dev, status.st_ino);
}

std::string others(const std::vector<fs::path>& files) {
  if (files.size() == 1) return "";
  std::vector<std::string> names;
  for (std::size_t i = 1; i < std::min(kNamed, files.size()); ++i) names.push_back(files[i].string());
  if (files.size() > kNamed) names.emplace_back("…");
  return ", and so are " + std::to_string(files.size() - 1) + " more: " + joined(names, ", ");
}

}  // namespace

std::shared_ptr<bool> add_force(CLI::App& app) {
  auto is_forced = std::make_shared<bool>(false);
  app.add_flag("--force", *is_forced, "write over files that are there");
  return is_forced;
}

CLI::Validator some_name() {
  return CLI::Validator([](const std::string& name) { return std::string(name.empty() ? "the name is empty" : ""); },
                        "");
}

void refuse_to_overwrite(const OutputFiles& files) {
  std::set<std::pair<dev_t, ino_t>> read;
  for (const fs::path& path : files.read)
    if (const auto identity = identity_of(path)) read.insert(*identity);
  std::vector<fs::path> there;
  std::set<fs::path> names;
  for (const fs::path& path : files.written) {
    if (!names.insert(fs::absolute(path).lexically_normal()).second)
      fail(path.string(), "is named for two files, of which one would take the other's place", "another name");
    const auto identity = identity_of(path);
    std::error_code ignored;
    if (!identity && !fs::is_symlink(path, ignored)) continue;  // a link that leads nowhere is something, too
    if (identity && read.contains(*identity))
      fail(path.string(), "is a file to be read, and would be overwritten", "another place for what is written");
    there.push_back(path);
  }
  if (!there.empty() && !files.may_overwrite) fail(there.front().string(), "is there already" + others(there), kWayOut);
}

void prepare_place_of(const fs::path& file) {
  if (const fs::path folder = file.parent_path(); !folder.empty()) make_folder(folder);
  const AtomicFile tried(file);
}

void refuse_to_mix_into(const fs::path& folder, bool may_overwrite) {
  std::error_code no_folder;
  const fs::directory_iterator first(folder, no_folder);
  if (may_overwrite || no_folder || first == fs::directory_iterator()) return;
  fail(folder.string(), "holds files already, such as " + first->path().filename().string(), kWayOut);
}

}  // namespace seg
