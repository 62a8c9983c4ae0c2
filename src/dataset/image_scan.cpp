// SPDX-License-Identifier: Apache-2.0
#include "dataset/image_scan.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "base/collect_problems.h"
#include "base/parallel.h"
#include "base/random.h"
#include "dataset/image_moments.h"
#include "dataset/problem_list.h"
#include "dataset/splits.h"
#include "formats/crc32.h"

namespace seg {
namespace {

constexpr std::size_t kNamed = 5;  // examples in a message about many images

// Of one image. Kept for each, so that the sums do not depend on who finished first.
struct Finding {
  std::vector<Problem> failures;
  std::optional<ImageFacts> facts;
};

// Two different images with the same checksum would also need the same sums.
Fingerprint fingerprint_of(const Image& image, const ImageMoments& moments) {
  const ImageLayout& layout = image.layout();
  std::vector<double> facts = {static_cast<double>(layout.height), static_cast<double>(layout.width),
                               static_cast<double>(add_to_crc32(0, image.bytes()))};
  facts.insert(facts.end(), moments.sum.begin(), moments.sum.end());
  facts.insert(facts.end(), moments.squares.begin(), moments.squares.end());
  return hash_of(reinterpret_cast<const char*>(facts.data()), facts.size() * sizeof(double));
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
      scan_.fingerprints.push_back(finding.facts ? std::optional(finding.facts->fingerprint) : std::nullopt);
    }
    scan_.problems = problems.result();
    sum_up();
    return std::move(scan_);
  }

 private:
  void look_at(std::size_t i) {
    const bool is_known = recall(i);
    if (!is_known) read(i);
    const std::lock_guard lock(mutex_);
    scan_.num_known += is_known ? 1 : 0;
    if (options_.progress) options_.progress(++done_);
  }

  bool recall(std::size_t i) {
    if (options_.record == nullptr) return false;
    findings_[i].facts = options_.record->image(i);
    if (findings_[i].facts && findings_[i].facts->moments.sum.size() < channels()) findings_[i].facts.reset();
    return findings_[i].facts.has_value();
  }

  void read(std::size_t i) {
    static thread_local EncodedSample encoded;  // for their memory
    static thread_local Image image;
    const double began = seconds_now();
    double fetched = began;
    const bool is_good = collect_problems(findings_[i].failures, [&] {
      dataset_.fetch(i, encoded);
      fetched = seconds_now();
      dataset_.decode_image(i, encoded, whole(encoded.layout), image);
    });
    if (is_good)
      note(i, image);
    else
      encoded = {};  // what it holds may be of the image before
    const double ended = seconds_now();
    const std::lock_guard lock(mutex_);
    for (const Bytes& file : encoded.images) scan_.bytes_read += static_cast<std::int64_t>(file.size());
    scan_.bytes_read += static_cast<std::int64_t>(encoded.label.size());
    scan_.read_seconds += fetched - began;
    scan_.decode_seconds += ended - fetched;
  }

  void note(std::size_t i, const Image& image) {
    ImageFacts facts{.fingerprint = 0, .moments = moments_of(image)};
    facts.fingerprint = fingerprint_of(image, facts.moments);
    if (options_.record != nullptr) options_.record->keep(i, facts);
    findings_[i].facts = std::move(facts);
  }

  std::size_t channels() const { return static_cast<std::size_t>(dataset_.traits().channels); }

  void sum_up() {
    std::vector<ImageMoments> moments;
    for (Finding& finding : findings_)
      if (finding.facts) moments.push_back(std::move(finding.facts->moments));
    ChannelStatistics statistics = statistics_of(moments, dataset_.traits().channels);
    scan_.mean = std::move(statistics.mean);
    scan_.deviation = std::move(statistics.std);
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
           .what = std::to_string(examples.count()) + " of " + std::to_string(validation.dataset.size()) + " images " +
                   (examples.count() == 1 ? "is a training image" : "are training images") +
                   " as well: " + examples.text(),
           .remedy = kTakeOutShared}};
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
