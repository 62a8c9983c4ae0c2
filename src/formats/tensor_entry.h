// SPDX-License-Identifier: Apache-2.0
// A named tensor as every kind of weight file holds it: type, shape and bytes.
//
// Plain data; whoever made an entry owns its bytes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

// What a file is written from: the tensors' heads, and their bytes one tensor after the other, so that never more than
// one needs to be there in the file's order of numbers.
class TensorSource {
 public:
  using Bytes = std::function<std::span<const std::byte>(std::size_t index)>;

  explicit TensorSource(std::span<const TensorEntry> tensors) : tensors_(tensors) {}  // with their bytes
  // Without; `bytes` gives those of one, which are good until the next call, and may be asked for again.
  TensorSource(std::span<const TensorEntry> tensors, Bytes bytes) : tensors_(tensors), bytes_(std::move(bytes)) {}

  std::span<const TensorEntry> tensors() const noexcept { return tensors_; }
  // std::logic_error if they disagree with shape and type.
  std::span<const std::byte> bytes(std::size_t index) const;

 private:
  std::span<const TensorEntry> tensors_;
  Bytes bytes_;
};

// std::logic_error if two have one name, or a shape that no tensor has.
void check_names_and_shapes(std::span<const TensorEntry> tensors);

// What a file says besides its tensors.
using Metadata = std::map<std::string, std::string>;

// A text from a file for a message: it may be hostile, so it is quoted, short and plain.
std::string shown(std::string_view text);
std::string shape_text(std::span<const std::int64_t> shape);  // "[2, 3]"

}  // namespace seg
