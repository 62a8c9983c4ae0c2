// SPDX-License-Identifier: Apache-2.0
#include "cli/prediction_keys.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "report/kept_config.h"

namespace seg {
namespace {

constexpr std::string_view kKeysOfTheMachine[] = {"device",        "threads",         "precision",
                                                  "use_fp16",      "passes",          "allow_tf32",
                                                  "deterministic", "cudnn_benchmark", "cudnn_deterministic"};
constexpr std::string_view kKeysOfTheNetwork[] = {"model_type",  "n_cats",  "mean",      "std",      "dataset",
                                                  "class_names", "palette", "lb_ignore", "eval_pad", "eval_resize"};
constexpr std::string_view kKeysOfThePointHead[] = {"point_rend", "point_rend_steps", "point_rend_step_points"};
constexpr std::string_view kKeysOfTheStart[] = {"eval_start_shape", "eval_start_shortside", "eval_start_longside"};

struct KeyOfProtocols {
  std::string_view key;
  std::vector<std::string> protocols;
};

const std::vector<KeyOfProtocols>& keys_of_protocols() {
  static const std::vector<KeyOfProtocols> keys = {{"eval_scales", {"msf", "mscf"}},
                                                   {"eval_flip", {"msf", "mscf"}},
                                                   {"eval_crop", {"ssc", "mscf"}},
                                                   {"window_overlap", {"ssc", "mscf"}},
                                                   {"mscf_rule", {"mscf"}}};
  return keys;
}

const KeyOfProtocols* find_key_of_protocols(std::string_view key) {
  const auto found = std::ranges::find(keys_of_protocols(), key, &KeyOfProtocols::key);
  return found == keys_of_protocols().end() ? nullptr : &*found;
}

std::string_view key_of(std::string_view word) { return word.substr(0, word.find('=')); }

bool is_one_of(std::string_view key, std::span<const std::string_view> keys) {
  return std::ranges::count(keys, key) != 0;
}

bool is_of_looking(std::string_view key) {
  return is_one_of(key, kKeysOfTheStart) || find_key_of_protocols(key) != nullptr;
}

bool concerns(std::string_view key, const std::string& protocol) {
  const KeyOfProtocols* const of_protocols = find_key_of_protocols(key);
  return of_protocols == nullptr || std::ranges::count(of_protocols->protocols, protocol) != 0;
}

bool is_given(std::string_view key, const PredictionKeys& keys) {
  return std::ranges::count(keys.words, key, [](const std::string& word) { return key_of(word); }) != 0;
}

// Of the config that the weights keep, how evaluations looked. The window was as large as crops if it was not said.
std::vector<std::string> kept_words(const ModelCard& card, const PredictionKeys& keys) {
  std::vector<std::string> words;
  for (const KeptKey& kept : kept_config_of(card.config).keys) {
    const bool is_wanted = is_of_looking(kept.key) && concerns(kept.key, keys.protocol) && !is_given(kept.key, keys);
    if (kept.is_default() || (!is_wanted && kept.key != "cropsize")) continue;
    // A run that evaluates by other protocols may have been given no scale.
    if (kept.key == "eval_scales" && kept.value == "[]")
      fail("eval_scales", "is empty in the config that the weights keep, but " + keys.protocol + " looks at scales",
           "eval_scales=0.5,0.75,1,1.25,1.5,1.75");
    words.push_back(kept.key + "=" + kept.value);
  }
  return words;
}

// Words are checked beside the protocol that they are for.
ResolvedConfig load_words(std::vector<std::string> words, const std::string& protocol, Log& log) {
  words.push_back("eval_protocols=" + protocol);
  return load_config({.file = std::nullopt, .overrides = std::move(words), .purpose = Purpose::show}, log);
}

// Not where it says how to do without.
bool asks_for_point_head(const std::string& word) {
  if (!is_one_of(key_of(word), kKeysOfThePointHead)) return false;
  const ModelConfig model =
      load_config({.file = std::nullopt, .overrides = {word}, .purpose = Purpose::show}, silent_log()).config.model;
  if (key_of(word) == "point_rend") return model.point_rend;
  return key_of(word) != "point_rend_steps" || model.point_rend_steps > 0;
}

}  // namespace

ResolvedConfig prediction_config(const PredictionKeys& keys, Log& log) {
  for (const std::string& word : keys.words) {
    const std::string_view key = key_of(word);
    const KeyOfProtocols* const of_protocols = find_key_of_protocols(key);
    if (of_protocols == nullptr && !is_one_of(key, kKeysOfTheMachine) && !is_one_of(key, kKeysOfTheNetwork) &&
        !is_one_of(key, kKeysOfThePointHead) && !is_one_of(key, kKeysOfTheStart))
      fail(word, "is neither a file nor a key that prediction depends on",
           "an image, a folder, or device=, threads=, precision=, use_fp16=, passes=, allow_tf32=, deterministic=, "
           "cudnn_benchmark=, cudnn_deterministic=, eval_scales=, eval_flip=, eval_crop=, eval_start_shape=, "
           "eval_start_shortside=, eval_start_longside=, window_overlap=, mscf_rule=, point_rend=, point_rend_steps=, "
           "point_rend_step_points=");
    if (!concerns(key, keys.protocol))
      fail(word, "has no effect with --protocol " + keys.protocol,
           "leave it out, or --protocol " + joined(of_protocols->protocols, " or "));
  }
  return load_words(keys.words, keys.protocol, log);
}

void check_words(const PredictionKeys& keys, const ModelCard& card, const std::string& file) {
  for (const std::string& word : keys.words) {
    if (is_one_of(key_of(word), kKeysOfTheNetwork))
      fail(word, "is what " + file + " says itself", "leave it out; it is for weight files of other programs");
    if (!card.point_head && asks_for_point_head(word))
      fail(word, "asks for a point head, which " + file + " does not have",
           "leave it out, or weights that were trained with point_rend=true");
  }
}

Config looking_config(const PredictionKeys& keys, const ModelCard& card, Log& log) {
  std::vector<std::string> words = keys.protocol == "ss" ? std::vector<std::string>() : kept_words(card, keys);
  words.insert(words.end(), keys.words.begin(), keys.words.end());
  return load_words(std::move(words), keys.protocol, log).config;
}

}  // namespace seg
