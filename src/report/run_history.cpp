// SPDX-License-Identifier: Apache-2.0
#include "report/run_history.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "report/line_plot.h"
#include "telemetry/metrics_reader.h"

namespace seg {
namespace {

using Json = MetricsJson;

constexpr std::size_t kMostClasses = 256, kMostLosses = 16, kMostProtocols = 8, kMostGroups = 8;
constexpr std::ptrdiff_t kMostEvents = 1000;
constexpr std::size_t kMostMembers = 40, kMostWorst = 12, kMostFindings = 100;
constexpr std::size_t kLongestMember = 2000;
constexpr const char* kFigures[] = {"miou",     "micro_iou", "fw_miou", "pixel_accuracy", "mean_accuracy",
                                    "macro_f1", "micro_f1",  "fw_f1",   "boundary_iou",   "boundary_f1"};

bool is_step(double value) {
  constexpr double kMostSteps = 1e15;
  return value >= 0 && value <= kMostSteps;
}

std::vector<double> numbers(const Json& list, std::size_t most) {
  std::vector<double> values;
  if (list.is_array())
    for (std::size_t i = 0; i < std::min(list.size(), most); ++i) values.push_back(number_of(list[i]));
  return values;
}

std::string text_of(const Json& value) {
  std::string text =
      value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kLongestMember) text = text.substr(0, kLongestMember) + " …";
  return text;
}

// What is kept to the last bit is told as people read it.
std::string member_text(const Json& value) {
  return value.is_number_float() ? figure_text(value.get<double>()) : text_of(value);
}

std::string short_name(std::string name) {
  constexpr std::size_t kLongestName = 80;
  if (name.size() > kLongestName) name = name.substr(0, kLongestName) + "…";
  return name;
}

ProtocolFacts protocol_of(const std::string& name, const Json& json) {
  ProtocolFacts facts{.name = short_name(name),
                      .iou = numbers(member_of(json, "iou"), kMostClasses),
                      .f1 = numbers(member_of(json, "f1"), kMostClasses),
                      .boundary_iou = numbers(member_of(json, "class_boundary_iou"), kMostClasses),
                      .images = number_of(json, "images")};
  for (const char* const figure : kFigures)
    if (const double value = number_of(json, figure); std::isfinite(value)) facts.figures.emplace_back(figure, value);
  const Json& rows = member_of(json, "confusion_matrix");
  if (rows.is_array())
    for (std::size_t i = 0; i < std::min(rows.size(), kMostClasses); ++i)
      facts.matrix.push_back(numbers(rows[i], kMostClasses));
  return facts;
}

std::string change_of(const Json& change) {
  std::string text;
  if (change.is_object())
    for (const auto& [key, value] : change.items())
      if (text.size() < kLongestMember) text += (text.empty() ? "" : " ") + key + "=" + text_of(value);
  return text;
}

FindingFacts finding_of(const Json& json, double step) {
  const auto text = [&](const char* name) {
    const Json& value = member_of(json, name);
    return value.is_string() ? text_of(value) : std::string();
  };
  return {.step = is_step(step) ? step : 0,
          .has_gone = text("state") == "gone",
          .rule = short_name(text("rule")),
          .evidence = text("evidence"),
          .advice = text("advice"),
          .change = change_of(member_of(json, "change")),
          .expected_speedup = number_of(json, "expected_speedup"),
          .verified_speedup = number_of(json, "verified_speedup"),
          .is_applied = member_of(json, "is_applied") == true};
}

std::vector<FindingFacts> findings_of(const Json& list, double step) {
  std::vector<FindingFacts> findings;
  if (list.is_array())
    for (std::size_t i = 0; i < std::min(list.size(), kMostFindings); ++i)
      findings.push_back(finding_of(list[i], step));
  return findings;
}

double miou_of(const EvaluationFacts& evaluation, std::string_view protocol) {
  const ProtocolFacts* const facts = evaluation.by(protocol);
  return facts == nullptr ? kUnknown : facts->figure("miou");
}

std::uint8_t level(double value) {
  return static_cast<std::uint8_t>(std::isfinite(value) ? std::clamp(value, 0.0, 255.0) : 0);
}

class Reader {
 public:
  explicit Reader(std::string_view main_protocol) : main_protocol_(main_protocol) {}

