// SPDX-License-Identifier: Apache-2.0
// Runs that take about a second: bisenetv2 on a few synthetic streets of 40x72 pixels.
#pragma once
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "config/resolve.h"
#include "formats/safetensors.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/damage.h"
#include "training/run.h"

namespace seg::testing {

using Words = std::vector<std::string>;

// One compute thread, so that the number of loader workers does not change it.
inline Words tiny_keys() {
  return {"dataset=Synthetic",
          "synthetic_images=7",
          "synthetic_val_images=3",
          "synthetic_size=40x72",
          "cropsize=32x64",
          "ims_per_gpu=2",
          "max_iter=6",
          "warmup_iters=2",
          "lr_start=0.01",
          "threads=1",
          "num_workers=0",
          "precision=fp32",
          "log_interval=1",
          "eval_interval=0",
          "checkpoint_interval=2"};
}

inline ResolvedConfig tiny_config(const Words& overrides = {}) {
  Words keys = tiny_keys();
  keys.insert(keys.end(), overrides.begin(), overrides.end());
  return load_config({.file = std::nullopt, .overrides = keys, .purpose = Purpose::train}, silent_log());
}

// A run folder of its own, and what was said while runs wrote to it.
class TinyRun {
 public:
  explicit TinyRun(Words overrides = {}) : overrides_(std::move(overrides)) {
    overrides_.push_back("respth=" + folder().string());
    text_ = std::fopen((base_ / "text").c_str(), "w");
  }
  ~TinyRun() { std::fclose(text_); }
  TinyRun(const TinyRun&) = delete;
  TinyRun& operator=(const TinyRun&) = delete;

  // `more` counts for this call alone.
  TrainResult train(const Words& more = {}, Resume resume = Resume::automatic,
                    const std::filesystem::path& file = {}) const {
    return train_to(text_, more, resume, file);
  }
  // The signal comes with the line of the first step.
  TrainResult train_a_step(int signal, Words more = {}) const {
    more.emplace_back("log_interval=1");
    return train_until("step ", signal, more);
  }
  // The signal comes with the first line that begins so.
  TrainResult train_until(std::string_view line, int signal, const Words& more = {}) const {
    Listener listener{text_, signal, line};
    std::FILE* const stream = fopencookie(&listener, "w", {nullptr, &Listener::write, nullptr, nullptr});
    std::setvbuf(stream, nullptr, _IONBF, 0);
    TrainResult result = train_to(stream, more, Resume::automatic, {});
    std::fclose(stream);
    return result;
  }
  // The problems for which it was refused.
  std::vector<Problem> refusal(const Words& more = {}, Resume resume = Resume::automatic) const {
    try {
      (void)train(more, resume);
    } catch (const UserError& error) {
      return error.problems();
    }
    return {};
  }

  std::filesystem::path base() const { return base_.path(); }
  std::filesystem::path folder() const { return base_ / "res"; }
  std::filesystem::path final_weights() const { return folder() / "model_final.safetensors"; }
  std::filesystem::path checkpoint(int step) const {
    const std::string digits = std::to_string(step);
    return folder() / "checkpoints" / ("step_" + std::string(6 - digits.size(), '0') + digits + ".safetensors");
  }
  std::string text() const {
    std::fflush(text_);
    return content_of(base_ / "text");
  }

  std::vector<nlohmann::json> metrics() const {
    std::vector<nlohmann::json> lines;
    std::istringstream content(content_of(folder() / "metrics.jsonl"));
    for (std::string line; std::getline(content, line);) lines.push_back(nlohmann::json::parse(line));
    return lines;
  }
  std::vector<nlohmann::json> metrics(const std::string& event) const {
    std::vector<nlohmann::json> chosen;
    for (const nlohmann::json& line : metrics())
      if (line.at("event") == event) chosen.push_back(line);
    return chosen;
  }
  std::vector<int> steps_of(const std::string& event) const {
    std::vector<int> steps;
    for (const nlohmann::json& line : metrics(event)) steps.push_back(line.at("step").get<int>());
    return steps;
  }

 private:
  // Passes text on, and raises a signal once.
  struct Listener {
    std::FILE* text;
    int signal;
    std::string_view line;
    static ssize_t write(void* cookie, const char* data, std::size_t size) {
      auto* const self = static_cast<Listener*>(cookie);
      if (self->signal != 0 && std::string_view(data, size).starts_with(self->line))
        raise(std::exchange(self->signal, 0));
      return static_cast<ssize_t>(std::fwrite(data, 1, size, self->text));
    }
  };

  TrainResult train_to(std::FILE* stream, const Words& more, Resume resume, const std::filesystem::path& file) const {
    Words words = overrides_;
    words.insert(words.end(), more.begin(), more.end());
    Console console({.stream = stream});
    return seg::train({.config = tiny_config(words), .resume = resume, .resume_file = file, .arguments = words},
                      console);
  }

  TemporaryFolder base_;
  Words overrides_;
  std::FILE* text_ = nullptr;
};

// Whether two files hold the same tensors, to the bit; what their descriptions say may differ.
inline bool same_tensors(const std::filesystem::path& a, const std::filesystem::path& b) {
  const SafetensorsFile one(a), other(b);
  if (one.tensors().size() != other.tensors().size() || one.tensors().empty()) return false;
  for (const TensorEntry& entry : one.tensors()) {
    const TensorEntry* const twin = other.find(entry.name);
    if (twin == nullptr || twin->type != entry.type || twin->shape != entry.shape) return false;
    if (!std::ranges::equal(entry.data, twin->data)) return false;
  }
  return true;
}

}  // namespace seg::testing
