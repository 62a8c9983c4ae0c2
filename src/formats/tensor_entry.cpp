// SPDX-License-Identifier: Apache-2.0
#include "formats/tensor_entry.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <unordered_set>

namespace seg {
namespace {

constexpr std::size_t kShownLength = 80;

struct TypeRow {
  TensorType type;
  std::string_view name;
  std::int64_t bytes;
};
constexpr std::array kTypes = {
    TypeRow{TensorType::boolean, "BOOL", 1}, TypeRow{TensorType::u8, "U8", 1},     TypeRow{TensorType::i8, "I8", 1},
    TypeRow{TensorType::u16, "U16", 2},      TypeRow{TensorType::i16, "I16", 2},   TypeRow{TensorType::u32, "U32", 4},
    TypeRow{TensorType::i32, "I32", 4},      TypeRow{TensorType::u64, "U64", 8},   TypeRow{TensorType::i64, "I64", 8},
    TypeRow{TensorType::f16, "F16", 2},      TypeRow{TensorType::bf16, "BF16", 2}, TypeRow{TensorType::f32, "F32", 4},
    TypeRow{TensorType::f64, "F64", 8},
};
static_assert([] {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i].type != static_cast<TensorType>(i)) return false;
  }
  return true;
}());

}  // namespace

std::int64_t bytes_of(TensorType type) noexcept { return kTypes[static_cast<std::size_t>(type)].bytes; }

std::string_view name_of(TensorType type) noexcept { return kTypes[static_cast<std::size_t>(type)].name; }

std::optional<TensorType> tensor_type_named(std::string_view name) noexcept {
  const auto* row = std::ranges::find(kTypes, name, &TypeRow::name);
  return row == kTypes.end() ? std::nullopt : std::optional(row->type);
}

// Zeros count as ones until the end, so that no product of some of the sizes (a stride) can overflow either.
std::optional<std::int64_t> bytes_of(TensorType type, std::span<const std::int64_t> shape) noexcept {
  std::int64_t bytes = bytes_of(type);
  bool is_empty = false;
  for (const std::int64_t size : shape) {
    if (size < 0) return std::nullopt;
    is_empty = is_empty || size == 0;
    if (__builtin_mul_overflow(bytes, std::max<std::int64_t>(size, 1), &bytes)) return std::nullopt;
  }
  return is_empty ? 0 : bytes;
}

const TensorEntry* find_entry(std::span<const TensorEntry> tensors, std::string_view name) noexcept {
  const auto found = std::ranges::find(tensors, name, &TensorEntry::name);
  return found == tensors.end() ? nullptr : &*found;
}

std::span<const std::byte> TensorSource::bytes(std::size_t index) const {
  const TensorEntry& tensor = tensors_[index];
  const std::span<const std::byte> bytes = bytes_ ? bytes_(index) : tensor.data;
  if (bytes_of(tensor.type, tensor.shape) != std::ssize(bytes))
    throw std::logic_error("[weights] shape, type and bytes disagree: " + tensor.name);
  return bytes;
}

void check_names_and_shapes(std::span<const TensorEntry> tensors) {
  std::unordered_set<std::string_view> names;
  for (const TensorEntry& tensor : tensors) {
    if (!names.insert(tensor.name).second) throw std::logic_error("[weights] name taken: " + tensor.name);
    if (tensor.shape.size() > kMaxRank || !bytes_of(tensor.type, tensor.shape))
      throw std::logic_error("[weights] a shape that no tensor has: " + tensor.name);
  }
}

std::string shown(std::string_view text) {
  const bool is_long = text.size() > kShownLength;
  std::string result =
      nlohmann::json(text.substr(0, kShownLength)).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (result.size() > kShownLength || is_long) result = result.substr(0, kShownLength) + "…";
  return result;
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const std::int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

}  // namespace seg
