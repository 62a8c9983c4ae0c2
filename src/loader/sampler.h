// SPDX-License-Identifier: Apache-2.0
// Which image sample k of a run is: element k mod n of the permutation of epoch k / n.
//
// Samples are numbered from 0 over the whole run and all processes; epochs flow into each other, so there is no tail.
// Optimizer step s (from 1) owns samples (s-1)G … sG-1, of which each process takes a contiguous share.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace seg {

// The part of a step's G samples that belongs to this process.
struct SampleShare {
  std::int64_t first = 0;
  std::int64_t count = 1;
  std::int64_t of = 1;  // G, the samples of a step in all processes

  std::uint64_t sample_number(std::int64_t step, std::int64_t i) const noexcept {
    return static_cast<std::uint64_t>((step - 1) * of + first + i);
  }
};

// The share of process `rank` when G divides evenly.
SampleShare share_of(std::int64_t samples_per_step, std::int64_t rank, std::int64_t num_processes);

// Thread-safe. Keeps the permutations of the epochs that are being read.
class Sampler {
 public:
  Sampler(std::uint64_t seed, std::size_t num_images);

  std::uint32_t image_of(std::uint64_t sample);
  // What stands in for a sample whose file is bad; attempt counts from 1.
  std::uint32_t substitute_of(std::uint64_t sample, std::uint32_t attempt) const noexcept;
  std::uint64_t epoch_of(std::uint64_t sample) const noexcept { return sample / num_images_; }

 private:
  static constexpr std::size_t kKept = 4;
  struct Order {
    std::uint64_t epoch = 0;
    std::uint64_t last_use = 0;
    std::vector<std::uint32_t> images;
  };

  const std::uint64_t seed_;
  const std::uint32_t num_images_;
  std::mutex mutex_;
  std::uint64_t uses_ = 0;
  std::array<Order, kKept> orders_;
};

}  // namespace seg
