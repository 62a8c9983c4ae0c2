// SPDX-License-Identifier: Apache-2.0
// The right to read a slot of memory until it is given back.
//
// Move-only; gives the slot back once, on release() or destruction, from any thread. Keeps the lender alive.
#pragma once
#include <memory>
#include <utility>

namespace seg {

class Lender {
 public:
  virtual ~Lender() = default;
  virtual void give_back(int slot) noexcept = 0;
};

class Lease {
 public:
  Lease() = default;  // of nothing
  Lease(std::shared_ptr<Lender> lender, int slot) noexcept : lender_(std::move(lender)), slot_(slot) {}
  Lease(Lease&& other) noexcept = default;
  Lease& operator=(Lease&& other) noexcept {
    if (this != &other) {
      release();
      lender_ = std::move(other.lender_);
      slot_ = other.slot_;
    }
    return *this;
  }
  ~Lease() { release(); }

  int slot() const noexcept { return slot_; }
  void release() noexcept {
    if (const std::shared_ptr<Lender> lender = std::exchange(lender_, nullptr)) lender->give_back(slot_);
  }

 private:
  std::shared_ptr<Lender> lender_;
  int slot_ = 0;
};

}  // namespace seg
