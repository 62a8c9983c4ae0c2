// SPDX-License-Identifier: Apache-2.0
#include "dataset/survey.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/collect_problems.h"
#include "base/counted.h"
#include "base/parallel.h"
#include "base/text.h"
#include "image/decode.h"

namespace seg {
namespace {

using Colors = std::map<std::uint32_t, std::int64_t>;  // 0xrrggbb -> pixels

struct Finding {
  std::vector<Problem> problems;
  ImageLayout layout;
  bool is_color_label = false;
  std::vector<std::pair<std::uint8_t, std::int64_t>> values;
  std::vector<std::pair<std::uint8_t, Rgb>> palette;
  Colors colors;
  std::optional<ImageMoments> moments;
};

LabelValues values_of(const Finding& finding) {
  if (finding.is_color_label) return LabelValues::colors;
  const bool has_others =
      std::ranges::any_of(finding.values, [](const auto& value) { return value.first != 0 && value.first != 255; });
  if (has_others) return LabelValues::numbers;
  return finding.values.size() == 2 ? LabelValues::mask : LabelValues::unclear;
}

std::string bits_text(PixelType type) { return type == PixelType::u8 ? "8" : "16"; }

Colors colors_of(const Image& image) {
  Colors colors;
  std::uint32_t last = 0;
  std::int64_t run = 0;
  const auto flush = [&] {
    if (run > 0) colors[last] += run;
    run = 0;
  };
  for (std::int64_t y = 0; y < image.height() && colors.size() <= kMostLabelColors; ++y) {
    const auto row = image.row<std::uint8_t>(y);
    for (std::size_t i = 0; i < row.size(); i += 3) {
      const std::uint32_t color = static_cast<std::uint32_t>(row[i]) << 16 |
                                  static_cast<std::uint32_t>(row[i + 1]) << 8 | static_cast<std::uint32_t>(row[i + 2]);
      if (color != last) flush();
      last = color;
      ++run;
    }
  }
  flush();
  return colors;
}

// Of each value the colour of its first pixel.
std::vector<std::pair<std::uint8_t, Rgb>> palette_of(const LabelMap& label, const Image& image) {
  std::array<bool, 256> seen{};
  std::vector<std::pair<std::uint8_t, Rgb>> palette;
  for (std::int64_t y = 0; y < label.height(); ++y) {
    const auto values = label.row(y);
    const auto pixels = image.row<std::uint8_t>(y);
    for (std::size_t x = 0; x < values.size(); ++x) {
      if (std::exchange(seen[values[x]], true)) continue;
      palette.emplace_back(values[x], Rgb{pixels[3 * x], pixels[3 * x + 1], pixels[3 * x + 2]});
    }
  }
  return palette;
}

class Surveyor {
 public:
  Surveyor(const std::vector<ImageAndLabel>& pairs, const std::filesystem::path& root, const SurveyOptions& options,
           const FileSource& files)
      : pairs_(pairs),
        root_(root),
        options_(options),
        files_(files),
        findings_(pairs.size()),
        is_measured_(pairs.size()) {
    choose_measured();
  }

  Survey run() {
    parallel_for_each(pairs_.size(), options_.threads, [&](std::size_t i) {
      collect_problems(findings_[i].problems, [&] { look_at(i); });
      const std::lock_guard lock(mutex_);
      ++done_;
      if (options_.progress) options_.progress(done_);
    });
    drop_minorities();
    return result();
  }

 private:
  // Of those that may be trained on every n-th, so that all sequences of a data set are among them.
  void choose_measured() {
    const auto is_of_train = [](const ImageAndLabel& pair) { return pair.part == Part::train; };
    const bool has_train = std::ranges::any_of(pairs_, is_of_train);
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < pairs_.size(); ++i)
      if (!has_train || is_of_train(pairs_[i])) chosen.push_back(i);
    const std::size_t most = options_.measured_images, count = chosen.size();
    for (std::size_t k = 0; k < count; ++k)
      is_measured_[chosen[k]] = count <= most ? most != 0 : k * most / count != (k + 1) * most / count;
  }

  std::string path_of(const std::string& name) const { return (root_ / name).string(); }

  void look_at(std::size_t i) {
    static thread_local Bytes file;
    static thread_local Image image;
    look_at_image(i, file, image);
    look_at_label(i, file, image);
  }

  void look_at_image(std::size_t i, Bytes& file, Image& image) {
    Finding& finding = findings_[i];
    const std::string path = path_of(pairs_[i].image);
    files_.read(path, file);
    finding.layout = image_layout(file, path);
    const bool is_whole = has_end(format_of(file), std::span(file).last(std::min(file.size(), kEndBytes)));
    if (is_whole && !is_measured_[i]) return;
    decode_image(file, path, whole(finding.layout), image);
    if (!is_measured_[i]) return;
    finding.moments = moments_of(image);
  }

  void look_at_label(std::size_t i, Bytes& file, Image& image) {
    Finding& finding = findings_[i];
    const std::string path = path_of(pairs_[i].label);
    files_.read(path, file);
    const ImageLayout layout = image_layout(file, path);
    if (layout.height != finding.layout.height || layout.width != finding.layout.width)
      fail(path,
           "the label has " + size_text(layout.width, layout.height) + " pixels, its image " +
               size_text(finding.layout.width, finding.layout.height),
           "resize the label without interpolation");
    static thread_local LabelMap label;
    try {
      decode_labels(file, path, whole(layout), label);
    } catch (const UserError&) {
      label_layout(file, path);
      // Of colours with 8 bits? A palette's values are numbers, though, and would have been decoded.
      if (layout.channels != 3 || layout.type != PixelType::u8) throw;
      decode_image(file, path, whole(layout), image);
      finding.is_color_label = true;
      finding.colors = colors_of(image);
      return;
    }
    std::array<std::int64_t, 256> counts{};
    for (const std::uint8_t value : label.values()) ++counts[value];
    for (std::size_t value = 0; value < 256; ++value)
      if (counts[value] > 0) finding.values.emplace_back(static_cast<std::uint8_t>(value), counts[value]);
    if (layout.channels != 3 || !is_measured_[i]) return;
    decode_image(file, path, whole(layout), image);  // class numbers with three channels have a palette
    finding.palette = palette_of(label, image);
  }

