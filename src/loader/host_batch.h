// SPDX-License-Identifier: Apache-2.0
// A batch in host memory: the local samples of one optimizer step, finished crops as integers.
//
// HostBatch is a move-only lease of a ring slot: its destruction (or release()) hands the memory back to the loader,
// which then overwrites it. BatchView points into the batch without owning it; view() cuts micro-batches.
// A lease may be released from any thread and may outlive its loader; the bytes never change while it is held.
// first and count of view() lie within the batch (programmer error otherwise).
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "image/image.h"
#include "loader/lease.h"

namespace seg {

class BatchView {
 public:
  // What a batch is made of: one entry a sample in each span.
  struct Parts {
    std::int64_t step = 0;
    ImageLayout layout;
    std::span<const std::byte> images;
    std::span<const std::uint8_t> labels;
    std::span<const std::uint8_t> distances{};
    std::span<const float> points{};
    std::span<const std::uint32_t> valid_pixels;
    std::span<const std::uint64_t> sample_numbers;
    std::span<const std::uint32_t> dataset_indices;
  };

  BatchView() = default;
  explicit BatchView(const Parts& parts) : parts_(parts) {}

  std::int64_t step() const noexcept { return parts_.step; }  // optimizer step, from 1
  std::int64_t count() const noexcept { return static_cast<std::int64_t>(parts_.sample_numbers.size()); }  // M
  std::uint64_t first_sample() const { return parts_.sample_numbers.front(); }
  const ImageLayout& layout() const noexcept { return parts_.layout; }  // of one crop

  std::span<const std::byte> images() const noexcept { return parts_.images; }     // [M,H,W,C] uint8 or uint16
  std::span<const std::uint8_t> labels() const noexcept { return parts_.labels; }  // [M,H,W]
  std::span<const std::byte> image(std::int64_t i) const noexcept;                 // [H,W,C]
  std::span<const std::uint8_t> label(std::int64_t i) const noexcept;              // [H,W]
  // Only if they were asked for, else empty: to the boundaries of labels in eighths of a pixel [M,H,W], and points of
  // the crop [M,P,2], x first, both in [0, 1).
  std::span<const std::uint8_t> distances() const noexcept { return parts_.distances; }
  std::span<const float> points() const noexcept { return parts_.points; }
  std::int64_t points_per_sample() const noexcept;                                              // P
  std::span<const std::uint32_t> valid_pixels() const noexcept { return parts_.valid_pixels; }  // label not ignored
  std::int64_t total_valid_pixels() const noexcept;
  std::span<const std::uint64_t> sample_numbers() const noexcept { return parts_.sample_numbers; }  // of the run
  std::span<const std::uint32_t> dataset_indices() const noexcept { return parts_.dataset_indices; }

  BatchView view(std::int64_t first, std::int64_t count) const noexcept;

 private:
  Parts parts_;
};

class HostBatch : public BatchView {
 public:
  HostBatch() = default;  // an empty batch, no lease
  HostBatch(const BatchView& view, Lease lease) noexcept : BatchView(view), lease_(std::move(lease)) {}
  HostBatch(HostBatch&& other) noexcept
      : BatchView(std::exchange(static_cast<BatchView&>(other), BatchView())), lease_(std::move(other.lease_)) {}
  HostBatch& operator=(HostBatch&& other) noexcept {
    BatchView::operator=(std::exchange(static_cast<BatchView&>(other), BatchView()));
    lease_ = std::move(other.lease_);
    return *this;
  }

  void release() noexcept { *this = HostBatch(); }  // the batch is empty afterwards

 private:
  Lease lease_;
};

}  // namespace seg
