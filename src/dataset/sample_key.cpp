// SPDX-License-Identifier: Apache-2.0
#include "dataset/sample_key.h"

#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "base/parallel.h"
#include "base/random.h"
#include "dataset/plain_path.h"

namespace seg {
namespace {

constexpr std::size_t kSamplesPerTask = 256;

// `names` is what stays the same when a file changes.
bool add_file(const std::string& path, std::string& text, std::string& names) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  const std::string name = plain_path(path, path.starts_with('/') ? "" : current_folder()) + '\0';
  names += name;
  text += name;
  for (const std::int64_t number :
       {static_cast<std::int64_t>(status.st_size), static_cast<std::int64_t>(status.st_mtim.tv_sec),
        static_cast<std::int64_t>(status.st_mtim.tv_nsec)})
    text += std::to_string(number) + '\0';
  return true;
}

}  // namespace

std::optional<SampleKey> key_of_sample(const Dataset& dataset, std::size_t index) {
  const SampleFiles files = dataset.files(index);
  std::string text = "a", names;
  for (const std::string& image : files.images)
    if (!add_file(image, text, names)) return std::nullopt;
  if (!files.label.empty() && !add_file(files.label, text, names)) return std::nullopt;
  const std::string part = files.images.empty() ? dataset.name(index) : files.part;
  text += part;
  names += part;
  const std::uint64_t high = hash_of(text.data(), text.size());
  text.front() = 'b';  // another 64 bits of the same text
  return SampleKey{
      .high = high, .low = hash_of(text.data(), text.size()), .sample = hash_of(names.data(), names.size())};
}

std::vector<std::optional<SampleKey>> keys_of_samples(const Dataset& dataset, int threads) {
  std::vector<std::optional<SampleKey>> keys(dataset.size());
  const std::size_t tasks = (keys.size() + kSamplesPerTask - 1) / kSamplesPerTask;
  parallel_for_each(tasks, threads, [&](std::size_t task) {
    const std::size_t end = std::min(keys.size(), (task + 1) * kSamplesPerTask);
    for (std::size_t i = task * kSamplesPerTask; i < end; ++i) keys[i] = key_of_sample(dataset, i);
  });
  return keys;
}

}  // namespace seg
