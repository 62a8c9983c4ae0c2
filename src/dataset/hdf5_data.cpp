// SPDX-License-Identifier: Apache-2.0
#include "dataset/hdf5_data.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/lower_case.h"
#include "base/parallel.h"
#include "dataset/dataset.h"
#include "dataset/image_moments.h"
#include "dataset/splits.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

bool is_hdf5_name(const fs::path& file) {
  const std::string extension = lower_case(file.extension().string());
  return extension == ".h5" || extension == ".hdf5";
}

bool is_image_name(const fs::path& file) {
  constexpr std::array<const char*, 7> kExtensions = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif"};
  return std::ranges::count(kExtensions, lower_case(file.extension().string())) > 0;
}

// What a name says that the file is for.
std::optional<Split> split_of(const fs::path& file) {
  const std::string name = lower_case(file.stem().string());
  // The later word counts: "retrieval_train" is to train on. Behind the last place is before the first one.
  const std::size_t train = name.rfind("train") + 1, val = name.rfind("val") + 1;
  if (train == val) return std::nullopt;  // neither
  return train > val ? Split::train : Split::validation;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (is_hdf5_name(entry->path()) && !entry->is_directory(error)) files.push_back(entry->path());
  std::ranges::sort(files);
  return files;
}

[[noreturn]] void refuse(const fs::path& place, const std::string& what) {
  fail(place.string(), what,
       "a folder that holds train.h5 and val.h5, or a config with these lines: dataset = \"HDF5\", n_cats = 2, "
       "train_im_anns = \"a.h5\", val_im_anns = \"b.h5\" (docs/hdf5.md)");
}

// The one file of the split among these, which may be several of several data sets.
fs::path only_file(const std::vector<fs::path>& files, Split split, const fs::path& place) {
  std::vector<fs::path> found;
  for (const fs::path& file : files)
    if (split_of(file) == split) found.push_back(file);
  const std::string word = split == Split::train ? "train" : "val";
  if (found.empty()) refuse(place, "holds no HDF5 file with \"" + word + "\" in its name");
  if (found.size() > 1) refuse(place, "holds several HDF5 files with \"" + word + "\" in their names");
  return fs::absolute(found.front()).lexically_normal();
}

// "a_train.h5" goes with "a_val.h5", whatever else lies beside it; and "train.h5" with the only "validation.h5".
fs::path partner_of(const fs::path& file, Split split) {
  const std::string word = split == Split::train ? "train" : "val", other = split == Split::train ? "val" : "train";
  std::string name = file.filename().string();
  const std::size_t at = lower_case(name).rfind(word);
  fs::path partner = file.parent_path() / name.replace(at, word.size(), other);
  std::error_code ignored;
  if (fs::is_regular_file(partner, ignored)) return partner;
  const fs::path folder = file.parent_path();
  return only_file(files_in(folder), split == Split::train ? Split::validation : Split::train, folder);
}

struct Looked {
  ImageLayout layout;
  std::array<std::int64_t, 256> values{};
  std::optional<ImageMoments> moments;
};

Looked look_at(const Dataset& dataset, std::size_t i, bool measures) {
  static thread_local EncodedSample encoded;
  static thread_local LabelMap label;
  static thread_local Image image;
  Looked looked;
  dataset.fetch(i, encoded);
  looked.layout = encoded.layout;
  dataset.decode_label_values(i, encoded, whole(encoded.layout), label);
  for (const std::uint8_t value : label.values()) ++looked.values[value];
  if (!measures) return looked;
  dataset.decode_image(i, encoded, whole(encoded.layout), image);
  looked.moments = moments_of(image);
  return looked;
}

