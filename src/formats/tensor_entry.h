// SPDX-License-Identifier: Apache-2.0
// A named tensor as every kind of weight file holds it: type, shape and bytes.
//
// Plain data; whoever made an entry owns its bytes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seg {

enum class TensorType : std::uint8_t { boolean, u8, i8, u16, i16, u32, i32, u64, i64, f16, bf16, f32, f64 };
std::int64_t bytes_of(TensorType type) noexcept;
std::string_view name_of(TensorType type) noexcept;  // as safetensors files have it: "F32"
std::optional<TensorType> tensor_type_named(std::string_view name) noexcept;

// Bytes of a tensor, or nothing if that number is none (a negative size, an overflow).
std::optional<std::int64_t> bytes_of(TensorType type, std::span<const std::int64_t> shape) noexcept;
inline constexpr std::size_t kMaxRank = 64;

struct TensorEntry {
  std::string name;
  TensorType type = TensorType::f32;
  std::vector<std::int64_t> shape;  // {} for one number
  std::span<const std::byte> data;  // row-major; owned by the file that was read, or by the writing caller
};
const TensorEntry* find_entry(std::span<const TensorEntry> tensors, std::string_view name) noexcept;  // or nullptr

// std::logic_error if two have one name, or if shape, type and bytes of one disagree.
void check_entries(std::span<const TensorEntry> tensors);

// What a file says besides its tensors.
using Metadata = std::map<std::string, std::string>;

// A text from a file for a message: it may be hostile, so it is quoted, short and plain.
std::string shown(std::string_view text);
std::string shape_text(std::span<const std::int64_t> shape);  // "[2, 3]"

}  // namespace seg
