// SPDX-License-Identifier: Apache-2.0
#include "report/run_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/text.h"
#include "base/version.h"
#include "report/class_looks.h"
#include "report/confusion_table.h"
#include "report/html.h"
#include "report/kept_config.h"
#include "report/line_plot.h"
#include "report/run_chronicle.h"
#include "report/run_classes.h"
#include "report/run_curves.h"
#include "report/run_history.h"
#include "report/run_settings.h"
#include "report/run_time.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

struct Section {
  std::string id, title, html;
};

std::string tile(const std::string& value, const std::string& what) {
  return "<li><b>" + html_escaped(value) + "</b><span>" + html_escaped(what) + "</span></li>\n";
}

std::string miou_text(const EvaluationFacts& evaluation, const std::string& protocol) {
  const ProtocolFacts* const facts = evaluation.by(protocol);
  const double miou = facts == nullptr ? kUnknown : facts->figure("miou");
  return std::isfinite(miou) ? percent(miou, 2) + " %" : "–";
}

std::string tiles(const RunHistory& history, const std::string& protocol) {
  std::string html = "<ul class=\"tiles\">\n";
  const std::string reason = history.end_reason();
  html += tile(reason.empty() ? "no end yet" : reason,
               reason.empty() ? "still going on, or killed; last line " + utc_text(history.last_time)
                              : "ended " + utc_text(history.last_time));
  if (!history.steps.empty()) {
    html += tile(figure_text(history.steps.back().step), "steps");
    html += tile(figure_text(history.steps.back().loss), "last loss");
  }
  if (const EvaluationFacts* const best = history.best(protocol))
    html += tile(miou_text(*best, protocol), "best mIoU by " + protocol + ", step " + figure_text(best->step));
  const std::vector<double> speeds = sorted_speeds(history);
  if (!speeds.empty()) html += tile(figure_text(*quantile(speeds, 0.5)), "images per second (median)");
  if (history.seconds() > 0) {
    html += tile(duration_text(history.seconds()), "time of training, evaluation and saving");
    html += tile(percent(history.phases.share(Phase::data_wait), 1) + " %", "of it waiting for data");
  }
  double peak = kUnknown, peak_gpu = kUnknown;
  for (const StepFacts& facts : history.steps) {
    peak = std::fmax(peak, facts.peak_resident_bytes);
    peak_gpu = std::fmax(peak_gpu, facts.peak_gpu_bytes);
  }
  constexpr double kMostBytes = 1e18;
  if (peak >= 0 && peak < kMostBytes) html += tile(bytes_text(static_cast<std::int64_t>(peak)), "memory at most");
  if (peak_gpu >= 0 && peak_gpu < kMostBytes)
    html += tile(bytes_text(static_cast<std::int64_t>(peak_gpu)), "of the GPU at most");
  return html + "</ul>\n";
}

std::string picture(const fs::path& file, const std::string& what) {
  const auto image = html_picture_file(file, what);
  return image ? "<figure>" + *image + "<figcaption>" + html_escaped(what) + "</figcaption></figure>\n" : "";
}

std::string pictures(const fs::path& folder, const RunHistory& history) {
  std::string html = picture(folder / "predictions.png", "image, label and prediction, at the last evaluation");
  std::string worst = "the images predicted worst, at the last evaluation: image, label and prediction";
  for (const WorstImage& one : history.worst)
    worst += (&one == history.worst.data() ? ". " : ", ") + one.name + " (mIoU " +
             (std::isfinite(one.miou) ? percent(one.miou, 1) + " %)" : "unknown)");
  html += picture(folder / "worst_predictions.png", worst);
  html += picture(folder / "train_batch.png", "the first batch as the network sees it, with its labels");
  if (html.empty()) return "<p class=\"faint\">No pictures yet.</p>\n";
  return "<div class=\"pictures\">\n" + html + "</div>\n";
}

std::string confusion(const RunHistory& history, const std::string& protocol, const ClassLooks& looks) {
  const ProtocolFacts* const last = history.evaluations.empty() ? nullptr : history.evaluations.back().by(protocol);
  return confusion_html(last == nullptr ? std::vector<std::vector<double>>() : last->matrix, looks);
}

std::vector<Section> sections_of(const fs::path& folder) {
  const KeptConfig config = read_kept_config(folder);
  const std::string protocol = main_protocol_of(config);
  const RunHistory history = read_history(folder, protocol);
  const ClassLooks looks(history, config);
  std::vector<Section> sections = {{"summary", history.run.empty() ? "Summary" : history.run, tiles(history, protocol)},
                                   {"curves", "Curves", curves_html(history, protocol)},
                                   {"time", "Where the time went", time_html(history)},
                                   {"metrics", "Metrics", protocols_html(history, protocol)},
                                   {"classes", "Classes", classes_html(history, protocol, looks)},
                                   {"confusion", "Confusion matrix", confusion(history, protocol, looks)},
                                   {"pictures", "Pictures", pictures(folder, history)},
                                   {"happened", "What happened", chronicle_html(history)},
                                   {"settings", "Settings", settings_html(config)},
                                   {"machine", "Machine", machine_html(history)}};
  if (std::string findings = findings_html(history); !findings.empty())
    sections.insert(sections.begin() + 1, {"findings", "Findings", std::move(findings)});
  return sections;
}

}  // namespace

std::string run_page(const fs::path& run_folder) {
  const std::vector<Section> sections = sections_of(run_folder);
  std::string body = "<nav>";
  for (const Section& section : sections)
    body += fmt::format("<a href=\"#{}\">{}</a>\n", section.id, html_escaped(section.title));
  body += "</nav>\n";
  for (const Section& section : sections)
    body += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", section.id, html_escaped(section.title),
                        section.html);
  body += fmt::format("<p class=\"faint\">Written by segtrain {}.</p>\n", html_escaped(version()));
  return html_page(plain_folder(run_folder).filename().string(), body);
}

fs::path write_run_page(const fs::path& run_folder) {
  const std::string page = run_page(run_folder);
  write_file(run_folder / "report.html", page);
  return run_folder / "report.html";
}

}  // namespace seg
