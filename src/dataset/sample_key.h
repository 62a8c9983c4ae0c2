// SPDX-License-Identifier: Apache-2.0
// By what kept knowledge of a sample is found again: the names, sizes and times of its files. A sample of which a file
// was changed has another key, and what was kept of it is never found.
//
// Files are looked at, not opened. Thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dataset/dataset.h"

namespace seg {

// The files' names, sizes and times, as 128 bits; and the names alone, by which what is kept of a sample takes the
// place of what was kept of it before a file changed.
struct SampleKey {
  std::uint64_t high = 0, low = 0, sample = 0;
  bool operator==(const SampleKey&) const = default;
};

struct SampleKeyHash {
  std::size_t operator()(const SampleKey& key) const noexcept { return static_cast<std::size_t>(key.high ^ key.low); }
};

// Nothing if a file cannot be looked at. A sample that no file holds has its name for a key.
std::optional<SampleKey> key_of_sample(const Dataset& dataset, std::size_t index);

// Of all samples of a data set, asked for in parallel.
std::vector<std::optional<SampleKey>> keys_of_samples(const Dataset& dataset, int threads);

}  // namespace seg
