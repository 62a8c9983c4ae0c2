// SPDX-License-Identifier: Apache-2.0
#include "report/run_history.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/file.h"

namespace seg {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostClasses = 256, kMostLosses = 16, kMostProtocols = 8, kMostGroups = 8;
constexpr std::ptrdiff_t kMostEvents = 1000;
constexpr std::size_t kMostMembers = 40, kMostWorst = 12, kMostFindings = 100;
constexpr std::size_t kLongestMember = 2000;
constexpr const char* kFigures[] = {"miou",     "micro_iou", "fw_miou", "pixel_accuracy", "mean_accuracy",
                                    "macro_f1", "micro_f1",  "fw_f1",   "boundary_iou",   "boundary_f1"};

const Json& member(const Json& record, const char* name) {
  static const Json nothing;
  const auto found = record.is_object() ? record.find(name) : record.end();
  return record.is_object() && found != record.end() ? *found : nothing;
}

double number(const Json& value) { return value.is_number() ? value.get<double>() : kUnknown; }
bool is_step(double value) {
  constexpr double kMostSteps = 1e15;
  return value >= 0 && value <= kMostSteps;
}

double number(const Json& record, const char* name) { return number(member(record, name)); }

std::vector<double> numbers(const Json& list, std::size_t most) {
  std::vector<double> values;
  if (list.is_array())
    for (std::size_t i = 0; i < std::min(list.size(), most); ++i) values.push_back(number(list[i]));
  return values;
}

std::string text_of(const Json& value) {
  std::string text =
      value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kLongestMember) text = text.substr(0, kLongestMember) + " …";
  return text;
}

std::string short_name(std::string name) {
  constexpr std::size_t kLongestName = 80;
  if (name.size() > kLongestName) name = name.substr(0, kLongestName) + "…";
  return name;
}

