// SPDX-License-Identifier: Apache-2.0
#include "config/field.h"

#include <cmath>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/spelling.h"
#include "base/text.h"
#include "config/convert.h"
#include "config/present.h"
#include "config/remedy.h"

namespace seg {
namespace {

// A value may be a list of thousands; a message shows its beginning.
std::string shown(const ConfigValue& value) {
  constexpr std::size_t kLongest = 200;
  std::string text = text_of(value);
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not within a character
  return text.substr(0, end) + "…";
}

template <class T>
constexpr bool kIsNumber = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;
template <class T>
constexpr bool kIsNumber<std::optional<T>> = kIsNumber<T>;

// The bound that a number is beyond, the name that was nearly written, or else what stands there already; where nothing
// stands yet, what could.
template <class T>
std::string remedy_for(const ConfigValue& value, const Key& key, const T& field) {
  const std::string name(key.name);
  if constexpr (kIsNumber<T> || std::is_same_v<T, bool>) {
    const auto* text = std::get_if<std::string>(&value.content);
    T unquoted{};
    if (text != nullptr && convert({Untyped{*text}}, key, unquoted) && is_allowed(unquoted, key))
      return name + " = " + *text + ", without quotation marks";
  }
  if (const auto text = name_in(value)) {
    if (const auto meant = nearest(*text, key.choices)) return *meant + ", if that was meant";
  }
  if constexpr (std::is_same_v<T, std::string>) {
    if (key.choices.size() > 1) return name + " = " + joined({key.choices.begin(), key.choices.end()}, " or ");
  }
  if constexpr (kIsNumber<T>) {
    double number = 0;
    if (convert(value, key, number)) {
      if (const auto own = remedy_for_number(key.name, number)) return *own;
      if (number < key.minimum) return name + " = " + shortest(key.minimum) + ", the smallest";
      if (number > key.maximum) return name + " = " + shortest(key.maximum) + ", the largest";
    }
  }
  const std::string present = toml_of(field, key);
  if (std::holds_alternative<Nothing>(value.content))
    return "leave the line out, which means " + name + " = " + present + "; this key cannot be unset";
  const bool is_absent = present == toml_string(key.absent) || present == key.absent;
  if (kIsNumber<T> && is_absent && std::isfinite(key.minimum))
    return name + " = " + shortest(key.minimum) + " or more, or " + present;
  return name + " = " + present;
}

template <class T>
class TypedField final : public Field {
 public:
  TypedField(T& field, Key key, std::string_view section) : Field(std::move(key), section), field_(field) {}

  std::optional<Problem> assign(const ConfigValue& value, const std::string& where) override {
    T converted{};
    if (convert(value, key(), converted) && is_allowed(converted, key())) {
      field_ = std::move(converted);
      return std::nullopt;
    }
    return Problem{.where = where,
                   .what = std::string(key().name) + " = " + shown(value) + " is not " + expected(),
                   .remedy = remedy_for(value, key(), field_)};
  }

  std::string toml() const override { return toml_of(field_, key()); }
  nlohmann::json json() const override { return json_of(field_, key()); }
  std::vector<std::string> parts() const override { return plain_parts(field_, key()); }
  std::string expected() const override { return seg::expected(T(), key()); }

 private:
  T& field_;
};

}  // namespace

Fields fields_of(Config& config) {
  Fields fields;
  Config::sections(config, [&](const char* title, auto& section) {
    section.fields(section, [&](auto& field, Key key) {
      using T = std::remove_reference_t<decltype(field)>;
      fields.push_back(std::make_unique<TypedField<T>>(field, std::move(key), title));
    });
  });
  return fields;
}

Field* find_field(const Fields& fields, std::string_view name) {
  for (const auto& field : fields) {
    if (field->key().name == name) return field.get();
  }
  return nullptr;
}

}  // namespace seg
