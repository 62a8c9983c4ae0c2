// SPDX-License-Identifier: Apache-2.0
#include "config/resolve.h"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

#include "base/collect_problems.h"
#include "base/spelling.h"
#include "base/text.h"
#include "config/checks.h"
#include "config/convert.h"
#include "config/field.h"
#include "config/presets.h"
#include "config/readers.h"
#include "config/support.h"

namespace seg {
namespace {

// Spellings seen in configs of the Python trainer and its forks. The last one has no successor.
struct OlderSpelling {
  std::string_view name, key;
};
constexpr std::array<OlderSpelling, 7> kOlderSpellings = {{{"class_num", "n_cats"},
                                                           {"categories", "n_cats"},
                                                           {"crop_size", "cropsize"},
                                                           {"compile", "cuda_graph"},
                                                           {"checkpoint_iters", "checkpoint_interval"},
                                                           {"message_iters", "log_interval"},
                                                           {"save_name", ""}}};

const OlderSpelling* find_older(std::string_view name) {
  for (const OlderSpelling& spelling : kOlderSpellings) {
    if (spelling.name == name) return &spelling;
  }
  return nullptr;
}

// Gives the values of one source after another to the fields, and collects what is wrong with them.
class Assembly {
 public:
  Assembly(ResolvedConfig& resolved, bool ignore_unknown, Log& log, std::vector<Problem>& problems)
      : resolved_(resolved),
        fields_(fields_of(resolved.config)),
        ignore_unknown_(ignore_unknown),
        log_(log),
        problems_(problems) {
    for (const auto& field : fields_) resolved_.origins.emplace(field->key().name, Origin{});
  }

  void apply(const std::vector<KeyValue>& values, OriginKind kind) {
    std::map<std::string, const KeyValue*> given;  // by the name of today
    for (const KeyValue& entry : values) {
      const std::string_view name = name_of_today(entry);
      if (name.empty()) continue;
      Field* field = find_field(fields_, name);
      if (field == nullptr) {
        take_unknown(entry);
        continue;
      }
      // Of the command line the last one counts; in a file two spellings of one key are a mistake.
      const auto [earlier, is_new] = given.emplace(name, &entry);
      if (!is_new && kind == OriginKind::file) {
        problems_.push_back(
            {entry.where,
             entry.key + " is given a second time (" + earlier->second->key + ", " + earlier->second->where + ')',
             "keep one of them"});
        continue;
      }
      assign(*field, entry, kind);
    }
  }

  // The preset that these sources ask for; the last one that does counts.
  std::string preset_of(const std::vector<KeyValue>& file, const std::vector<KeyValue>& overrides) const {
    std::string preset;
    for (const auto* values : {&file, &overrides}) {
      for (const KeyValue& entry : *values) {
        if (entry.key == "preset") preset = name_in(entry.value).value_or("");
      }
    }
    return preset;
  }

  // A file that spells every key of a preset, as `segtrain config` and runs write them, says nothing by a default: such
  // a value makes way for a preset that the command line asks for.
  void let_defaults_yield(const std::vector<KeyValue>& preset, std::vector<KeyValue>& file) const {
    const auto is_spelled = [&](const KeyValue& one) {
      return std::ranges::find(file, one.key, &KeyValue::key) != file.end();
    };
    if (!std::ranges::all_of(preset, is_spelled)) return;
    Config standard, given;
    const Fields defaults = fields_of(standard), fields = fields_of(given);
    std::vector<std::string> yielding;
    std::erase_if(file, [&](const KeyValue& entry) {
      if (std::ranges::find(preset, entry.key, &KeyValue::key) == preset.end()) return false;
      Field* const field = find_field(fields, entry.key);
      if (field->assign(entry.value, entry.where) || field->toml() != find_field(defaults, entry.key)->toml())
        return false;
      yielding.push_back(entry.key);
      return true;
    });
    if (!yielding.empty())
      log_.info_once("keys that the file leaves at their defaults follow the preset of the command line: " +
                     joined(yielding, ", "));
  }

  // Keys that were given a value they cannot have.
  const std::set<std::string, std::less<>>& refused() const { return refused_; }

  void say_unknown() const {
    if (!unknown_.empty()) log_.info_once("unknown keys, ignored: " + joined(unknown_, ", "));
  }

 private:
  std::string_view name_of_today(const KeyValue& entry) const {
    const OlderSpelling* older = find_older(entry.key);
    if (older == nullptr) return entry.key;
    if (older->key.empty()) {
      log_.info_once(entry.key + " (" + entry.where +
                     ") has no effect: the weights are in model_final.safetensors of respth");
    } else {
      log_.info_once(entry.key + " (" + entry.where + ") is read as " + std::string(older->key));
    }
    return older->key;
  }

