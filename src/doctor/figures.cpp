// SPDX-License-Identifier: Apache-2.0
#include "doctor/figures.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

namespace seg {
namespace {

using Json = nlohmann::json;

std::span<const std::string_view> names_of(const std::array<Amount, kNumPhases>&) { return kPhaseNames; }
std::span<const std::string_view> names_of(const std::array<Amount, kLoaderStageNames.size()>&) {
  return kLoaderStageNames;
}

template <class T>
void put(Json& json, std::string_view name, const std::optional<T>& value) {
  if (value) json[std::string(name)] = *value;
}
template <std::size_t N>
void put(Json& json, std::string_view name, const std::array<Amount, N>& values) {
  Json members = Json::object();
  for (std::size_t i = 0; i < N; ++i) put(members, names_of(values)[i], values[i]);
  if (!members.empty()) json[std::string(name)] = std::move(members);
}

template <class T>
void take(const Json& json, std::string_view name, std::optional<T>& value) {
  const auto found = json.find(name);
  if (found != json.end() && !found->is_null()) value = found->template get<T>();
}
template <std::size_t N>
void take(const Json& json, std::string_view name, std::array<Amount, N>& values) {
  const auto found = json.find(name);
  if (found == json.end()) return;
  for (std::size_t i = 0; i < N; ++i) take(*found, names_of(values)[i], values[i]);
}

}  // namespace

std::int64_t Figures::samples_per_step() const noexcept {
  return images_of_micro_batch.value_or(0) * micro_batches.value_or(0);
}

double Figures::loading_milliseconds() const noexcept {
  double sum = 0;
  for (const Amount& stage : stages) sum += stage.value_or(0);
  return sum;
}

Json to_json(const Figures& figures) {
  Json json = Json::object();
  Figures::fields(figures, [&](std::string_view name, const auto& value) { put(json, name, value); });
  return json;
}

Figures figures_from(const Json& json) {
  Figures figures;
  Figures::fields(figures, [&](std::string_view name, auto& value) { take(json, name, value); });
  return figures;
}

bool add_rates(const PhaseSeconds& phases, double images, Figures& figures) {
  const double training = phases.total() - phases[Phase::evaluation] - phases[Phase::checkpoint];
  if (training <= 0) return false;
  figures.run_rate = images / training;
  if (const double computing = training - phases[Phase::data_wait]; computing > 0)
    figures.step_rate = images / computing;
  for (std::size_t i = 0; i < kNumPhases; ++i) figures.phases[i] = phases.seconds[i] / training;
  for (const Phase phase : {Phase::evaluation, Phase::checkpoint})
    figures.phases[static_cast<std::size_t>(phase)] = phases.share(phase);
  return true;
}

void update(Figures& figures, const Figures& newer) {
  const Json known = to_json(newer);
  Figures::fields(figures, [&](std::string_view name, auto& value) { take(known, name, value); });
}

}  // namespace seg
