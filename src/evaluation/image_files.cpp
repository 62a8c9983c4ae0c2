// SPDX-License-Identifier: Apache-2.0
#include "evaluation/image_files.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <system_error>

#include "base/counted.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lower_case.h"
#include "image/decode.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

bool has_image_ending(const fs::path& path) {
  constexpr std::array<std::string_view, 10> kEndings = {".png", ".jpg", ".jpeg", ".tif", ".tiff",
                                                         ".bmp", ".gif", ".webp", ".ppm", ".pgm"};
  return std::ranges::count(kEndings, lower_case(path.extension().string())) != 0;
}

bool has_image_content(const fs::path& path) {
  try {
    Bytes start;
    disk().read_start(path, kLayoutBytes, start);
    return is_supported(format_of(start));
  } catch (const UserError&) {
    return false;  // an unreadable file is somebody's business only if it is an image
  }
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

fs::path without_links(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::weakly_canonical(path, error);
  if (error) result = fs::absolute(path).lexically_normal();
  return result.has_filename() ? result : result.parent_path();  // "out/" is "out"
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [mine, its] = std::ranges::mismatch(path, folder);
  return its == folder.end();
}

std::string without_ending(const fs::path& path) { return fs::path(path).replace_extension().generic_string(); }

// Collects the images and the names that they would like to have.
class Collector {
 public:
  explicit Collector(const ImageSearch& search) : results_(without_links(search.results)) {}

  void add_file(const fs::path& path) {
    if (without_links(fs::absolute(path).parent_path()) == results_) refuse_results_among_images(path);
    add(path, path.filename());
  }

  void add_folder(const fs::path& folder) {
    if (without_links(folder) == results_) refuse_results_among_images(folder);
    std::vector<fs::path> found;
    std::error_code error, unknown;
    for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      const fs::path& path = entry->path();
      const bool is_folder = entry->is_directory(unknown);
      if (is_folder && (is_hidden(path) || without_links(path) == results_)) entry.disable_recursion_pending();
      if (is_folder || is_hidden(path)) continue;
      const bool is_file = entry->is_regular_file(unknown);
      if ((is_file || entry->is_symlink(unknown)) && (has_image_ending(path) || (is_file && has_image_content(path))))
        found.push_back(path);
      else
        ++files_.num_passed_over;
    }
    if (error) fail(folder.string(), "cannot be searched: " + error.message(), "make its folders readable");
    std::ranges::sort(found);
    for (const fs::path& path : found) add(path, path.lexically_relative(folder));
  }

  ImageFiles take() { return std::move(files_); }

 private:
  // Where there are images there may be their labels, of the names that results have.
  [[noreturn]] static void refuse_results_among_images(const fs::path& input) {
    fail(input.string(), "results would lie among the images", "another folder for --out");
  }

  void add(const fs::path& path, const fs::path& below) {
    if (known_.insert(without_links(path)).second) files_.files.push_back({path, without_ending(below)});
  }

  fs::path results_;
  std::set<fs::path> known_;
  ImageFiles files_;
};

// Renames those that share a name.
void tell_apart(std::vector<ImageFile>& files, const std::function<void(std::vector<ImageFile*>&)>& rename) {
  std::map<std::string, std::vector<ImageFile*>> by_name;
  for (ImageFile& file : files) by_name[file.name].push_back(&file);
  for (auto& [name, alike] : by_name)
    if (alike.size() > 1) rename(alike);
}

void name_by_common_folder(std::vector<ImageFile*>& alike) {
  fs::path common = without_links(alike.front()->path).parent_path();
  for (const ImageFile* file : alike)
    while (!is_below(without_links(file->path), common)) common = common.parent_path();
  for (ImageFile* file : alike) file->name = without_ending(without_links(file->path).lexically_relative(common));
}

void name_with_ending(std::vector<ImageFile*>& alike) {
  for (ImageFile* file : alike) {
    const std::string ending = file->path.extension().string();
    if (!ending.empty()) file->name += "_" + ending.substr(1);
  }
}

// "a" has the results a.png and a_color.png; an image a_color must not have the result a_color.png.
void keep_results_apart(std::vector<ImageFile>& files, const std::vector<std::string>& endings) {
  std::set<std::string> taken;
  const auto is_free = [&](const std::string& name) {
    return std::ranges::none_of(endings, [&](const std::string& ending) { return taken.contains(name + ending); });
  };
  for (ImageFile& file : files) {
    const std::string wanted = file.name;
    for (int number = 2; !is_free(file.name); ++number) file.name = wanted + "_" + std::to_string(number);
    for (const std::string& ending : endings) taken.insert(file.name + ending);
  }
}

std::string depth_text(PixelType type) { return std::to_string(8 * bytes_of(type)) + " bits a channel"; }

}  // namespace

ImageFiles find_image_files(const ImageSearch& search) {
  Collector collector(search);
  std::vector<Problem> problems;
  for (const std::string& input : search.inputs) {
    std::error_code ignored;
    if (fs::is_directory(input, ignored))
      collector.add_folder(input);
    else if (fs::exists(input, ignored))
      collector.add_file(input);
    else
      problems.push_back({input, "is not there", "the path of an image, or of a folder with images"});
  }
  fail_if_any(std::move(problems));
  ImageFiles found = collector.take();
  tell_apart(found.files, name_by_common_folder);
  tell_apart(found.files, name_with_ending);
  keep_results_apart(found.files, search.endings);
  return found;
}

void read_image(const fs::path& path, const ImageKind& wanted, Image& image) {
  const Bytes file = read_file(path);
  const ImageLayout layout = image_layout(file, path.string());
  if (layout.type != wanted.type)
    fail(path.string(), "has " + depth_text(layout.type) + ", the network takes " + depth_text(wanted.type),
         "convert the image, or use weights that were trained on such images");
  const bool is_widened = layout.channels == 1 && wanted.channels == 3;
  if (layout.channels != wanted.channels && !is_widened)
    fail(path.string(),
         "has " + counted(layout.channels, "channel") + ", the network takes " + std::to_string(wanted.channels),
         "convert the image, or use weights that were trained on such images");
  decode_image(file, path.string(), whole(layout), image);
  if (is_widened) gray_to_rgb(image);
}

}  // namespace seg
