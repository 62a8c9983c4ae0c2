// SPDX-License-Identifier: Apache-2.0
// A ring of slots that workers fill ahead of a consumer: rounds of equal numbers of items, delivered in order.
//
// A round occupies one slot from the moment when its first item is handed out until the consumer's lease ends, so there
// is back-pressure, and the slots bound the memory. Items are handed out one by one, in order, to whichever worker is
// free; a round is delivered when all of its items are done and all rounds before it were delivered.
// An exception of an item is rethrown by next() in the place of its round (of several in a round, the one of the first
// item), and again until start() is called.
// start(), next() and the destructor belong to one thread; leases end in any, also after the ring's destruction.
#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "loader/lease.h"

namespace seg {

struct RingItem {
  int worker = 0;  // below max(num_workers, 1)
  int slot = 0;
  std::int64_t round = 0;
  std::int64_t index = 0;  // in the round
};

struct RingOptions {
  int slots = 2;
  std::int64_t items_per_round = 1;
  int num_workers = 1;                           // 0: next() does the work itself
  std::shared_ptr<const void> memory = nullptr;  // what leases keep alive
};

class Ring {
 public:
  using Work = std::function<void(const RingItem&)>;  // called by several workers at once

  struct Round {
    std::int64_t number = 0;
    Lease lease;
  };

  Ring(RingOptions options, Work work);
  ~Ring();  // waits for the items that workers are at
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  static constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

  // Rounds first … end-1, from now on. Waits for the items that workers are at; what they made is dropped.
  void start(std::int64_t first, std::int64_t end = kForever);

  // Waits for the next round; none after the last. Throws std::logic_error if it would wait for the consumer itself:
  // when every slot is on lease.
  std::optional<Round> next();

  // How full the ring was when next() was called: rounds that were done, and calls so far.
  struct Fill {
    std::int64_t done_rounds = 0, calls = 0;
  };
  Fill fill() const;  // from any thread

 private:
  class State;
  void run_worker(int worker);
  void do_item(const RingItem& item);

  const RingOptions options_;
  const Work work_;
  const std::shared_ptr<State> state_;
  std::vector<std::thread> workers_;
};

}  // namespace seg
