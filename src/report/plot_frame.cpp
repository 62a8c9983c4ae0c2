// SPDX-License-Identifier: Apache-2.0
#include "report/plot_frame.h"

#include <fmt/format.h>

#include "report/html.h"

namespace seg {

std::string color_of(int number) {
  return fmt::format("var(--c{})", ((number % kNumColors) + kNumColors) % kNumColors);
}

void go_to(std::string& path, double x, double y) {
  path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? 'M' : 'L', x, y);
}

std::string grid_of(const PlotAxes& axes) {
  std::string svg = "<g class=\"grid\">";
  for (const Tick& tick : axes.y.ticks) {
    const double y = axes.down(tick.value);
    svg +=
        fmt::format("<path d=\"M{:.1f} {:.1f}h{:.0f}\"/><text x=\"{:.0f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
                    kPlotLeft, y, kInnerWidth, kPlotLeft - 6, y + 4, html_escaped(tick.text));
  }
  for (const Tick& tick : axes.x.ticks) {
    const double x = axes.across(tick.value);
    svg += fmt::format("<path d=\"M{:.1f} {:.0f}v4\"/><text x=\"{:.1f}\" y=\"{:.0f}\" text-anchor=\"middle\">{}</text>",
                       x, kPlotTop + kInnerHeight, x, kPlotTop + kInnerHeight + 17, html_escaped(tick.text));
  }
  return svg + fmt::format(
                   "<path class=\"base\" d=\"M{:.1f} {:.1f}h{:.0f}\"/>"
                   "<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"end\">{}</text></g>\n",
                   kPlotLeft, kPlotTop + kInnerHeight, kInnerWidth, kPlotWidth - kPlotRight, kPlotHeight - 6,
                   html_escaped(axes.x_name));
}

std::string framed(const PlotFrame& frame, std::string_view drawing) {
  std::string legend;
  for (const LegendEntry& entry : frame.legend)
    legend +=
        fmt::format("<li><i style=\"background:{}\"></i>{}{}</li>", color_of(entry.color), html_escaped(entry.name),
                    entry.note.empty() ? "" : " <b>" + html_escaped(entry.note) + "</b>");
  if (!legend.empty()) legend = "<ul class=\"legend\">" + legend + "</ul>";
  return fmt::format(
      "<figure class=\"plot\"><figcaption>{}</figcaption>{}\n"
      "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">\n{}</svg></figure>\n",
      html_escaped(frame.title), legend, kPlotWidth, kPlotHeight, html_escaped(frame.in_words), drawing);
}

std::string framed_absence(std::string_view title) {
  return fmt::format(
      "<figure class=\"plot\"><figcaption>{}</figcaption><p class=\"faint\">no values yet</p></figure>\n",
      html_escaped(title));
}

}  // namespace seg
