// SPDX-License-Identifier: Apache-2.0
#include "metrics/confusion_picture.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "image/fill.h"
#include "image/lettering.h"

namespace seg {
namespace {

constexpr Rgb kPaper{255, 255, 255}, kInk{40, 40, 40}, kRight{20, 70, 160}, kWrong{190, 30, 20},
    kNoLabel{225, 225, 225};
constexpr std::int64_t kMargin = 8, kGap = 6;
constexpr std::size_t kLongestName = 24;
constexpr double kDark = 0.55;  // from here on figures are light
constexpr const char* kHint = "rows: labels, columns: predictions, % of the label's pixels";

// Pixels of the picture.
struct Sizes {
  std::int64_t scale, cell_height, cell_width, names, hint, top, left;
};

std::string name_of(const std::vector<std::string>& names, std::size_t k) {
  if (k >= names.size() || !has_letters_for(names[k])) return "class " + std::to_string(k);
  return names[k].substr(0, kLongestName);
}

Sizes sizes_of(std::int64_t num_classes, const std::vector<std::string>& names, bool has_title) {
  const bool has_figures = num_classes <= kMostClassesWithFigures;
  Sizes sizes{.scale = has_figures ? 2 : 1,
              .cell_height = has_figures ? 26 : 10,
              .cell_width = has_figures ? 56 : 10,
              .names = 0,
              .hint = kMargin,
              .top = 0,
              .left = 0};
  for (const std::string& name : names) sizes.names = std::max(sizes.names, text_length(name, sizes.scale));
  sizes.left = kMargin + sizes.names + kGap;
  if (has_title) sizes.hint += text_height(sizes.scale) + 2 * kGap;
  sizes.top = sizes.hint + text_height(sizes.scale) + 2 * kGap + sizes.names + kGap;
  return sizes;
}

Rgb between(Rgb from, Rgb to, double way) {
  const auto mix = [way](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(std::lround(a + (b - a) * way));
  };
  return {mix(from.r, to.r), mix(from.g, to.g), mix(from.b, to.b)};
}

// A few percent are to be seen, too.
double darkness(double share) { return std::sqrt(share); }

// "100", "99.3", "0.0" only where there are such pixels.
std::string figure_of(double share) { return share >= 0.9995 ? "100" : percent(share, 1); }

void draw_cell(Image& picture, const Window& cell, double share, bool is_right, std::int64_t scale) {
  fill(picture, cell, between(kPaper, is_right ? kRight : kWrong, darkness(share)));
  if (scale == 1 || share == 0) return;
  const std::string text = figure_of(share);
  const Lettering style{.color = darkness(share) > kDark ? kPaper : kInk, .scale = scale};
  draw_text(picture, cell.top + (cell.height - text_height(scale)) / 2,
            cell.left + (cell.width - text_length(text, scale)) / 2, text, style);
}

}  // namespace

Image confusion_picture(const ConfusionMatrix& matrix, const std::vector<std::string>& class_names,
                        const std::string& title) {
  const std::int64_t num_classes = matrix.num_classes();
  std::vector<std::string> names;
  for (std::size_t k = 0; k < static_cast<std::size_t>(num_classes); ++k) names.push_back(name_of(class_names, k));
  const Sizes sizes = sizes_of(num_classes, names, !title.empty());
  const std::int64_t width = sizes.left + num_classes * sizes.cell_width + kMargin;
  Image picture({.height = sizes.top + num_classes * sizes.cell_height + kMargin,
                 .width = std::max({width, 2 * kMargin + text_length(kHint, sizes.scale),
                                    2 * kMargin + text_length(title, sizes.scale)}),
                 .channels = 3});
  fill(picture, whole(picture.layout()), kPaper);
  const Lettering ink{.color = kInk, .scale = sizes.scale};
  draw_text(picture, kMargin, kMargin, title, ink);
  draw_text(picture, sizes.hint, kMargin, kHint, ink);
  for (std::int64_t label = 0; label < num_classes; ++label) {
    const std::string& name = names[static_cast<std::size_t>(label)];
    const std::int64_t top = sizes.top + label * sizes.cell_height, left = sizes.left + label * sizes.cell_width;
    draw_text(picture, top + (sizes.cell_height - text_height(sizes.scale)) / 2,
              sizes.left - kGap - text_length(name, sizes.scale), name, ink);
    draw_text(picture, sizes.top - kGap - text_length(name, sizes.scale),
              left + (sizes.cell_width - text_height(sizes.scale)) / 2, name,
              {.color = kInk, .scale = sizes.scale, .is_upright = true});
    const auto row = matrix.row(label);
    std::int64_t labelled = 0;
    for (const std::int64_t count : row) labelled += count;
    for (std::int64_t prediction = 0; prediction < num_classes; ++prediction) {
      const Window cell{top, sizes.left + prediction * sizes.cell_width, sizes.cell_height - 1, sizes.cell_width - 1};
      const auto count = static_cast<double>(row[static_cast<std::size_t>(prediction)]);
      if (labelled == 0)
        fill(picture, cell, kNoLabel);
      else
        draw_cell(picture, cell, count / static_cast<double>(labelled), label == prediction, sizes.scale);
    }
  }
  return picture;
}

}  // namespace seg
