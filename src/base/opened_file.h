// SPDX-License-Identifier: Apache-2.0
// A file opened for reading, and what its failures are called. What a user may name instead of a file (a folder, a
// device, a pipe, a socket) is refused here, before anything waits for it or reads without end: /dev/zero has no end,
// and a pipe without a writer no beginning.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

namespace seg {

// A file descriptor that is closed on every way out.
class Descriptor {
 public:
  explicit Descriptor(int value) noexcept : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor();
  int get() const noexcept { return value_; }
  int release() noexcept { return std::exchange(value_, -1); }

 private:
  int value_;
};

std::string remedy_for(int error);  // an errno of a file

enum class Pipes { refused, taken };
Descriptor open_for_reading(const std::string& path, Pipes pipes = Pipes::refused);
std::size_t size_of(const Descriptor& file, const std::string& path);  // of a pipe: 0

// Reads what there is, at most `count` bytes: less only at the end.
std::size_t read_fully(const Descriptor& file, const std::string& path, void* place, std::size_t count);

}  // namespace seg
