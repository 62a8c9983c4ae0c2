// SPDX-License-Identifier: Apache-2.0
#include "formats/state_dict.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "base/utf8.h"
#include "formats/tensor_entry.h"

namespace seg {
namespace {

constexpr std::array<std::string_view, 5> kWrappers = {"state_dict", "model_state_dict", "model", "net", "network"};
constexpr std::array<std::string_view, 5> kPrefixes = {"module.", "model.", "net.", "network.", "_orig_mod."};
constexpr int kDeepest = 16;
constexpr std::size_t kMostEntries = 100'000, kLongestName = 1024;
constexpr std::size_t kMostNameBytes = 8 << 20;  // of all names, whose common beginnings are short in a file

class Collector {
 public:
  Collector(const Pickle& pickle, const std::string& where) : pickle_(pickle), where_(where) {}

  std::vector<NamedValue> collect() {
    if (pickle_.root().kind != PickleKind::dict)
      refuse("holds " + std::string(name_of(pickle_.root().kind)) + " instead of a dictionary of weights");
    add_all(unwrapped(pickle_.root()), "", 0);
    if (found_.empty()) refuse("holds no tensors");
    while (strip_prefix()) {
    }
    check_names();
    return std::move(found_);
  }

 private:
  [[noreturn]] void refuse(std::string what) const {
    fail(where_, std::move(what), "in Python, save the weights alone: torch.save(model.state_dict(), FILE)");
  }

  const PickleValue& key_of(const PickleValue& dict, std::size_t i) const { return pickle_[dict.items[i]]; }
  const PickleValue& value_of(const PickleValue& dict, std::size_t i) const { return pickle_[dict.items[i + 1]]; }

  std::size_t num_tensors(const PickleValue& dict) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < dict.items.size(); i += 2) count += value_of(dict, i).kind == PickleKind::call ? 1 : 0;
    return count;
  }
  const PickleValue* dict_under(const PickleValue& dict, std::string_view key) const {
    for (std::size_t i = 0; i < dict.items.size(); i += 2)
      if (key_of(dict, i).kind == PickleKind::text && key_of(dict, i).text == key &&
          value_of(dict, i).kind == PickleKind::dict)
        return &value_of(dict, i);
    return nullptr;
  }
  const PickleValue& unwrapped(const PickleValue& root) const {
    const PickleValue* dict = &root;
    for (int depth = 0; depth < kDeepest; ++depth) {
      const PickleValue* inner = nullptr;
      for (const std::string_view wrapper : kWrappers)
        if (inner == nullptr) inner = dict_under(*dict, wrapper);
      const std::size_t own = num_tensors(*dict);
      if (inner == nullptr || (own > 0 && num_tensors(*inner) <= own)) break;
      dict = inner;
    }
    return *dict;
  }

  void add_all(const PickleValue& dict, const std::string& prefix, int depth) {
    if (depth == kDeepest) refuse("holds dictionaries more than " + std::to_string(kDeepest) + " deep");
    for (std::size_t i = 0; i < dict.items.size(); i += 2) {
      if (++num_seen_ > kMostEntries) refuse("holds more than " + std::to_string(kMostEntries) + " entries");
      const PickleValue &key = key_of(dict, i), &value = value_of(dict, i);
      if (value.kind != PickleKind::call && value.kind != PickleKind::dict) continue;
      if (key.kind != PickleKind::text)
        refuse("names a tensor by " + std::string(name_of(key.kind)) + ", not by a text");
      if (prefix.size() + key.text.size() > kLongestName) refuse("holds a name that is longer than any of a network");
      const std::string name = prefix + std::string(key.text);
      if ((name_bytes_ += name.size()) > kMostNameBytes) refuse("holds more and longer names than any network has");
      if (value.kind == PickleKind::dict)
        add_all(value, name + '.', depth + 1);
      else
        found_.push_back({name, dict.items[i + 1]});
    }
  }

  bool strip_prefix() {
    for (const std::string_view prefix : kPrefixes) {
      const auto has_it = [&](const NamedValue& v) {
        return v.name.starts_with(prefix) && v.name.size() > prefix.size();
      };
      if (!std::ranges::all_of(found_, has_it)) continue;
      for (NamedValue& value : found_) value.name.erase(0, prefix.size());
      return true;
    }
    return false;
  }

  void check_names() const {
    std::unordered_set<std::string_view> names;
    for (const NamedValue& value : found_) {
      if (value.name.empty() || first_broken_byte(value.name))
        refuse("names a tensor " + shown(value.name) + ", which is no name in UTF-8");
      if (!names.insert(value.name).second) refuse("holds tensor " + shown(value.name) + " twice");
    }
  }

  const Pickle& pickle_;
  const std::string& where_;
  std::vector<NamedValue> found_;
  std::size_t num_seen_ = 0, name_bytes_ = 0;
};

}  // namespace

std::vector<NamedValue> state_dict_of(const Pickle& pickle, const std::string& where) {
  return Collector(pickle, where).collect();
}

}  // namespace seg
