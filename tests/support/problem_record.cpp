// SPDX-License-Identifier: Apache-2.0
// Linked into both test programs: where SEG_PROBLEM_RECORD names a file, each message to users that the tests provoke
// is written there, one JSON object a line, if all tests ran. tools/errors_page.py reads it.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/problem_watch.h"

namespace seg::testing {
namespace {

// Tests fork, and limit what files may hold: lines are gathered in memory that children share, and written at the end.
struct Gathered {
  static constexpr std::size_t kCapacity = std::size_t{8} << 20;
  std::atomic<std::size_t> used;
  char text[kCapacity];
};

class ProblemRecord {
 public:
  explicit ProblemRecord(const char* file) : file_(file) {
    std::remove(file);  // what an earlier run left says nothing of this one
    void* memory = mmap(nullptr, sizeof(Gathered), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) give_up("no memory");
    gathered_ = static_cast<Gathered*>(memory);
  }

  void add(const Problem& problem) {
    const nlohmann::json entry = {{"what", problem.what}, {"remedy", problem.remedy}};
    const std::string line = entry.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    const std::lock_guard lock(mutex_);
    if (!known_.insert(line).second) return;
    const std::size_t begin = gathered_->used.fetch_add(line.size());
    if (begin + line.size() <= Gathered::kCapacity) std::memcpy(gathered_->text + begin, line.data(), line.size());
  }

  void write() const {
    std::ofstream stream(file_, std::ios::binary | std::ios::trunc);
    if (gathered_->used > Gathered::kCapacity) give_up("more problems than there is room for");
    stream.write(gathered_->text, static_cast<std::streamsize>(gathered_->used.load()));
    if (!stream.flush()) give_up("cannot be written");
  }

 private:
  [[noreturn]] void give_up(const char* why) const {
    std::cerr << "SEG_PROBLEM_RECORD: " << file_ << ": " << why << "\n";
    std::_Exit(99);
  }

  std::string file_;
  Gathered* gathered_ = nullptr;
  std::mutex mutex_;
  std::set<std::string> known_;
};

ProblemRecord* the_record() {
  static const char* const file = std::getenv("SEG_PROBLEM_RECORD");
  if (file == nullptr) return nullptr;
  static ProblemRecord record(file);
  return &record;
}

// A filter or a shard leaves no record, so that nobody misses what the other tests provoke.
class WriteAtTheEnd : public ::testing::EmptyTestEventListener {
  void OnTestProgramEnd(const ::testing::UnitTest& tests) override {
    if (tests.test_to_run_count() >= tests.total_test_count() - tests.disabled_test_count()) the_record()->write();
  }
};

[[maybe_unused]] const bool is_recording = [] {
  if (the_record() == nullptr) return false;
  watch_problems([](const Problem& problem) { the_record()->add(problem); });
  ::testing::UnitTest::GetInstance()->listeners().Append(new WriteAtTheEnd);  // which owns it
  return true;
}();

}  // namespace
}  // namespace seg::testing