  void read(std::string_view text) {
    const std::optional<MetricsLine> line = reader_.read(text);
    if (!line) {
      ++history_.broken_lines;
      return;
    }
    const Json& record = line->json;
    if (std::isnan(history_.first_time)) history_.first_time = line->time;
    if (!std::isnan(line->time)) history_.last_time = line->time;
    if (const Json& run = member_of(record, "run"); run.is_string()) history_.run = short_name(run.get<std::string>());
    if (line->event == "step")
      read_step(*line);
    else if (line->event == "eval")
      read_evaluation(*line);
    else if (line->event == "finding")
      read_finding(record);
    else if (member_of(record, "event").is_string())
      read_event(*line);
  }

  RunHistory take() { return std::move(history_); }

 private:
  void add_stretch(const MetricsLine& line) {
    const PhaseSeconds stretch = line.stretch();
    for (std::size_t i = 0; i < kNumPhases; ++i) history_.phases.seconds[i] += stretch.seconds[i];
  }

  void read_step(const MetricsLine& line) {
    const Json& record = line.json;
    StepFacts facts{.step = number_of(record, "step"), .time = line.time};
    if (!is_step(facts.step)) return;
    if (!history_.steps.empty() && facts.step <= history_.steps.back().step) return;  // no run writes this
    facts.begins_part = begins_part_;
    begins_part_ = false;
    facts.loss = number_of(record, "loss");
    read_losses(member_of(record, "losses"), facts);
    facts.rate = number_of(record, "lr");
    facts.group_rates = numbers(member_of(record, "lr_groups"), kMostGroups);
    facts.gradient_norm = number_of(record, "gradient_norm");
    facts.images_per_second = number_of(record, "images_per_second");
    facts.loss_scale = number_of(record, "loss_scale");
    const Json& memory = member_of(record, "memory");
    facts.resident_bytes = number_of(memory, "resident_bytes");
    facts.peak_resident_bytes = number_of(memory, "peak_resident_bytes");
    facts.gpu_bytes = number_of(memory, "gpu_bytes");
    facts.peak_gpu_bytes = number_of(memory, "peak_gpu_bytes");
    facts.seconds = line.seconds;
    facts.phases = line.shares.seconds;
    add_stretch(line);
    if (const double skipped = number_of(record, "skipped"); std::isfinite(skipped)) history_.skipped_samples = skipped;
    if (const double skipped = number_of(record, "skipped_steps"); std::isfinite(skipped))
      history_.skipped_steps = skipped;
    history_.steps.push_back(std::move(facts));
  }

  void read_losses(const Json& losses, StepFacts& facts) {
    if (!losses.is_object()) return;
    std::vector<std::string>& names = history_.loss_names;
    facts.losses.assign(names.size(), kUnknown);
    for (const auto& [whole_name, value] : losses.items()) {
      const std::string name = short_name(whole_name);
      auto found = std::ranges::find(names, name);
      if (found == names.end()) {
        if (names.size() == kMostLosses) continue;
        found = names.insert(names.end(), name);
        facts.losses.push_back(kUnknown);
      }
      facts.losses[static_cast<std::size_t>(found - names.begin())] = number_of(value);
    }
  }

  void read_evaluation(const MetricsLine& line) {
    const Json& record = line.json;
    EvaluationFacts facts{
        .step = number_of(record, "step"), .time = line.time, .seconds = number_of(record, "seconds")};
    const Json& protocols = member_of(record, "protocols");
    if (!is_step(facts.step) || !protocols.is_object()) return;
    for (const auto& [name, json] : protocols.items())
      if (facts.protocols.size() < kMostProtocols) facts.protocols.push_back(protocol_of(name, json));
    history_.worst.clear();
    if (const Json& worst = member_of(record, "worst"); worst.is_array())
      for (std::size_t i = 0; i < std::min(worst.size(), kMostWorst); ++i)
        if (const Json& image = member_of(worst[i], "image"); image.is_string())
          history_.worst.push_back({text_of(image), number_of(worst[i], "miou")});
    history_.evaluations.push_back(std::move(facts));
    forget_matrices();
  }

  // Of all but the last evaluation and the best.
  void forget_matrices() {
    const EvaluationFacts* const best = history_.best(main_protocol_);
    for (std::size_t i = 0; i + 1 < history_.evaluations.size(); ++i) {
      EvaluationFacts& one = history_.evaluations[i];
      if (&one != best)
        for (ProtocolFacts& protocol : one.protocols) protocol.matrix.clear();
    }
  }

  void read_finding(const Json& record) {
    std::vector<FindingFacts>& findings = history_.findings;
    if (findings.size() == kMostFindings) findings.erase(findings.begin());
    findings.push_back(finding_of(record, number_of(record, "step")));
  }

