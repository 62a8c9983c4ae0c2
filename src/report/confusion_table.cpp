// SPDX-License-Identifier: Apache-2.0
#include "report/confusion_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "image/image.h"
#include "report/html.h"

namespace seg {
namespace {

using Matrix = std::vector<std::vector<double>>;

struct Confusion {
  std::size_t label, prediction;
  double pixels, share_of_label, share_of_mistakes;
};

// Square, and of nothing but counts.
Matrix counts_of(const Matrix& given) {
  Matrix counts(given.size(), std::vector<double>(given.size(), 0));
  for (std::size_t i = 0; i < given.size(); ++i)
    for (std::size_t k = 0; k < std::min(given.size(), given[i].size()); ++k)
      if (std::isfinite(given[i][k])) counts[i][k] = std::max(given[i][k], 0.0);
  return counts;
}

double sum_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

std::vector<Confusion> costliest(const Matrix& counts, std::size_t most) {
  std::vector<Confusion> all;
  double mistakes = 0;
  for (std::size_t i = 0; i < counts.size(); ++i)
    for (std::size_t k = 0; k < counts.size(); ++k)
      if (i != k && counts[i][k] > 0) {
        all.push_back({i, k, counts[i][k], counts[i][k] / sum_of(counts[i]), 0});
        mistakes += counts[i][k];
      }
  std::ranges::stable_sort(all, std::greater{}, &Confusion::pixels);
  if (all.size() > most) all.resize(most);
  for (Confusion& one : all) one.share_of_mistakes = one.pixels / mistakes;
  return all;
}

// Green on the diagonal, red elsewhere; the background shows through.
std::string table(const Matrix& counts, const ClassLooks& looks) {
  std::string html = "<div class=\"wide\"><table class=\"matrix\">\n<thead><tr><td></td>";
  for (std::size_t k = 0; k < counts.size(); ++k) html += "<th>" + html_escaped(looks.name(k)) + "</th>";
  html += "</tr></thead>\n";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double sum = sum_of(counts[i]);
    html += "<tr><th class=\"row\">" + html_escaped(looks.name(i)) + "</th>";
    for (std::size_t k = 0; k < counts.size(); ++k) {
      const double share = sum > 0 ? counts[i][k] / sum : 0;
      constexpr double kLeastShown = 0.0005, kStrongest = 0.75;
      html += share < kLeastShown
                  ? std::string("<td></td>")
                  : fmt::format("<td style=\"background:rgba(var(--{}),{:.2f})\">{}</td>", i == k ? "good" : "bad",
                                kStrongest * std::sqrt(share), percent(share, share < 0.0995 ? 1 : 0));
    }
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

// One pixel a cell, the darker the larger its share of the label's pixels.
std::string pixels(const Matrix& counts) {
  const auto size = static_cast<std::int64_t>(counts.size());
  Image picture({size, size, 3, PixelType::u8});
  for (std::int64_t i = 0; i < size; ++i) {
    const std::vector<double>& cells = counts[static_cast<std::size_t>(i)];
    const double sum = sum_of(cells);
    const auto row = picture.row<std::uint8_t>(i);
    for (std::size_t k = 0; k < cells.size(); ++k) {
      const double strength = sum > 0 ? std::sqrt(cells[k] / sum) : 0;
      const bool is_right = static_cast<std::int64_t>(k) == i;
      const auto fading = [&](double least) { return static_cast<std::uint8_t>(255 - (255 - least) * strength); };
      row[3 * k] = fading(is_right ? 20 : 200);
      row[3 * k + 1] = fading(is_right ? 110 : 40);
      row[3 * k + 2] = fading(is_right ? 60 : 30);
    }
  }
  std::string html = html_picture(picture, "confusion matrix: rows are labels, columns predictions");
  return html.insert(html.find("<img") + 4, " class=\"pixels\"") + "\n";
}

}  // namespace

std::string confusion_html(const Matrix& matrix, const ClassLooks& looks) {
  constexpr std::size_t kListed = 12;
  if (matrix.empty()) return "<p class=\"faint\">No confusion matrix yet.</p>\n";
  const Matrix counts = counts_of(matrix);
  std::string html =
      "<p class=\"faint\">Rows are labels, columns predictions; a cell is the percentage of its label's pixels.</p>\n";
  html += counts.size() <= kMostClassesInTable ? table(counts, looks) : pixels(counts);
  const std::vector<Confusion> listed = costliest(counts, kListed);
  if (listed.empty()) return html;
  html +=
      "<h3>Costliest confusions</h3>\n<div class=\"wide\"><table>\n<tr><th>label</th><th>taken for</th>"
      "<th class=\"number\">% of the label</th><th class=\"number\">% of all mistakes</th></tr>\n";
  for (const Confusion& one : listed)
    html += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
                        html_escaped(looks.name(one.label)), html_escaped(looks.name(one.prediction)),
                        percent(one.share_of_label, 2), percent(one.share_of_mistakes, 2));
  return html + "</table></div>\n";
}

}  // namespace seg