  void take_unknown(const KeyValue& entry) {
    if (ignore_unknown_) {
      unknown_.push_back(entry.key + " (" + entry.where + ')');
      return;
    }
    if (std::holds_alternative<ConfigValue::Table>(entry.value.content)) {
      problems_.push_back(
          {entry.where, "there is no key \"" + entry.key + "\", and keys stand in one flat table",
           "move the keys out of " + entry.key + "; if none is segtrain's, --ignore-unknown lets it pass"});
      return;
    }
    std::vector<std::string_view> names;
    for (const auto& field : fields_) names.push_back(field->key().name);
    const auto meant = nearest(entry.key, names);
    problems_.push_back(
        {entry.where, "there is no key \"" + entry.key + '"',
         meant ? *meant + ", if that was meant" : "docs/config.md lists the keys; --ignore-unknown lets it pass"});
  }

  void assign(Field& field, const KeyValue& entry, OriginKind kind) {
    if (auto problem = field.assign(entry.value, entry.where)) {
      problems_.push_back(*std::move(problem));
      refused_.emplace(field.key().name);
      return;
    }
    resolved_.origins[std::string(field.key().name)] = {
        kind, kind == OriginKind::command_line ? std::string("command line") : entry.where};
    const bool is_number = std::holds_alternative<std::int64_t>(entry.value.content);
    if (const std::string text = field.toml(); is_number && (text == "true" || text == "false"))
      log_.info_once(entry.key + " = " + text_of(entry.value) + " (" + entry.where + ") is read as " + text);
  }

  ResolvedConfig& resolved_;
  Fields fields_;
  bool ignore_unknown_;
  Log& log_;
  std::vector<Problem>& problems_;
  std::vector<std::string> unknown_;
  std::set<std::string, std::less<>> refused_;
};

// A file says how long in one way, the command line may do so in the other.
void let_command_line_say_how_long(ResolvedConfig& resolved) {
  const auto is_of_command_line = [&](std::string_view key) {
    return resolved.origins.find(key)->second.kind == OriginKind::command_line;
  };
  RunConfig& run = resolved.config.run;
  if (!run.max_iter || !run.max_epochs || is_of_command_line("max_iter") == is_of_command_line("max_epochs")) return;
  const bool is_in_steps = is_of_command_line("max_iter");
  const std::string_view winner = is_in_steps ? "max_iter" : "max_epochs",
                         loser = is_in_steps ? "max_epochs" : "max_iter";
  if (is_in_steps)
    run.max_epochs.reset();
  else
    run.max_iter.reset();
  resolved.origins.find(loser)->second = resolved.origins.find(winner)->second;
}

}  // namespace

void ResolvedConfig::settle(std::string_view key, const std::string& value, const std::string& reason) {
  const Fields fields = fields_of(config);
  Field* field = find_field(fields, key);
  if (field == nullptr) throw std::logic_error("settle: no key " + std::string(key));
  const std::string before = field->toml();
  if (field->assign({Untyped{value}}, "")) throw std::logic_error("settle: " + std::string(key) + " = " + value);
  if (field->toml() != before) origins[std::string(key)] = {OriginKind::automatic, "auto: " + reason};
}

ResolvedConfig load_config(const ConfigRequest& request, Log& log) {
  std::vector<Problem> problems;
  std::vector<KeyValue> from_file, overrides;
  if (request.file) collect_problems(problems, [&] { from_file = read_config_file(*request.file); });
  for (const std::string& text : request.overrides) {
    collect_problems(problems, [&] { overrides.push_back(read_override(text)); });
  }
  const bool is_file_read = problems.empty() || !from_file.empty();

  ResolvedConfig resolved;
  Assembly assembly(resolved, request.ignore_unknown, log, problems);
  const std::string preset = assembly.preset_of({}, overrides);
  if (!preset.empty()) assembly.let_defaults_yield(preset_values(preset), from_file);
  assembly.apply(preset_values(assembly.preset_of(from_file, overrides)), OriginKind::preset);
  assembly.apply(from_file, OriginKind::file);
  assembly.apply(overrides, OriginKind::command_line);
  let_command_line_say_how_long(resolved);
  assembly.say_unknown();
  if (request.file && is_python_config(*request.file) && !from_file.empty() &&
      resolved.origins.at("dataset").kind == OriginKind::standard)
    log.info_once("dataset is not set (" + request.file->string() + "): CustomerDataset, lists of your own");

  // Of a file that cannot be read nothing is missing: it could not say.
  if (is_file_read) check_together(resolved, request.purpose, assembly.refused(), problems);
  collect_problems(problems, [&] { refuse_unbuilt(resolved, request.purpose, log); });
  fail_if_any(std::move(problems));
  for (const std::string& doubt : doubts(resolved, request.purpose)) log.warning_once(doubt);
  return resolved;
}

std::map<std::string, std::string> learned_values(const Config& config) {
  Config copy = config;
  std::map<std::string, std::string> values;
  for (const auto& field : fields_of(copy)) {
    const Effect effect = field->key().effect;
    if (effect == Effect::statistical || effect == Effect::learned) {
      values.emplace(field->key().name, field->toml());
    }
  }
  return values;
}

}  // namespace seg
