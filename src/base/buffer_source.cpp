// SPDX-License-Identifier: Apache-2.0
#include "base/buffer_source.h"

#include <new>

namespace seg {
namespace {

constexpr std::align_val_t kAlignment{64};

class HostMemory final : public BufferSource {
 public:
  Buffer allocate(std::size_t size) override {
    auto* data = static_cast<std::byte*>(::operator new(size, kAlignment));
    return {data, size, [](std::byte* memory) { ::operator delete(memory, kAlignment); }};
  }
};

}  // namespace

BufferSource& host_memory() {
  static HostMemory source;
  return source;
}

}  // namespace seg
