// SPDX-License-Identifier: Apache-2.0
#include "dataset/image_scan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "base/parallel.h"
#include "base/random.h"
#include "dataset/problem_list.h"
#include "formats/crc32.h"
#include "image/channel_sums.h"

namespace seg {
namespace {

constexpr std::size_t kNamed = 5;  // examples in a message about many images

// Of one image. Kept for each, so that the sums do not depend on who finished first.
struct Finding {
  std::vector<Problem> failures;
  std::optional<Fingerprint> fingerprint;
  double pixels = 0;
  std::vector<double> mean, mean_square;  // of each channel, where 1 is the largest value
};

// Two different images with the same checksum would also need the same sums.
Fingerprint fingerprint_of(const Image& image, const ChannelSums& sums) {
  const ImageLayout& layout = image.layout();
  std::vector<std::uint64_t> facts = {static_cast<std::uint64_t>(layout.height),
                                      static_cast<std::uint64_t>(layout.width), add_to_crc32(0, image.bytes())};
  facts.insert(facts.end(), sums.values.begin(), sums.values.end());
  facts.insert(facts.end(), sums.squares.begin(), sums.squares.end());
  return hash_of(reinterpret_cast<const char*>(facts.data()), facts.size() * sizeof(std::uint64_t));
}

class Scanner {
 public:
  Scanner(const Dataset& dataset, const ImageScanOptions& options)
      : dataset_(dataset), options_(options), findings_(dataset.size()) {}

  ImageScan run() {
    parallel_for_each(dataset_.size(), options_.threads, [&](std::size_t i) { look_at(i); });
    ProblemList problems("the images", options_.problems_in_full);
    for (Finding& finding : findings_) {
      for (Problem& failure : finding.failures) problems.add("images that cannot be used", std::move(failure));
      scan_.fingerprints.push_back(finding.fingerprint);
    }
    scan_.problems = problems.result();
    sum_up();
    return std::move(scan_);
  }

 private:
  void look_at(std::size_t i) {
    static thread_local EncodedSample encoded;  // for their memory
    static thread_local Image image;
    const double began = seconds_now();
    double fetched = began;
    try {
      dataset_.fetch(i, encoded);
      fetched = seconds_now();
      dataset_.decode_image(i, encoded, whole(encoded.layout), image);
      note(image, findings_[i]);
    } catch (const UserError& error) {
      findings_[i].failures = error.problems();
    }
    const double ended = seconds_now();
    const std::lock_guard lock(mutex_);
    for (const Bytes& file : encoded.images) scan_.bytes_read += static_cast<std::int64_t>(file.size());
    scan_.bytes_read += static_cast<std::int64_t>(encoded.label.size());
    scan_.read_seconds += fetched - began;
    scan_.decode_seconds += ended - fetched;
    if (options_.progress) options_.progress(++done_);
  }

  static void note(const Image& image, Finding& finding) {
    const ChannelSums sums = channel_sums(image);
    const auto largest = static_cast<double>(largest_value(image.type()));
    finding.pixels = static_cast<double>(image.height() * image.width());
    for (std::size_t c = 0; c < sums.values.size(); ++c) {
      finding.mean.push_back(static_cast<double>(sums.values[c]) / finding.pixels / largest);
      finding.mean_square.push_back(static_cast<double>(sums.squares[c]) / finding.pixels / largest / largest);
    }
    finding.fingerprint = fingerprint_of(image, sums);
  }

  void sum_up() {
    const auto channels = static_cast<std::size_t>(dataset_.traits().channels);
    std::vector<double> mean(channels), mean_square(channels);
    double pixels = 0;
    for (const Finding& finding : findings_) {
      if (finding.mean.size() != channels) continue;
      pixels += finding.pixels;
      for (std::size_t c = 0; c < channels; ++c) {
        mean[c] += finding.pixels * finding.mean[c];
        mean_square[c] += finding.pixels * finding.mean_square[c];
      }
    }
    if (pixels == 0) return;
    for (std::size_t c = 0; c < channels; ++c) {
      mean[c] /= pixels;
      scan_.mean.push_back(mean[c]);
      scan_.deviation.push_back(std::sqrt(std::max(0.0, mean_square[c] / pixels - mean[c] * mean[c])));
    }
  }

  const Dataset& dataset_;
  const ImageScanOptions& options_;
  std::vector<Finding> findings_;  // each written by one thread
  std::mutex mutex_;
  std::size_t done_ = 0;
  ImageScan scan_;
};

std::map<Fingerprint, std::vector<std::size_t>> by_fingerprint(const ImageScan& scan) {
  std::map<Fingerprint, std::vector<std::size_t>> images;
  for (std::size_t i = 0; i < scan.fingerprints.size(); ++i)
    if (scan.fingerprints[i]) images[*scan.fingerprints[i]].push_back(i);
  return images;
}

// "a.png = b.png, …" of the first few.
class Examples {
 public:
  void add(const std::string& first, const std::string& second) {
    if (count_++ < kNamed) text_ += (text_.empty() ? "" : ", ") + first + " = " + second;
  }
  std::size_t count() const noexcept { return count_; }
  std::string text() const { return text_ + (count_ > kNamed ? ", …" : ""); }

 private:
  std::size_t count_ = 0;
  std::string text_;
};

}  // namespace

ImageScan scan_images(const Dataset& dataset, const ImageScanOptions& options) {
  return Scanner(dataset, options).run();
}

std::vector<Problem> shared_images(const ScannedSplit& train, const ScannedSplit& validation) {
  const auto known = by_fingerprint(train.scan);
  Examples examples;
  for (std::size_t i = 0; i < validation.scan.fingerprints.size(); ++i) {
    const auto& fingerprint = validation.scan.fingerprints[i];
    const auto found = fingerprint ? known.find(*fingerprint) : known.end();
    if (found != known.end()) examples.add(validation.dataset.name(i), train.dataset.name(found->second.front()));
  }
  if (examples.count() == 0) return {};
  return {{.where = "the validation data",
           .what = std::to_string(examples.count()) + " of " + std::to_string(validation.dataset.size()) +
                   " images are training images as well: " + examples.text(),
           .remedy = "take them out of one of the lists; a network that has seen an image does too well on it"}};
}

std::vector<Problem> repeated_images(const ScannedSplit& split, const std::string& where) {
  Examples examples;
  for (const auto& [fingerprint, images] : by_fingerprint(split.scan)) {
    const std::string first = split.dataset.name(images.front());
    for (std::size_t k = 1; k < images.size(); ++k) {
      const std::string name = split.dataset.name(images[k]);
      if (name != first) examples.add(name, first);
    }
  }
  if (examples.count() == 0) return {};
  return {{.where = where,
           .what = std::to_string(examples.count()) +
                   (examples.count() == 1 ? " image is a copy: " : " images are copies: ") + examples.text(),
           .remedy = "take the copies out of the list, unless they are meant to count more"}};
}

}  // namespace seg
