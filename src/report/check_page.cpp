// SPDX-License-Identifier: Apache-2.0
#include "report/check_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "report/html.h"

namespace seg {
namespace {

constexpr double kWidestBar = 16;  // in units of the letters' size

std::string messages(const std::vector<Problem>& problems, std::string_view kind) {
  std::string html;
  for (const Problem& problem : problems)
    html += fmt::format("<div class=\"{}\"><b>{}</b>: {}<div class=\"remedy\">Try: {}</div></div>\n", kind,
                        html_escaped(problem.where), html_escaped(problem.what), html_escaped(problem.remedy));
  return html;
}

std::string class_table(const std::vector<ClassOnPage>& classes) {
  double largest = 0;
  for (const ClassOnPage& one : classes) largest = std::max(largest, one.share);
  std::string html =
      "<div class=\"wide\"><table>\n<tr><th>class</th><th class=\"number\">pixels</th><th class=\"number\">images</th>"
      "<th class=\"number\">share %</th><th></th></tr>\n";
  for (std::size_t k = 0; k < classes.size(); ++k) {
    const ClassOnPage& one = classes[k];
    const std::string color = html_color(one.color);
    html += fmt::format(
        "<tr>{}<td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
        "<td><span class=\"bar\" style=\"background:{};width:{:.2f}em\"></span></td></tr>\n",
        html_marked_cell(color, fmt::format("{} {}", k, one.name)), one.pixels, one.images, percent(one.share, 3),
        color, largest > 0 ? kWidestBar * one.share / largest : 0);
  }
  return html + "</table></div>\n";
}

std::string pictures(const std::vector<PictureOnPage>& pictures) {
  std::string html = "<div class=\"pictures\">\n";
  for (const PictureOnPage& one : pictures)
    html += fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n", html_picture(one.picture, one.caption),
                        html_escaped(one.caption));
  return html + "</div>\n";
}

}  // namespace

std::string to_html(const CheckPage& page) {
  std::string body;
  if (page.problems.empty()) body += "<p>No problem was found.</p>\n";
  body += messages(page.problems, "problem") + messages(page.warnings, "warning");
  for (const SplitOnPage& split : page.splits) {
    body += fmt::format("<h2>{}: {} images</h2>\n<p>{}</p>\n", html_escaped(split.name), split.images,
                        html_escaped(split.facts));
    body += class_table(split.classes);
    if (!split.pictures.empty()) body += pictures(split.pictures);
  }
  return html_page(page.title, body);
}

}  // namespace seg