  template <class Test>
  bool holds_for_most(const Test& test) const {
    std::int64_t yes = 0, no = 0;
    for (const Finding& finding : findings_)
      if (finding.problems.empty()) ++(test(finding) ? yes : no);
    return yes > no;
  }

  // Gray goes with colour.
  static std::int64_t kind_of_channels(const ImageLayout& layout) { return layout.channels == 1 ? 3 : layout.channels; }

  // Of evenly many the fewer.
  std::int64_t usual_channels() const {
    std::map<std::int64_t, std::int64_t> images;
    for (const Finding& finding : findings_)
      if (finding.problems.empty()) ++images[kind_of_channels(finding.layout)];
    const auto most = std::ranges::max_element(images, {}, [](const auto& entry) { return entry.second; });
    return most == images.end() ? 3 : most->first;
  }

  // Evenly many: the usual kind stays, 8 bits and class numbers.
  void drop_minorities() {
    const std::int64_t channels = usual_channels();
    const bool has_deep = holds_for_most([](const Finding& finding) { return finding.layout.type == PixelType::u16; });
    has_color_labels_ = holds_for_most([](const Finding& finding) { return finding.is_color_label; });
    const PixelType type = has_deep ? PixelType::u16 : PixelType::u8;
    for (std::size_t i = 0; i < findings_.size(); ++i) {
      Finding& finding = findings_[i];
      if (!finding.problems.empty()) continue;
      if (finding.layout.type != type)
        finding.problems.push_back(
            {.where = path_of(pairs_[i].image),
             .what = "has " + bits_text(finding.layout.type) + " bits a channel, most images have " + bits_text(type),
             .remedy = "convert it, so that all images have the same depth"});
      if (kind_of_channels(finding.layout) != channels)
        finding.problems.push_back({.where = path_of(pairs_[i].image),
                                    .what = "has " + counted(finding.layout.channels, "channel") +
                                            ", most images have " + std::to_string(channels),
                                    .remedy = "convert it, so that all images have the same channels"});
      if (finding.is_color_label != has_color_labels_)
        finding.problems.push_back({.where = path_of(pairs_[i].label),
                                    .what = has_color_labels_ ? "holds class numbers, most labels are coloured"
                                                              : "is a colour image, most labels hold class numbers",
                                    .remedy = "convert it like the others"});
    }
  }

  Survey result() const {
    Survey survey;
    survey.has_color_labels = has_color_labels_;
    survey.channels = 1;
    std::map<std::uint32_t, ColorCount> colors;
    for (std::size_t i = 0; i < findings_.size(); ++i) {
      const Finding& finding = findings_[i];
      if (!finding.problems.empty()) {
        survey.dropped.insert(survey.dropped.end(), finding.problems.begin(), finding.problems.end());
        continue;
      }
      survey.pairs.push_back(pairs_[i]);
      survey.label_values.push_back(values_of(finding));
      survey.moments.push_back(finding.moments);
      survey.channels = std::max(survey.channels, finding.layout.channels);
      survey.type = finding.layout.type;
      note_size(finding.layout, survey);
      for (const auto& [value, pixels] : finding.values) {
        survey.values[value].pixels += pixels;
        ++survey.values[value].images;
      }
      for (const auto& [color, pixels] : finding.colors) {
        if (colors.size() > kMostLabelColors) break;
        ColorCount& count = colors[color];
        count.color = {static_cast<std::uint8_t>(color >> 16), static_cast<std::uint8_t>(color >> 8 & 255),
                       static_cast<std::uint8_t>(color & 255)};
        count.pixels += pixels;
        ++count.images;
      }
    }
    for (const auto& [color, count] : colors) survey.colors.push_back(count);
    join_palettes(survey);
    return survey;
  }

  void join_palettes(Survey& survey) const {
    for (const Finding& finding : findings_) {
      if (!finding.problems.empty()) continue;
      for (const auto& [value, color] : finding.palette) {
        std::optional<Rgb>& known = survey.palette[value];
        if (known && !(*known == color)) return survey.palette.fill(std::nullopt);
        known = color;
      }
    }
  }

  static void note_size(const ImageLayout& layout, Survey& survey) {
    const bool is_first = survey.largest_height == 0;
    survey.smallest_height = is_first ? layout.height : std::min(survey.smallest_height, layout.height);
    survey.smallest_width = is_first ? layout.width : std::min(survey.smallest_width, layout.width);
    survey.largest_height = std::max(survey.largest_height, layout.height);
    survey.largest_width = std::max(survey.largest_width, layout.width);
  }

  const std::vector<ImageAndLabel>& pairs_;
  const std::filesystem::path& root_;
  const SurveyOptions& options_;
  const FileSource& files_;
  std::vector<Finding> findings_;  // each written by one thread
  std::vector<bool> is_measured_;
  bool has_color_labels_ = false;
  std::mutex mutex_;
  std::size_t done_ = 0;
};

}  // namespace

Survey survey_pairs(const std::vector<ImageAndLabel>& pairs, const std::filesystem::path& root,
                    const SurveyOptions& options, const FileSource& files) {
  return Surveyor(pairs, root, options, files).run();
}

}  // namespace seg