  void read_event(const MetricsLine& line) {
    const Json& record = line.json;
    if (const Json& findings = member_of(record, "findings"); findings.is_array())
      history_.final_findings = findings_of(findings, number_of(record, "step"));
    if (line.event == "end") add_stretch(line);
    const double step = number_of(record, "step");
    EventFacts facts{.time = line.time, .step = is_step(step) ? step : 0, .what = short_name(line.event)};
    if (facts.begins_part()) {
      history_.final_findings.clear();
      history_.tried_findings = findings_of(member_of(record, "tried"), number_of(record, "step"));
      begins_part_ = true;
      read_classes(record);
    }
    for (const auto& [name, value] : record.items()) {
      const bool is_common = name == "event" || name == "time" || name == "run" || name == "step" || name == "epoch";
      const bool is_elsewhere =
          name == "phases" || name == "class_names" || name == "palette" || name == "findings" || name == "tried";
      if (!is_common && !is_elsewhere && facts.members.size() < kMostMembers)
        facts.members.emplace_back(short_name(name), member_text(value));
    }
    std::vector<EventFacts>& events = history_.events;
    events.push_back(std::move(facts));
    if (std::ssize(events) < 2 * kMostEvents) return;  // those between the first and the last go, many at once
    events.erase(events.begin() + kMostEvents / 2, events.begin() + kMostEvents / 2 + kMostEvents);
    history_.left_out_events += kMostEvents;
  }

  void read_classes(const Json& record) {
    const Json &names = member_of(record, "class_names"), &palette = member_of(record, "palette");
    history_.class_names.clear();
    history_.palette.clear();
    if (names.is_array())
      for (std::size_t i = 0; i < std::min(names.size(), kMostClasses); ++i)
        history_.class_names.push_back(short_name(text_of(names[i])));
    if (!palette.is_array()) return;
    for (std::size_t i = 0; i < std::min(palette.size(), kMostClasses); ++i) {
      const std::vector<double> color = numbers(palette[i], 3);
      if (color.size() == 3) history_.palette.push_back({level(color[0]), level(color[1]), level(color[2])});
    }
  }

  std::string_view main_protocol_;
  MetricsReader reader_;
  RunHistory history_;
  bool begins_part_ = true;
};

}  // namespace

double ProtocolFacts::figure(std::string_view wanted) const noexcept {
  const auto found = std::ranges::find(figures, wanted, &std::pair<std::string, double>::first);
  return found == figures.end() ? kUnknown : found->second;
}

const ProtocolFacts* EvaluationFacts::by(std::string_view protocol) const noexcept {
  const auto found = std::ranges::find(protocols, protocol, &ProtocolFacts::name);
  return found == protocols.end() ? nullptr : &*found;
}

const std::string* EventFacts::member(std::string_view name) const noexcept {
  const auto found = std::ranges::find(members, name, &std::pair<std::string, std::string>::first);
  return found == members.end() ? nullptr : &found->second;
}

const EvaluationFacts* RunHistory::best(std::string_view protocol) const noexcept {
  const EvaluationFacts* best = nullptr;
  for (const EvaluationFacts& one : evaluations) {
    const double miou = miou_of(one, protocol);
    if (!std::isnan(miou) && (best == nullptr || miou > miou_of(*best, protocol))) best = &one;
  }
  return best;
}

double RunHistory::last_step() const noexcept {
  double last = steps.empty() ? kUnknown : steps.back().step;
  for (const EventFacts& event : events)
    if (event.what == "end") last = std::fmax(last, event.step);
  return last;
}

std::string RunHistory::end_reason() const {
  std::string reason;
  for (const EventFacts& event : events) {
    if (event.begins_part()) reason.clear();
    const std::string* const told = event.what == "end" ? event.member("reason") : nullptr;
    if (told != nullptr) reason = *told;
  }
  return reason;
}

std::vector<double> sorted_speeds(const RunHistory& history) {
  std::vector<double> speeds;
  for (const StepFacts& facts : history.steps)
    if (std::isfinite(facts.images_per_second) && !facts.begins_part) speeds.push_back(facts.images_per_second);
  std::ranges::sort(speeds);
  return speeds;
}

RunHistory history_of(std::string_view metrics, std::string_view main_protocol) {
  Reader reader(main_protocol);
  for_each_line(metrics, [&](std::string_view line) { reader.read(line); });
  return reader.take();
}

std::filesystem::path plain_folder(const std::filesystem::path& folder) {
  const std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

RunHistory read_history(const std::filesystem::path& folder, std::string_view main_protocol) {
  const std::filesystem::path file = folder / "metrics.jsonl";
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored))
    fail(folder.string(), "is not the folder of a run: it has no metrics.jsonl",
         "give a folder that a run got as its respth");
  return history_of(read_text(file), main_protocol);
}

}  // namespace seg
