// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/counted.h"
#include "base/text.h"
#include "doctor/rate_model.h"
#include "doctor/rules.h"
#include "loader/cache_choice.h"

namespace seg {
namespace {

constexpr double kLargeImage = 4;       // times the crop
constexpr double kMostlyReading = 0.5;  // of the loader's work

// What is left of the labels' stage once they need not be decoded: to resample one channel where the image has three.
double label_resampling(const Figures& f) {
  return std::min(f.stage(LoaderStage::label).value_or(0), f.stage(LoaderStage::resample).value_or(0) / 3);
}

std::int64_t room_in_memory(const Figures& f) {
  return room_for_cache(f.usable_memory_bytes.value_or(0), f.memory_forecast_bytes.value_or(0));
}

// What a cache saves of each image, besides what it costs to copy a window out of memory, which is little.
double saved_by_cache(const Figures& f) {
  return f.stage(LoaderStage::read).value_or(0) + f.stage(LoaderStage::decode).value_or(0) +
         f.stage(LoaderStage::label).value_or(0) - label_resampling(f);
}

// Where the files lie makes them slow, and not what is done with them.
bool reads_slowly(const Figures& f) {
  return f.stage(LoaderStage::read).value_or(0) > kMostlyReading * f.loading_milliseconds();
}

std::string decoding_text(const Figures& f) {
  return fmt::format("reading and decoding take {} of {} ms an image; {} in all: {} decoded",
                     fixed(saved_by_cache(f), 1), fixed(f.loading_milliseconds(), 1),
                     counted(f.images.value_or(0), "image"), bytes_text(*f.decoded_bytes)) +
         (f.cold_samples_per_second
              ? fmt::format(", and come at {} images/s when they are read cold", fixed(*f.cold_samples_per_second, 0))
              : std::string());
}

// A cache that is made ahead leaves the files alone.
bool reads_files(const Figures& f) { return f.cache.value_or("") != "disk"; }

bool is_read_again(const Figures& f) { return f.epochs.value_or(2) >= 2; }

// What a cache would gain, where there is none and images are used again.
std::optional<double> gain_of_cache(const Figures& f, double saved) {
  if (f.cache.value_or("") != "off" || !f.decoded_bytes || !is_read_again(f)) return std::nullopt;
  return gain_of_less_loading(f, saved);
}

bool fits_into_memory(const Figures& f) {
  return f.decoded_bytes && f.usable_memory_bytes && *f.decoded_bytes <= room_in_memory(f);
}

std::optional<Finding> cache_in_memory(const Figures& f) {
  const auto expected = gain_of_cache(f, saved_by_cache(f));
  if (!expected || !fits_into_memory(f) || reads_slowly(f)) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = decoding_text(f) + ", and memory has room for " + bytes_text(room_in_memory(f)),
                 .advice = "keep decoded images in memory",
                 .change = {{"cache", "ram"}},
                 .expected_speedup = expected};
}

std::optional<Finding> cache_on_disk(const Figures& f) {
  if (!f.decoded_bytes || !f.usable_memory_bytes || fits_into_memory(f) || f.images.value_or(0) == 0)
    return std::nullopt;
  if (!f.cold_bytes_per_second || saved_by_cache(f) < kWorthADisk) return std::nullopt;
  const double bytes = static_cast<double>(*f.decoded_bytes) / static_cast<double>(*f.images);
  const auto expected = gain_of_cache(f, saved_by_cache(f) - 1000 * bytes / *f.cold_bytes_per_second);
  if (!expected) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = decoding_text(f) + ", more than memory has room for",
                 .advice = "keep decoded images on a disk, ahead of training by `segtrain cache`",
                 .change = {{"cache", "disk"}},
                 .expected_speedup = expected};
}

// Files that fit decoded into memory need their disk once.
std::optional<Finding> slow_files(const Figures& f) {
  const auto expected = gain_of_cache(f, saved_by_cache(f));
  if (!expected || !fits_into_memory(f) || !reads_slowly(f)) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence = fmt::format("reading files takes {} of the {} ms that loading an image takes",
                              fixed(f.stage(LoaderStage::read).value_or(0), 1), fixed(f.loading_milliseconds(), 1)),
      .advice = "a faster disk; or keep decoded images in memory, so that each file is read once",
      .change = {{"cache", "ram"}},
      .expected_speedup = expected};
}

