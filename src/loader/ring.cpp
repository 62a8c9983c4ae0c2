// SPDX-License-Identifier: Apache-2.0
#include "loader/ring.h"

#include <algorithm>
#include <cassert>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "base/parallel.h"

namespace seg {

// Who may do what next; everything in it is guarded by one mutex, which is held for an instant only.
class Ring::State : public Lender {
 public:
  State(int slots, std::int64_t items_per_round, std::shared_ptr<const void> memory)
      : slots_(static_cast<std::size_t>(slots)), items_(items_per_round), memory_(std::move(memory)) {
    order_.reserve(slots_.size());
  }

  void start(std::int64_t first, std::int64_t end) {
    std::unique_lock lock(mutex_);
    end_ = next_round_ = first;  // nothing new is handed out while we wait
    for (const int slot : order_) slots_[static_cast<std::size_t>(slot)].handed_out = items_;
    item_done_.wait(lock, [&] { return in_work_ == 0; });
    for (const int slot : order_) slots_[static_cast<std::size_t>(slot)] = {};
    order_.clear();
    failure_ = nullptr;
    end_ = end;
    work_available_.notify_all();
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    work_available_.notify_all();
  }

  // The next item of work, or none once the ring stops. A caller that does not wait gets none when there is none.
  std::optional<RingItem> take(int worker, bool wait) {
    std::unique_lock lock(mutex_);
    if (wait) work_available_.wait(lock, [&] { return stopping_ || has_work(); });
    if (stopping_ || !has_work()) return std::nullopt;
    if (order_.empty() || slot_of(order_.back()).handed_out == items_) open_round();
    Slot& slot = slot_of(order_.back());
    ++in_work_;
    return RingItem{.worker = worker, .slot = order_.back(), .round = slot.round, .index = slot.handed_out++};
  }

  void finish(const RingItem& item, std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    Slot& slot = slot_of(item.slot);
    --in_work_;
    ++slot.done;
    if (error && (!slot.error || item.index < slot.error_index)) {
      slot.error = std::move(error);
      slot.error_index = item.index;
    }
    if (slot.done == items_ || in_work_ == 0) item_done_.notify_all();
  }

  bool can_deliver() {
    const std::lock_guard lock(mutex_);
    return failure_ || is_ready();
  }

  // What the consumer finds, once for each of its calls.
  void note_fill() {
    const std::lock_guard lock(mutex_);
    ++fill_.calls;
    for (const int slot : order_) fill_.done_rounds += slot_of(slot).done == items_ ? 1 : 0;
  }
  Fill fill() {
    const std::lock_guard lock(mutex_);
    return fill_;
  }

  std::optional<std::pair<std::int64_t, int>> next(bool wait) {
    std::unique_lock lock(mutex_);
    if (wait) item_done_.wait(lock, [&] { return failure_ || is_ready() || will_never_be_ready(); });
    if (failure_) std::rethrow_exception(failure_);
    if (!is_ready()) {
      if (next_round_ >= end_) return std::nullopt;
      throw std::logic_error("every slot of the loader's ring is on lease: end a lease before the next batch");
    }
    const int index = order_.front();
    order_.erase(order_.begin());
    Slot& slot = slot_of(index);
    if (slot.error) {
      failure_ = std::exchange(slot.error, nullptr);
      slot = {};
      std::rethrow_exception(failure_);
    }
    return std::pair(slot.round, index);
  }

  void give_back(int slot) noexcept override {
    const std::lock_guard lock(mutex_);
    slot_of(slot) = {};
    work_available_.notify_all();
  }

 private:
  struct Slot {
    bool is_free = true;  // neither being filled, nor waiting for the consumer, nor on lease
    std::int64_t round = 0;
    std::int64_t handed_out = 0, done = 0;
    std::exception_ptr error;
    std::int64_t error_index = 0;
  };

  Slot& slot_of(int slot) noexcept { return slots_[static_cast<std::size_t>(slot)]; }
  bool has_free_slot() const noexcept {
    return std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.is_free; });
  }

  bool has_work() const noexcept {
    if (!order_.empty() && slots_[static_cast<std::size_t>(order_.back())].handed_out < items_) return true;
    return next_round_ < end_ && has_free_slot();
  }
  bool is_ready() const noexcept {
    return !order_.empty() && slots_[static_cast<std::size_t>(order_.front())].done == items_;
  }
  bool will_never_be_ready() const noexcept { return order_.empty() && (next_round_ >= end_ || !has_free_slot()); }

  void open_round() {
    const auto slot = std::find_if(slots_.begin(), slots_.end(), [](const Slot& s) { return s.is_free; });
    assert(slot != slots_.end());
    slot->is_free = false;
    slot->round = next_round_++;
    order_.push_back(static_cast<int>(slot - slots_.begin()));
  }

  std::mutex mutex_;
  std::condition_variable work_available_, item_done_;
  std::vector<Slot> slots_;
  std::vector<int> order_;  // slots of the rounds that are not delivered yet, by round
  std::int64_t next_round_ = 0, end_ = 0;
  const std::int64_t items_;
  std::int64_t in_work_ = 0;
  bool stopping_ = false;
  std::exception_ptr failure_;  // was delivered
  Fill fill_;
  const std::shared_ptr<const void> memory_;
};

Ring::Ring(RingOptions options, Work work)
    : options_(std::move(options)),
      work_(std::move(work)),
      state_(std::make_shared<State>(options_.slots, options_.items_per_round, options_.memory)) {
  assert(options_.slots > 0 && options_.items_per_round > 0 && options_.num_workers >= 0);
}

Ring::~Ring() {
  state_->stop();
  for (std::thread& worker : workers_) worker.join();
}

void Ring::start(std::int64_t first, std::int64_t end) {
  state_->start(first, end);
  while (workers_.size() < static_cast<std::size_t>(options_.num_workers)) {
    workers_.emplace_back(&Ring::run_worker, this, static_cast<int>(workers_.size()));
  }
}

std::optional<Ring::Round> Ring::next() {
  const bool has_workers = options_.num_workers > 0;
  state_->note_fill();
  while (!has_workers && !state_->can_deliver()) {
    const std::optional<RingItem> item = state_->take(0, false);
    if (!item) break;
    do_item(*item);
  }
  const auto ready = state_->next(has_workers);
  if (!ready) return std::nullopt;
  return Round{.number = ready->first, .lease = Lease(state_, ready->second)};
}

Ring::Fill Ring::fill() const { return state_->fill(); }

void Ring::do_item(const RingItem& item) {
  std::exception_ptr error;
  try {
    work_(item);
  } catch (...) {
    error = std::current_exception();
  }
  state_->finish(item, std::move(error));
}

void Ring::run_worker(int worker) {
  lower_thread_priority();
  while (const std::optional<RingItem> item = state_->take(worker, true)) do_item(*item);
}

}  // namespace seg
