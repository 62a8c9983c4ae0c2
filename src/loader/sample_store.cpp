// SPDX-License-Identifier: Apache-2.0
#include "loader/sample_store.h"

#include <cassert>

namespace seg {

void SampleStore::publish(Slot& slot, std::span<const std::byte> packed) noexcept {
  slot.packed = packed;
  slot.state.store(State::kept, std::memory_order_release);
  ++kept_;
  bytes_ += static_cast<std::int64_t>(packed.size());
}

// It lacks the distances, and there is room for it with them; without room it serves as it is.
bool SampleStore::shall_be_made_anew(std::span<const std::byte> packed) {
  const std::optional<PackedSample> sample = PackedSample::read(packed);
  if (!distances_ || !sample || sample->has_distances(*distances_)) return false;
  const std::int64_t room = largest_packed_size(sample->layout(), /*has_distances=*/true);
  if (!take_room(room)) return false;
  give_room_back(room);
  return true;
}

std::optional<PackedSample> SampleStore::find(std::size_t index) {
  Slot& slot = slots_.at(index);
  const State state = slot.state.load(std::memory_order_acquire);
  if (state == State::kept) return PackedSample::read(slot.packed);
  if (state != State::unknown) return std::nullopt;
  // Claimed while it is looked up, so that one thread writes the slot.
  State expected = State::unknown;
  if (!slot.state.compare_exchange_strong(expected, State::claimed)) return std::nullopt;
  std::span<const std::byte> packed;
  try {
    packed = look_up(index);
  } catch (...) {
    slot.state.store(State::unknown, std::memory_order_release);
    throw;
  }
  if (packed.empty() || shall_be_made_anew(packed)) {
    slot.state.store(State::missing, std::memory_order_release);
    return std::nullopt;
  }
  publish(slot, packed);
  return PackedSample::read(packed);
}

bool SampleStore::claim(std::size_t index, const ImageLayout& layout) {
  Slot& slot = slots_.at(index);
  State expected = State::missing;
  if (!slot.state.compare_exchange_strong(expected, State::claimed)) return false;
  slot.room = largest_packed_size(layout, distances_.has_value());
  if (take_room(slot.room)) return true;
  slot.room = 0;
  slot.state.store(State::missing, std::memory_order_release);
  return false;
}

void SampleStore::keep(std::size_t index, const SamplePacker& packed) {
  Slot& slot = slots_.at(index);
  assert(slot.state == State::claimed && static_cast<std::int64_t>(packed.size()) <= slot.room);
  std::span<const std::byte> copy;
  try {
    copy = store(index, packed);
  } catch (...) {
    give_up(index);
    throw;
  }
  if (copy.empty()) return give_up(index);
  give_room_back(slot.room - static_cast<std::int64_t>(copy.size()));
  publish(slot, copy);
}

void SampleStore::drop(std::size_t index) noexcept {
  Slot& slot = slots_[index];
  State expected = State::kept;
  if (!slot.state.compare_exchange_strong(expected, State::left_out)) return;
  --kept_;
  bytes_ -= static_cast<std::int64_t>(slot.packed.size());
  dropped(index);
}

void SampleStore::give_up(std::size_t index) noexcept {
  Slot& slot = slots_[index];
  if (slot.room > 0) give_room_back(slot.room);
  slot.room = 0;
  slot.state.store(State::left_out, std::memory_order_release);
}

SampleStore::Content SampleStore::content() const noexcept { return {.kept = kept_, .bytes = bytes_}; }

}  // namespace seg