ProtocolFacts protocol_of(const std::string& name, const Json& json) {
  ProtocolFacts facts{.name = short_name(name),
                      .iou = numbers(member(json, "iou"), kMostClasses),
                      .f1 = numbers(member(json, "f1"), kMostClasses),
                      .boundary_iou = numbers(member(json, "class_boundary_iou"), kMostClasses),
                      .images = number(json, "images")};
  for (const char* const figure : kFigures)
    if (const double value = number(json, figure); std::isfinite(value)) facts.figures.emplace_back(figure, value);
  const Json& rows = member(json, "confusion_matrix");
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
    const Json& value = member(json, name);
    return value.is_string() ? text_of(value) : std::string();
  };
  return {.step = is_step(step) ? step : 0,
          .has_gone = text("state") == "gone",
          .rule = short_name(text("rule")),
          .evidence = text("evidence"),
          .advice = text("advice"),
          .change = change_of(member(json, "change")),
          .expected_speedup = number(json, "expected_speedup")};
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

  void read(std::string_view line) {
    const Json record = Json::parse(line, nullptr, false);
    if (!record.is_object()) {
      ++history_.broken_lines;
      return;
    }
    constexpr double kLastTime = 253402300799;  // of the year 9999
    double time = number(record, "time");
    if (!(time >= 0 && time <= kLastTime)) time = kUnknown;
    if (std::isnan(history_.first_time)) history_.first_time = time;
    if (!std::isnan(time)) history_.last_time = time;
    if (const Json& run = member(record, "run"); run.is_string()) history_.run = short_name(run.get<std::string>());
    const Json& event = member(record, "event");
    if (event == "step")
      read_step(record, time);
    else if (event == "eval")
      read_evaluation(record, time);
    else if (event == "finding")
      read_finding(record);
    else if (event.is_string())
      read_event(record, event.get<std::string>(), time);
  }

  RunHistory take() { return std::move(history_); }

 private:
  // Of a stretch of time that ends with this line.
  double add_stretch(const Json& record, double time, std::array<double, kNumPhases>& shares) {
    const double seconds = time - stretch_begin_;
    const bool is_known = std::isfinite(seconds) && seconds > 0;
    stretch_begin_ = time;
    const Json& phases = member(record, "phases");
    for (std::size_t i = 0; i < kNumPhases; ++i) {
      const double share = number(phases, std::string(kPhaseNames[i]).c_str());
      shares[i] = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0;
      if (is_known) history_.phases.seconds[i] += shares[i] * seconds;
    }
    return is_known ? seconds : 0;
  }

  void read_step(const Json& record, double time) {
    StepFacts facts{.step = number(record, "step"), .time = time};
    if (!is_step(facts.step)) return;
    if (!history_.steps.empty() && facts.step <= history_.steps.back().step) return;  // no run writes this
    facts.begins_part = begins_part_;
    begins_part_ = false;
    facts.loss = number(record, "loss");
    read_losses(member(record, "losses"), facts);
    facts.rate = number(record, "lr");
    facts.group_rates = numbers(member(record, "lr_groups"), kMostGroups);
    facts.gradient_norm = number(record, "gradient_norm");
    facts.images_per_second = number(record, "images_per_second");
    facts.loss_scale = number(record, "loss_scale");
    const Json& memory = member(record, "memory");
    facts.resident_bytes = number(memory, "resident_bytes");
    facts.peak_resident_bytes = number(memory, "peak_resident_bytes");
    facts.gpu_bytes = number(memory, "gpu_bytes");
    facts.peak_gpu_bytes = number(memory, "peak_gpu_bytes");
    facts.seconds = add_stretch(record, time, facts.phases);
    if (const double skipped = number(record, "skipped"); std::isfinite(skipped)) history_.skipped_samples = skipped;
    if (const double skipped = number(record, "skipped_steps"); std::isfinite(skipped))
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
      facts.losses[static_cast<std::size_t>(found - names.begin())] = number(value);
    }
  }

  void read_evaluation(const Json& record, double time) {
    EvaluationFacts facts{.step = number(record, "step"), .time = time, .seconds = number(record, "seconds")};
    const Json& protocols = member(record, "protocols");
    if (!is_step(facts.step) || !protocols.is_object()) return;
    for (const auto& [name, json] : protocols.items())
      if (facts.protocols.size() < kMostProtocols) facts.protocols.push_back(protocol_of(name, json));
    history_.worst.clear();
    if (const Json& worst = member(record, "worst"); worst.is_array())
      for (std::size_t i = 0; i < std::min(worst.size(), kMostWorst); ++i)
        if (const Json& image = member(worst[i], "image"); image.is_string())
          history_.worst.push_back({text_of(image), number(worst[i], "miou")});
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
    findings.push_back(finding_of(record, number(record, "step")));
  }

  void read_event(const Json& record, const std::string& what, double time) {
    if (const Json& findings = member(record, "findings"); findings.is_array()) {
      history_.final_findings.clear();
      for (std::size_t i = 0; i < std::min(findings.size(), kMostFindings); ++i)
        history_.final_findings.push_back(finding_of(findings[i], number(record, "step")));
    }
    if (what == "end" && member(record, "phases").is_object()) {
      std::array<double, kNumPhases> shares{};
      add_stretch(record, time, shares);
    }
    const double step = number(record, "step");
    EventFacts facts{.time = time, .step = is_step(step) ? step : 0, .what = short_name(what)};
    if (facts.begins_part()) {
      stretch_begin_ = time;
      begins_part_ = true;
      read_classes(record);
    }
    for (const auto& [name, value] : record.items()) {
      const bool is_common = name == "event" || name == "time" || name == "run" || name == "step" || name == "epoch";
      const bool is_elsewhere = name == "phases" || name == "class_names" || name == "palette" || name == "findings";
      if (!is_common && !is_elsewhere && facts.members.size() < kMostMembers)
        facts.members.emplace_back(short_name(name), text_of(value));
    }
    std::vector<EventFacts>& events = history_.events;
    events.push_back(std::move(facts));
    if (std::ssize(events) < 2 * kMostEvents) return;  // those between the first and the last go, many at once
    events.erase(events.begin() + kMostEvents / 2, events.begin() + kMostEvents / 2 + kMostEvents);
    history_.left_out_events += kMostEvents;
  }

  void read_classes(const Json& record) {
    const Json &names = member(record, "class_names"), &palette = member(record, "palette");
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
  RunHistory history_;
  double stretch_begin_ = kUnknown;
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
  for (std::size_t begin = 0; begin < metrics.size();) {
    const std::size_t end = std::min(metrics.find('\n', begin), metrics.size());
    reader.read(metrics.substr(begin, end - begin));
    begin = end + 1;
  }
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
