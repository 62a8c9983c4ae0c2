// SPDX-License-Identifier: Apache-2.0
// Where long-lived host buffers come from: plain memory, or pinned memory when the engine supplies it.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace seg {

// Owned, aligned to 64 bytes, not initialised.
class Buffer {
 public:
  using Deleter = std::function<void(std::byte*)>;
  Buffer() = default;
  Buffer(std::byte* data, std::size_t size, Deleter deleter) : data_(data, std::move(deleter)), size_(size) {}
  std::span<std::byte> bytes() const noexcept { return {data_.get(), size_}; }

 private:
  std::unique_ptr<std::byte, Deleter> data_;
  std::size_t size_ = 0;
};

// Thread-safe.
class BufferSource {
 public:
  virtual ~BufferSource() = default;
  virtual Buffer allocate(std::size_t size) = 0;
};
BufferSource& host_memory();

}  // namespace seg
