// SPDX-License-Identifier: Apache-2.0
#include "loader/ring.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"

namespace seg {
namespace {

using std::chrono::milliseconds;

// Items write where they belong; workers finish out of order.
struct Board {
  std::vector<std::array<std::int64_t, 4>> slots;  // round * 10 + index
  bool is_slow = true;

  explicit Board(int num_slots) : slots(static_cast<std::size_t>(num_slots)) {}
  void write(const RingItem& item) {
    if (is_slow && (item.round + item.index) % 3 == 0) std::this_thread::sleep_for(milliseconds(1));
    slots[static_cast<std::size_t>(item.slot)][static_cast<std::size_t>(item.index)] = item.round * 10 + item.index;
  }
};

void expect_round(const Board& board, const Ring::Round& round, std::int64_t number) {
  ASSERT_EQ(round.number, number);
  for (std::int64_t i = 0; i < 4; ++i) {
    ASSERT_EQ(board.slots[static_cast<std::size_t>(round.lease.slot())][static_cast<std::size_t>(i)], number * 10 + i);
  }
}

class RingOfWorkers : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Workers, RingOfWorkers, ::testing::Values(0, 1, 3, 8));

TEST_P(RingOfWorkers, DeliversRoundsInOrder) {
  for (const int slots : {1, 2, 5}) {
    Board board(slots);
    Ring ring({.slots = slots, .items_per_round = 4, .num_workers = GetParam()},
              [&](const RingItem& item) { board.write(item); });
    ring.start(7, 40);
    for (std::int64_t round = 7; round < 40; ++round) expect_round(board, ring.next().value(), round);
    EXPECT_FALSE(ring.next().has_value());
    EXPECT_FALSE(ring.next().has_value());
  }
}

TEST_P(RingOfWorkers, StartsAgainAtAnyRound) {
  Board board(3);
  Ring ring({.slots = 3, .items_per_round = 4, .num_workers = GetParam()},
            [&](const RingItem& item) { board.write(item); });
  for (std::int64_t first = 0; first < 30; ++first) {
    ring.start(first * 100);
    for (std::int64_t round = 0; round < first % 4; ++round) {
      expect_round(board, ring.next().value(), first * 100 + round);
    }
  }
}

TEST_P(RingOfWorkers, LeasesSurviveAStart) {
  Board board(3);
  Ring ring({.slots = 3, .items_per_round = 4, .num_workers = GetParam()},
            [&](const RingItem& item) { board.write(item); });
  ring.start(1);
  const Ring::Round kept = ring.next().value();
  ring.start(500);
  for (std::int64_t round = 500; round < 510; ++round) {
    expect_round(board, ring.next().value(), round);
    expect_round(board, kept, 1);
  }
}

TEST_P(RingOfWorkers, RethrowsAnErrorInThePlaceOfItsRound) {
  Board board(3);
  Ring ring({.slots = 3, .items_per_round = 4, .num_workers = GetParam()}, [&](const RingItem& item) {
    board.write(item);
    if (item.round >= 5 && item.index >= 1) throw std::runtime_error(std::to_string(item.round * 10 + item.index));
  });
  for (int repeat = 0; repeat < 5; ++repeat) {
    ring.start(2);
    for (std::int64_t round = 2; round < 5; ++round) expect_round(board, ring.next().value(), round);
    for (int again = 0; again < 2; ++again) {
      try {
        (void)ring.next();
        FAIL() << "no error";
      } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "51");  // of the first item of its round that failed
      }
    }
  }
}

TEST_P(RingOfWorkers, WorksNoFurtherAheadThanItsSlots) {
  std::atomic<std::int64_t> most_ahead{0};
  std::atomic<std::int64_t> delivered{0};
  Ring ring({.slots = 3, .num_workers = GetParam()}, [&](const RingItem& item) {
    const std::int64_t ahead = item.round - delivered;
    std::int64_t most = most_ahead;
    while (ahead > most && !most_ahead.compare_exchange_weak(most, ahead)) {
    }
  });
  ring.start(0);
  for (int i = 0; i < 100; ++i) {
    { const Ring::Round round = ring.next().value(); }
    ++delivered;
    if (i % 10 == 0) std::this_thread::sleep_for(milliseconds(1));
  }
  // The round that was just given back may be counted late; hence not 2.
  EXPECT_LE(most_ahead, 3);
}

