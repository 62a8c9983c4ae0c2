// SPDX-License-Identifier: Apache-2.0
#include "cli/check_output.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/counted.h"
#include "base/file.h"
#include "base/machine.h"
#include "base/text.h"
#include "dataset/class_weights.h"
#include "dataset/sample_reader.h"
#include "image/color_map.h"
#include "image/shrink.h"
#include "report/check_page.h"
#include "training/label_check.h"

namespace seg {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kPictures = 12;  // of a split
constexpr std::int64_t kLongestPicture = 480;

std::string sizes_text(const ScanReport& labels) {
  const std::string smallest = size_text(labels.smallest.width, labels.smallest.height);
  const std::string largest = size_text(labels.largest.width, labels.largest.height);
  return smallest == largest ? smallest : smallest + " to " + largest;
}

std::string facts_text(const SplitCheck& check) {
  std::string text = sizes_text(check.labels);
  if (!check.images.mean.empty())
    text += "; mean = " + list_text(check.images.mean) + ", std = " + list_text(check.images.deviation);
  return text;
}

std::vector<ClassOnPage> classes_of(const CheckedSplit& split) {
  const DatasetTraits& traits = split.dataset->traits();
  const std::vector<ClassCount>& counts = split.check.labels.classes;
  const std::vector<Rgb> colors =
      traits.palette.empty() ? default_palette(static_cast<std::int64_t>(counts.size())) : traits.palette;
  std::vector<ClassOnPage> classes;
  for (std::size_t k = 0; k < counts.size(); ++k)
    classes.push_back({.name = k < traits.class_names.size() ? traits.class_names[k] : "",
                       .color = k < colors.size() ? colors[k] : Rgb{},
                       .pixels = counts[k].pixels,
                       .images = counts[k].images,
                       .share = counts[k].share});
  return classes;
}

void show_split(const CheckedSplit& split, Console& console) {
  const SplitCheck& check = split.check;
  console.heading(name_for_people(split.split) + ": " + counted(split.dataset->size(), "image"));
  std::vector<std::vector<std::string>> rows = {{"class", "share %", "pixels", "images"}};
  const std::vector<ClassOnPage> classes = classes_of(split);
  for (std::size_t k = 0; k < classes.size(); ++k)
    rows.push_back({std::to_string(k) + (classes[k].name.empty() ? "" : " " + classes[k].name),
                    percent(classes[k].share, 3), std::to_string(classes[k].pixels),
                    std::to_string(classes[k].images)});
  console.table(rows);
  console.info(facts_text(check));
  if (check.labels.ignored_pixels > 0) {
    std::int64_t counted = check.labels.ignored_pixels;
    for (const ClassCount& one : check.labels.classes) counted += one.pixels;
    console.info(
        "ignored: " + percent(static_cast<double>(check.labels.ignored_pixels) / static_cast<double>(counted), 2) +
        " % of the pixels");
  }
  if (split.split == Split::train)
    console.info("class_weights = \"median_frequency\" would be " +
                 list_text(median_frequency_weights(check.labels.classes)));
  const std::size_t num_known = std::min(check.labels.num_known, check.images.num_known);
  if (num_known > 0)
    console.info("known from an earlier scan: " + std::to_string(num_known) + " of " +
                 counted(split.dataset->size(), "sample") + " (--rescan looks at all of them again)");
  const auto num_read = static_cast<double>(split.dataset->size() - check.images.num_known);
  if (num_read > 0 && check.images.bytes_read > 0)
    console.info("files: " + bytes_text(check.images.bytes_read) + ", decoded in " +
                 fixed(1000 * check.images.decode_seconds / num_read, 1) + " ms each by one thread");
}

// Some samples, evenly spread, with their labels drawn over them.
std::vector<PictureOnPage> pictures_of(const CheckedSplit& split) {
  const Dataset& dataset = *split.dataset;
  const DatasetTraits& traits = dataset.traits();
  const std::vector<Rgb> palette = traits.palette.empty() ? default_palette(256) : traits.palette;
  const std::size_t count = std::min(kPictures, dataset.size());
  std::vector<PictureOnPage> pictures;
  const std::unique_ptr<SampleReader> reader = dataset.reader();
  Sample sample;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t i = k * dataset.size() / count;
    try {
      reader->read(i, sample);
    } catch (const UserError&) {
      continue;  // it is among the problems
    }
    const Image drawn =
        overlay(sample.image, sample.label, palette, {.ignore_label = traits.ignore_label, .outline = true});
    pictures.push_back({.caption = dataset.name(i), .picture = shrunk(drawn, kLongestPicture)});
  }
  return pictures;
}

