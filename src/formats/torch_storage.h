// SPDX-License-Identifier: Apache-2.0
// How PyTorch lays tensors into storages: the names of the storages' types, offsets and strides.
//
// Pure functions. Numbers may come from a hostile file: problem_in() is asked before anything else is.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "formats/tensor_entry.h"

namespace seg {

inline constexpr std::string_view kMetadataRecord = "/segtrain.json";  // in a file of the ZIP form

std::optional<TensorType> storage_type(std::string_view global) noexcept;  // of "torch.FloatStorage"
std::optional<std::string_view> storage_name(TensorType type) noexcept;    // "FloatStorage"; none: torch has no such

// Counted in numbers, not in bytes.
struct StridedLayout {
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape, strides;

  // What is wrong with it for a storage of `count` numbers, as the end of a sentence; empty if nothing is.
  std::string problem_in(TensorType type, std::int64_t count) const;
  // Where its numbers lie one after the other in row-major order, if they do.
  std::optional<std::span<const std::byte>> row_major_data(TensorType type, std::span<const std::byte> storage) const;
  // Its numbers, put into that order.
  Bytes gathered(TensorType type, std::span<const std::byte> storage) const;
};

}  // namespace seg
