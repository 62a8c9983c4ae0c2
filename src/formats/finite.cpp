// SPDX-License-Identifier: Apache-2.0
#include "formats/finite.h"

#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace seg {
namespace {

// An exponent of ones is that of NaN and infinity, in each of the types. Files do not align their numbers.
template <class Bits>
std::int64_t count_exponents_of_ones(std::span<const std::byte> data, Bits exponent) noexcept {
  std::int64_t count = 0;
  for (std::size_t i = 0; i + sizeof(Bits) <= data.size(); i += sizeof(Bits)) {
    Bits bits;
    std::memcpy(&bits, data.data() + i, sizeof bits);
    count += (bits & exponent) == exponent ? 1 : 0;
  }
  return count;
}

}  // namespace

std::int64_t count_not_finite(const TensorEntry& tensor) noexcept {
  switch (tensor.type) {
    case TensorType::f16: return count_exponents_of_ones<std::uint16_t>(tensor.data, 0x7C00);
    case TensorType::bf16: return count_exponents_of_ones<std::uint16_t>(tensor.data, 0x7F80);
    case TensorType::f32: return count_exponents_of_ones<std::uint32_t>(tensor.data, 0x7F800000);
    case TensorType::f64: return count_exponents_of_ones<std::uint64_t>(tensor.data, 0x7FF0000000000000);
    default: return 0;
  }
}

std::string not_finite_text(std::span<const TensorEntry> tensors) {
  constexpr std::size_t kNamed = 3;
  std::vector<std::string> texts;
  std::size_t num_more = 0;
  for (const TensorEntry& tensor : tensors) {
    const std::int64_t count = count_not_finite(tensor);
    if (count == 0) continue;
    const std::int64_t all = std::ssize(tensor.data) / bytes_of(tensor.type);
    if (texts.size() < kNamed)
      texts.push_back(shown(tensor.name) + " (" + std::to_string(count) + " of " + std::to_string(all) + ")");
    else
      ++num_more;
  }
  if (num_more > 0)
    texts.push_back("and " + std::to_string(num_more) + (num_more == 1 ? " tensor more" : " tensors more"));
  return joined(texts, "; ");
}

void require_finite(std::span<const TensorEntry> tensors, const std::string& file) {
  const std::string text = not_finite_text(tensors);
  if (!text.empty())
    fail(file, "holds numbers that are not finite (NaN or infinity): " + text,
         "an earlier checkpoint or other weights; the training that made these went astray");
}

}  // namespace seg