void take(const Looked& looked, Survey& survey) {
  const ImageLayout& layout = looked.layout;
  const bool is_first = survey.largest_height == 0;
  survey.smallest_height = is_first ? layout.height : std::min(survey.smallest_height, layout.height);
  survey.smallest_width = is_first ? layout.width : std::min(survey.smallest_width, layout.width);
  survey.largest_height = std::max(survey.largest_height, layout.height);
  survey.largest_width = std::max(survey.largest_width, layout.width);
  survey.channels = layout.channels;
  survey.type = layout.type;
  for (std::size_t value = 0; value < survey.values.size(); ++value) {
    survey.values[value].pixels += looked.values[value];
    survey.values[value].images += looked.values[value] > 0 ? 1 : 0;
  }
}

// Looks at every sample of both. Only whole numbers are summed as threads come to them, so that all find the same.
class Look {
 public:
  Look(const Splits& data, const Hdf5DataOptions& options) : data_(data), options_(options) {}

  void run(Hdf5Data& data) {
    const std::size_t num_train = data_.train->size(), total = num_train + data_.validation->size();
    moments_.resize(num_train);
    parallel_for_each(total, options_.threads, [&](std::size_t i) {
      Looked looked =
          i < num_train ? look_at(*data_.train, i, is_measured(i)) : look_at(*data_.validation, i - num_train, false);
      const std::lock_guard lock(mutex_);
      take(looked, data.survey);
      if (looked.moments) moments_[i] = std::move(looked.moments);
      if (options_.progress) options_.progress(++done_, total);
    });
    std::vector<ImageMoments> moments;
    for (auto& of_image : moments_)
      if (of_image) moments.push_back(*std::move(of_image));
    data.measured = moments.size();
    if (moments.empty()) return;
    const ChannelStatistics statistics = rounded(statistics_of(moments, data.survey.channels));
    data.config.mean = statistics.mean;
    data.config.std = statistics.std;
  }

 private:
  bool is_measured(std::size_t i) const {
    const std::size_t most = options_.measured_images, count = moments_.size();
    return count <= most ? most != 0 : i * most / count != (i + 1) * most / count;
  }

  const Splits& data_;
  const Hdf5DataOptions& options_;
  std::mutex mutex_;
  std::vector<std::optional<ImageMoments>> moments_;  // of the images to train on
  std::size_t done_ = 0;
};

}  // namespace

bool holds_hdf5(const fs::path& place) {
  std::error_code error;
  if (fs::is_regular_file(place, error)) return is_hdf5_name(place);
  bool has_files = false;
  for (fs::directory_iterator entry(place, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.filename().string().starts_with('.')) continue;
    std::error_code ignored;
    if (entry->is_directory(ignored) || is_image_name(path)) return false;
    has_files = has_files || is_hdf5_name(path);
  }
  return has_files;
}

Hdf5Files find_hdf5_files(const fs::path& place) {
  std::error_code ignored;
  if (fs::is_directory(place, ignored)) {
    const std::vector<fs::path> files = files_in(place);
    return {.train = only_file(files, Split::train, place), .validation = only_file(files, Split::validation, place)};
  }
  const fs::path file = fs::absolute(place).lexically_normal();
  const std::optional<Split> split = split_of(file);
  if (!split) refuse(place, "is one HDF5 file, whose name does not say whether it is to train on or to validate with");
  const fs::path partner = partner_of(file, *split);
  return *split == Split::train ? Hdf5Files{.train = file, .validation = partner}
                                : Hdf5Files{.train = partner, .validation = file};
}

Hdf5Data find_hdf5_data(const Hdf5Files& files, const Hdf5DataOptions& options) {
  Hdf5Data data;
  data.config.dataset = "HDF5";
  data.config.train_im_anns = files.train.string();
  data.config.val_im_anns = files.validation.string();
  const Splits splits = open_splits(data.config);
  data.num_train = splits.train->size();
  data.num_validation = splits.validation->size();
  Look(splits, options).run(data);
  data.guess = guess_labels(data.survey.values, files.train.string());
  data.config.lb_ignore = data.guess.lb_ignore;
  if (data.guess.label_map) data.config.label_map = *data.guess.label_map;
  return data;
}

}  // namespace seg
