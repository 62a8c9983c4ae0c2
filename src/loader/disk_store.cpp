// SPDX-License-Identifier: Apache-2.0
#include "loader/disk_store.h"

namespace seg {

std::span<const std::byte> DiskStore::look_up(std::size_t index) {
  keys_[index] = key_of_sample(dataset_, index);
  return keys_[index] ? file_.find(*keys_[index]) : std::span<const std::byte>();
}

std::span<const std::byte> DiskStore::store(std::size_t index, const SamplePacker& packed) {
  return keys_[index] ? file_.add(*keys_[index], packed) : std::span<const std::byte>();
}

void DiskStore::dropped(std::size_t index) noexcept {
  if (keys_[index]) file_.drop(*keys_[index]);
}

}  // namespace seg