void show_disk(const DiskSpeed& disk, Console& console) {
  if (disk.num_samples == 0) return;
  const std::string files = "the files, " + bytes_text(disk.bytes_of_all) + ",";
  console.info("disk: " + bytes_text(static_cast<std::int64_t>(disk.bytes_per_second)) + "/s, " +
               fixed(disk.samples_per_second, 0) + " images/s (" + counted(disk.num_samples, "sample") +
               " whose files were not in memory). Faster training waits for it" +
               (disk.bytes_of_all < usable_memory_bytes() / 2
                    ? " in its first epoch; then " + files + " stay in memory"
                    : " in every epoch: " + files + " do not stay in memory"));
}

Json problems_json(const std::vector<Problem>& problems) {
  Json list = Json::array();
  for (const Problem& problem : problems)
    list.push_back({{"where", problem.where}, {"what", problem.what}, {"try", problem.remedy}});
  return list;
}

Json split_json(const CheckedSplit& split) {
  Json classes = Json::array();
  const std::vector<ClassOnPage> all = classes_of(split);
  const std::vector<double> weights = median_frequency_weights(split.check.labels.classes);
  for (std::size_t k = 0; k < all.size(); ++k)
    classes.push_back({{"id", k},
                       {"name", all[k].name},
                       {"pixels", all[k].pixels},
                       {"images", all[k].images},
                       {"share", all[k].share},
                       {"median_frequency_weight", weights[k]}});
  const ScanReport& labels = split.check.labels;
  const auto size = [](const ImageLayout& of) { return Json{of.height, of.width}; };
  return {{"images", split.dataset->size()},
          {"classes", classes},
          {"ignored_pixels", labels.ignored_pixels},
          {"sizes", {{"min", size(labels.smallest)}, {"max", size(labels.largest)}}},
          {"mean", split.check.images.mean},
          {"std", split.check.images.deviation},
          {"known", {{"labels", labels.num_known}, {"images", split.check.images.num_known}}}};
}

Json disk_json(const DiskSpeed& disk) {
  if (disk.num_samples == 0) return nullptr;
  return {{"bytes_per_second", disk.bytes_per_second},
          {"images_per_second", disk.samples_per_second},
          {"images", disk.num_samples}};
}

}  // namespace

std::string name_for_people(Split split) { return split == Split::train ? "training data" : "validation data"; }

void show(const CheckResult& result, Console& console) {
  for (const CheckedSplit& split : result.splits) show_split(split, console);
  show_disk(result.disk, console);
  tell_warnings(result.findings.warnings, console);
}

Json to_json(const CheckResult& result) {
  Json json = split_json(result.splits[0]);
  json["validation"] = split_json(result.splits[1]);
  json["problems"] = problems_json(result.findings.problems);
  json["warnings"] = problems_json(result.findings.warnings);
  json["disk"] = disk_json(result.disk);
  return json;
}

void write_check_page(const std::string& file, const std::string& title, const CheckResult& result) {
  CheckPage page{
      .title = title, .problems = result.findings.problems, .warnings = result.findings.warnings, .splits = {}};
  for (const CheckedSplit& split : result.splits)
    page.splits.push_back({.name = name_for_people(split.split),
                           .images = split.dataset->size(),
                           .facts = facts_text(split.check),
                           .classes = classes_of(split),
                           .pictures = pictures_of(split)});
  write_file(file, to_html(page));
}

}  // namespace seg
