// SPDX-License-Identifier: Apache-2.0
#include "formats/torch_storage.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include "base/counted.h"

namespace seg {
namespace {

constexpr std::string_view kModule = "torch.";
constexpr std::array<std::pair<TensorType, std::string_view>, 10> kStorages = {{{TensorType::f32, "FloatStorage"},
                                                                                {TensorType::f64, "DoubleStorage"},
                                                                                {TensorType::f16, "HalfStorage"},
                                                                                {TensorType::bf16, "BFloat16Storage"},
                                                                                {TensorType::i64, "LongStorage"},
                                                                                {TensorType::i32, "IntStorage"},
                                                                                {TensorType::i16, "ShortStorage"},
                                                                                {TensorType::i8, "CharStorage"},
                                                                                {TensorType::u8, "ByteStorage"},
                                                                                {TensorType::boolean, "BoolStorage"}}};

}  // namespace

std::optional<TensorType> storage_type(std::string_view global) noexcept {
  if (!global.starts_with(kModule)) return std::nullopt;
  const std::string_view name = global.substr(kModule.size());
  const auto* const row = std::ranges::find(kStorages, name, &std::pair<TensorType, std::string_view>::second);
  return row == kStorages.end() ? std::nullopt : std::optional(row->first);
}

std::optional<std::string_view> storage_name(TensorType type) noexcept {
  const auto* const row = std::ranges::find(kStorages, type, &std::pair<TensorType, std::string_view>::first);
  return row == kStorages.end() ? std::nullopt : std::optional(row->second);
}

std::string StridedLayout::problem_in(TensorType type, std::int64_t count) const {
  const std::optional<std::int64_t> bytes = bytes_of(type, shape);
  if (!bytes) return "has no size: " + shape_text(shape);
  if (strides.size() != shape.size())
    return "has " + counted(strides.size(), "stride") + " for its shape " + shape_text(shape);
  if (offset < 0 || std::ranges::any_of(strides, [](std::int64_t stride) { return stride < 0; }))
    return "has a negative offset or stride";
  std::int64_t last = offset;
  for (std::size_t i = 0; i < shape.size() && *bytes != 0; ++i) {
    std::int64_t step = 0;
    if (__builtin_mul_overflow(shape[i] - 1, strides[i], &step) || __builtin_add_overflow(last, step, &last))
      return "leaves its storage of " + counted(count, "number");
  }
  if (*bytes != 0 ? last >= count : offset > count) return "leaves its storage of " + counted(count, "number");
  return "";
}

std::optional<std::span<const std::byte>> StridedLayout::row_major_data(TensorType type,
                                                                        std::span<const std::byte> storage) const {
  const auto bytes = static_cast<std::size_t>(*bytes_of(type, shape));
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0 && bytes != 0;) {
    if (shape[i] != 1 && strides[i] != expected) return std::nullopt;
    expected *= shape[i];
  }
  return storage.subspan(static_cast<std::size_t>(offset * bytes_of(type)), bytes);
}

Bytes StridedLayout::gathered(TensorType type, std::span<const std::byte> storage) const {
  Bytes result(static_cast<std::size_t>(*bytes_of(type, shape)));
  const auto size = static_cast<std::size_t>(bytes_of(type));
  std::vector<std::int64_t> index(shape.size(), 0), steps = strides;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 1) steps[i] = 0;  // may be any number, and is never gone
  std::int64_t place = offset;
  for (std::size_t at = 0; at < result.size(); at += size) {
    std::memcpy(result.data() + at, storage.data() + static_cast<std::size_t>(place) * size, size);
    for (std::size_t i = shape.size(); i-- > 0;) {  // the next index, the last dimension first
      place += steps[i];
      if (++index[i] < shape[i]) break;
      place -= steps[i] * shape[i];
      index[i] = 0;
    }
  }
  return result;
}

}  // namespace seg