std::optional<Finding> slow_disk(const Figures& f) {
  if (auto finding = slow_files(f)) return finding;
  if (!f.file_bytes || !f.usable_memory_bytes || !f.cold_samples_per_second || !f.step_rate) return std::nullopt;
  if (!reads_files(f)) return std::nullopt;
  if (f.cache.value_or("") == "ram" || *f.file_bytes <= room_in_memory(f)) return std::nullopt;
  const double expected = *f.step_rate / *f.cold_samples_per_second;
  if (expected < kWorthAWord) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence = fmt::format("the disk gives {} images/s and the step takes {}; {} of files do not stay in "
                              "the memory that is left",
                              fixed(*f.cold_samples_per_second, 1), fixed(*f.step_rate, 1), bytes_text(*f.file_bytes)),
      .advice = "put the files on a faster disk, or store them smaller",
      .expected_speedup = expected};
}

std::optional<Finding> cold_start(const Figures& f) {
  if (!f.images || !f.epochs || !f.cold_samples_per_second || !f.run_rate || !reads_files(f)) return std::nullopt;
  if (*f.cold_samples_per_second >= *f.run_rate) return std::nullopt;
  const double first = std::min(1.0, *f.epochs) / *f.cold_samples_per_second;
  const double later = std::max(0.0, *f.epochs - 1) / *f.run_rate;
  const double expected = (first + later) / (*f.epochs / *f.run_rate);
  if (expected < kWorthAWord) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence = fmt::format("read for the first time, files come at {} images/s, and training takes {}; "
                              "that is so for one of {} epochs",
                              fixed(*f.cold_samples_per_second, 1), fixed(*f.run_rate, 1), fixed(*f.epochs, 1)),
      .advice = "bring the files nearer first: copy them to a local disk, or make the cache ahead",
      .expected_speedup = expected};
}

std::optional<Finding> large_images(const Figures& f) {
  const double decode = f.stage(LoaderStage::decode).value_or(0);
  if (!f.image_pixels || !f.crop_pixels || decode < kLargeStage * f.loading_milliseconds()) return std::nullopt;
  const double times = static_cast<double>(*f.image_pixels) / static_cast<double>(*f.crop_pixels);
  if (times <= kLargeImage) return std::nullopt;
  const auto expected = gain_of_less_loading(f, decode * (1 - kLargeImage / times));
  if (!expected) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = fmt::format("an image has {} times the pixels of a crop, and takes {} of {} ms to decode",
                                         fixed(times, 1), fixed(decode, 1), fixed(f.loading_milliseconds(), 1)),
                 .advice = "store the images smaller, at four times the crop's pixels, if their detail is not needed",
                 .expected_speedup = expected};
}

std::optional<Finding> label_decoding(const Figures& f) {
  const double label = f.stage(LoaderStage::label).value_or(0), saved = label - label_resampling(f);
  if (label <= f.stage(LoaderStage::decode).value_or(0) || saved < kLargeStage * f.loading_milliseconds())
    return std::nullopt;
  const auto expected = gain_of_less_loading(f, saved);
  if (!expected) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence = fmt::format("labels take {} of {} ms an image, more than the images' own {}", fixed(label, 1),
                              fixed(f.loading_milliseconds(), 1), fixed(f.stage(LoaderStage::decode).value_or(0), 1)),
      .advice = "store labels as PNG with one channel of 8 bits, or let a cache keep them",
      .expected_speedup = expected};
}

std::optional<Finding> distance_maps(const Figures& f) {
  if (f.distance_map.value_or("") != "online" || f.cache.value_or("off") == "off") return std::nullopt;
  const double stage = f.stage(LoaderStage::distance_map).value_or(0);
  const auto expected = gain_of_less_loading(f, stage - label_resampling(f));
  if (!expected) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = fmt::format("distances to boundaries take {} of {} ms an image", fixed(stage, 1),
                                         fixed(f.loading_milliseconds(), 1)),
                 .advice = "cut them from maps that the cache keeps",
                 .change = {{"distance_map", "cache"}},
                 .expected_speedup = expected};
}

constexpr auto kRules = std::to_array<Rule>(
    {{"cache_in_memory", "decoded samples fit into the memory that training leaves, and decoding is felt",
      cache_in_memory},
     {"cache_on_disk", "they do not fit, and a disk gives them faster than they are decoded", cache_on_disk},
     {"slow_disk", "most of loading is reading, or files that memory cannot hold lie on a disk slower than the step",
      slow_disk},
     {"cold_start", "the first epoch waits for a slow disk, in a run of few epochs", cold_start},
     {"large_images", "images have more than four times the pixels of a crop, and decoding is felt", large_images},
     {"label_decoding", "labels take longer to decode than images, and that is felt", label_decoding},
     {"distance_maps", "distances are found anew for each crop though there is a cache", distance_maps}});

}  // namespace

std::span<const Rule> data_rules() { return kRules; }

}  // namespace seg