// A consumer that comes late finds all that the slots can hold; one that comes at once finds what it has to wait for.
TEST(Ring, TellsHowFullItWas) {
  std::atomic<int> num_made = 0;
  Ring ring({.slots = 3, .items_per_round = 4, .num_workers = 1}, [&](const RingItem&) { ++num_made; });
  EXPECT_EQ(ring.fill().calls, 0);
  ring.start(1, 4);
  while (num_made < 12) std::this_thread::sleep_for(milliseconds(1));
  std::this_thread::sleep_for(milliseconds(100));  // until the last one is noted, too
  for (int round = 1; round <= 3; ++round) (void)ring.next();
  EXPECT_EQ(ring.fill().calls, 3);
  EXPECT_EQ(ring.fill().done_rounds, 3 + 2 + 1);
  EXPECT_FALSE(ring.next());
  EXPECT_EQ(ring.fill().done_rounds, 6);
}

TEST_P(RingOfWorkers, EverySlotOnLeaseIsAMistakeOfTheCaller) {
  Board board(2);
  Ring ring({.slots = 2, .items_per_round = 4, .num_workers = GetParam()},
            [&](const RingItem& item) { board.write(item); });
  ring.start(0);
  std::optional<Ring::Round> first = ring.next(), second = ring.next();
  EXPECT_THROW((void)ring.next(), std::logic_error);
  first.reset();
  expect_round(board, ring.next().value(), 2);
}

TEST_P(RingOfWorkers, LeaseMayOutliveTheRing) {
  const auto memory = std::make_shared<int>(5);
  std::optional<Ring::Round> round;
  {
    Ring ring({.slots = 2, .num_workers = GetParam(), .memory = memory}, [](const RingItem&) {});
    ring.start(0);
    round = ring.next();
  }
  EXPECT_EQ(memory.use_count(), 2);
  round.reset();
  EXPECT_EQ(memory.use_count(), 1);
}

TEST_P(RingOfWorkers, EndsWhileWorkersAreBusy) {
  for (int i = 0; i < 50; ++i) {
    std::atomic<int> in_work{0};
    {
      Ring ring({.slots = 4, .items_per_round = 3, .num_workers = GetParam()}, [&](const RingItem& item) {
        ++in_work;
        std::this_thread::sleep_for(std::chrono::microseconds(50 * (item.index + 1)));
        --in_work;
      });
      ring.start(0);
      if (i % 2 == 0) (void)ring.next();
    }
    ASSERT_EQ(in_work, 0);
  }
}

// Everything at once, in random order: leases kept and ended in another thread, errors, starts.
TEST(Ring, SurvivesAStorm) {
  Board board(5);
  board.is_slow = false;
  std::atomic<std::int64_t> bad_round{-1};
  Ring ring({.slots = 5, .items_per_round = 4, .num_workers = 4}, [&](const RingItem& item) {
    if (item.round == bad_round) throw std::runtime_error("bad");
    board.write(item);
  });
  Random random(1, RandomStream::synthetic, 0);
  std::mutex mutex;
  std::vector<Ring::Round> returning;
  std::jthread returner([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<Ring::Round> mine;
      {
        const std::lock_guard lock(mutex);
        mine.swap(returning);
      }
      mine.clear();
      std::this_thread::yield();
    }
  });
  for (int life = 0; life < 200; ++life) {
    const auto first = static_cast<std::int64_t>(random.below(1000));
    bad_round = random.below(2) == 0 ? -1 : first + static_cast<std::int64_t>(random.below(10));
    ring.start(first);
    std::vector<Ring::Round> kept;
    const auto next_round = [&]() -> Ring::Round {
      while (true) {
        try {
          return ring.next().value();
        } catch (const std::logic_error&) {  // the other thread still holds leases
          kept.clear();
          std::this_thread::yield();
        }
      }
    };
    const auto rounds = static_cast<std::int64_t>(random.below(20));
    for (std::int64_t round = first; round < first + rounds; ++round) {
      if (round == bad_round) {
        EXPECT_THROW(next_round(), std::runtime_error);
        break;
      }
      Ring::Round next = next_round();
      expect_round(board, next, round);
      if (random.below(3) == 0 && kept.size() < 2) {
        kept.push_back(std::move(next));
      } else if (random.below(2) == 0) {
        const std::lock_guard lock(mutex);
        returning.push_back(std::move(next));
      }
    }
  }
}

}  // namespace
}  // namespace seg
