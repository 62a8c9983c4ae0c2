// SPDX-License-Identifier: Apache-2.0
#include "dataset/folder_listing.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

namespace seg {
namespace {

namespace fs = std::filesystem;

struct Place {
  fs::path folder;
  std::string prefix;  // of names in it: empty, or ends with '/'
  int depth = 0;
  std::optional<dev_t> device = {};  // of the folder that it lies in; none if it was named, or a link leads there

  bool operator<(const Place& other) const { return prefix < other.prefix; }
};

class Walk {
 public:
  Walk(fs::path root, const ListingLimits& limits) : root_(std::move(root)), limits_(limits) {}

  FolderListing run() {
    list({.folder = root_, .prefix = "", .depth = 0});
    // After all real folders, so that a link into the tree is known to lead to what was listed.
    while (!links_.empty()) {
      std::vector<Place> links = std::exchange(links_, {});
      std::ranges::sort(links, std::less<>());
      for (const Place& link : links) list(link);
    }
    std::ranges::sort(listing_.files);
    return std::move(listing_);
  }

 private:
  void list(const Place& place) {
    struct stat status {};
    const bool is_there = ::stat(place.folder.c_str(), &status) == 0;  // if not, listing it will say why
    // Two names of one folder are told by its device and number.
    if (is_there && !seen_.emplace(status.st_dev, status.st_ino).second) return;
    if (is_there && place.device && *place.device != status.st_dev)
      return complain(place, "is another file system; it was passed over", "name it instead, or make a link to it");
    if (place.depth > limits_.depth)
      return complain(place, "lies deeper than " + std::to_string(limits_.depth) + " folders; it was passed over",
                      "name a folder further down");
    std::error_code error;
    std::vector<Place> folders;
    for (fs::directory_iterator entry(place.folder, error), end; !error && entry != end; entry.increment(error))
      take(*entry, place, status.st_dev, folders);
    if (error)
      complain(place, "the folder cannot be read: " + error.message(),
               "check its permissions; images and labels in it are missing from what follows");
    std::ranges::sort(folders, std::less<>());
    for (const Place& folder : folders) list(folder);
  }

  void take(const fs::directory_entry& entry, const Place& place, dev_t device, std::vector<Place>& folders) {
    if (++entries_ > limits_.entries)
      fail(root_.string(), "holds more than " + std::to_string(limits_.entries) + " files and folders",
           "name the folder of one data set");
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.') || name == "__MACOSX") return;
    std::error_code ignored;
    if (entry.is_directory(ignored)) {
      Place below{.folder = entry.path(), .prefix = place.prefix + name + '/', .depth = place.depth + 1};
      if (entry.is_symlink(ignored)) {
        links_.push_back(std::move(below));
      } else {
        below.device = device;
        folders.push_back(std::move(below));
      }
    } else if (entry.is_regular_file(ignored)) {
      listing_.files.push_back(place.prefix + name);
    }
  }

  void complain(const Place& place, const std::string& what, const char* remedy) {
    listing_.problems.push_back({.where = place.folder.string(), .what = what, .remedy = remedy});
  }

  fs::path root_;
  ListingLimits limits_;
  FolderListing listing_;
  std::size_t entries_ = 0;
  std::vector<Place> links_;
  std::set<std::pair<dev_t, ino_t>> seen_;
};

}  // namespace

FolderListing list_folder(const fs::path& folder, const ListingLimits& limits) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (!fs::exists(status)) fail(folder.string(), "there is no such folder", "check the path; names are case-sensitive");
  if (!fs::is_directory(status)) fail(folder.string(), "is no folder", "name the folder that holds images and labels");
  const fs::path whole = fs::canonical(folder, error);
  if (!error && whole == whole.root_path())
    fail(folder.string(), "is the root of all files, not a data set", "name the folder of one data set");
  FolderListing listing = Walk(folder, limits).run();
  if (listing.files.empty() && !listing.problems.empty()) throw UserError(std::move(listing.problems));
  return listing;
}

}  // namespace seg
