// SPDX-License-Identifier: Apache-2.0
// For its life the allocator of CPU tensors: counts what is asked for, large or small but not nothing, and fails once
// where it is told.
#pragma once
#include <c10/core/CPUAllocator.h>

#include <atomic>
#include <cstdint>
#include <new>

namespace seg::testing {

class FailingAllocator final : public c10::Allocator {
 public:
  FailingAllocator() : real_(c10::GetCPUAllocator()) { c10::SetCPUAllocator(this, kPriority); }
  ~FailingAllocator() override { c10::SetCPUAllocator(real_, kPriority); }
  FailingAllocator(const FailingAllocator&) = delete;
  FailingAllocator& operator=(const FailingAllocator&) = delete;

  // The n-th allocation from now on, 1 being the next, is std::bad_alloc; 0: none.
  void fail_at(std::int64_t n) {
    count_ = 0;
    fails_at_ = n;
  }
  std::int64_t count() const { return count_; }  // since fail_at()

  c10::DataPtr allocate(std::size_t size) override {
    if (size > 0 && ++count_ == fails_at_) throw std::bad_alloc();
    return real_->allocate(size);
  }
  c10::DeleterFnPtr raw_deleter() const override { return real_->raw_deleter(); }
  void copy_data(void* to, const void* from, std::size_t size) const override { real_->copy_data(to, from, size); }

 private:
  static constexpr std::uint8_t kPriority = 100;  // the arena's, which may come later
  c10::Allocator* real_;
  std::atomic<std::int64_t> count_{0}, fails_at_{0};
};

}  // namespace seg::testing
