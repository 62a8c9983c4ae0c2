// SPDX-License-Identifier: Apache-2.0
#include "training/identity.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "config/resolve.h"
#include "training/boundary_settings.h"

namespace seg {
namespace {

std::string without_root(const std::string& path, std::string root) {
  if (root.empty()) return path;
  if (!root.ends_with('/')) root += '/';  // "/data" is not a root of "/data2/a.png"
  if (!path.starts_with(root)) return path;
  const std::size_t begin = path.find_first_not_of('/', root.size());
  return begin == std::string::npos ? path : path.substr(begin);
}

// Number of samples and a hash of their names in order.
std::string list_text(const Dataset& dataset, const std::string& root) {
  std::string names;
  for (std::size_t i = 0; i < dataset.size(); ++i)
    names += without_root(dataset.name(i), root) + '\n' + without_root(dataset.label_name(i), root) + '\n';
  return std::to_string(dataset.size()) + " samples, list " + std::to_string(hash_of(names.data(), names.size()));
}

// on_oom says what becomes of a run that has no memory left, and what became of it is known: a split is kept in the
// checkpoint. So a run that failed for want of memory may go on with the other value. Earlier versions counted it.
bool is_of_no_account(const std::string& key) { return key == "on_oom"; }

// What the size of a batch, and what a machine has room for, answers to.
constexpr std::array<std::string_view, 6> kKeysOfTheBatch = {"auto_batch", "ims_per_gpu", "gradient_accumulation_steps",
                                                             "cropsize",   "n_cats",      kTrainingData};

}  // namespace

RunIdentity run_identity(const Config& config, const Dataset& train, const Dataset& validation) {
  RunIdentity identity = learned_values(config);
  std::erase_if(identity, [](const auto& value) { return is_of_no_account(value.first); });
  if (config.memory.auto_batch) identity["ims_per_gpu"] = "auto";  // found by each run, and kept in its checkpoints
  identity["n_cats"] = std::to_string(resolve_num_classes(train.traits(), config.dataset.dataset, config.model.n_cats));
  // Off and online are alike, and neither matters where nothing needs distances.
  if (needs_distances(config))
    identity["distance_map"] = config.boundaries.distance_map == "cache" ? R"("cache")" : R"("online")";
  // Where weights to start from lie does not matter once they are in; which ones they were does.
  for (const auto& [key, file] :
       {std::pair("backbone_from", config.run.backbone_from), std::pair("finetune_from", config.run.finetune_from)})
    if (file) identity[key] = std::filesystem::path(*file).filename().string();
  const std::string& root = config.dataset.im_root;
  identity[std::string(kTrainingData)] = list_text(train, root);
  identity[std::string(kValidationData)] = list_text(validation, root);
  return identity;
}

std::vector<Difference> differences(const RunIdentity& before, const RunIdentity& now) {
  std::set<std::string> keys;
  for (const auto& [key, value] : before) keys.insert(key);
  for (const auto& [key, value] : now) keys.insert(key);
  // A key that the run's version did not have was at its default then.
  const RunIdentity defaults = learned_values({});
  const auto text_of = [&](const RunIdentity& identity, const std::string& key) {
    if (const auto found = identity.find(key); found != identity.end()) return found->second;
    const auto found = defaults.find(key);
    return found == defaults.end() ? std::string("-") : found->second;
  };
  std::vector<Difference> found;
  std::erase_if(keys, is_of_no_account);
  for (const std::string& key : keys)
    if (text_of(before, key) != text_of(now, key)) found.push_back({key, text_of(before, key), text_of(now, key)});
  return found;
}

void drop_what_no_longer_holds(StoredValues& values, const std::vector<Difference>& different) {
  if (different.empty()) return;
  values.erase(std::string(kClassWeights));  // of the same labels they come out the same
  const bool is_other_batch = std::ranges::any_of(
      different, [](const Difference& one) { return std::ranges::count(kKeysOfTheBatch, one.key) != 0; });
  if (!is_other_batch) return;
  values.erase(std::string(kMicroBatches));
  values.erase(std::string(kAutoBatch));
}

}  // namespace seg
