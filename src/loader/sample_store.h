// SPDX-License-Identifier: Apache-2.0
// The samples of one split of a data set that a cache keeps, by their numbers, packed (packed_sample.h).
//
// Each sample is kept once, by the thread that claims it; others that want it meanwhile read its files, so nobody waits
// and no lock is held while anything is decoded. Whoever asks first has the room: a sample for which there is none now
// is read from its files, and asks again when it is used next, as room that was taken for others may have come back.
// What is kept stays as long as the store. Thread-safe. A kind of store says where things are kept.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "image/image.h"
#include "loader/packed_sample.h"

namespace seg {

class SampleStore {
 public:
  // With a label, samples are kept with the distances of their labels' pixels, of which that one is ignored; of those
  // that were kept without, new ones are made where there is room.
  explicit SampleStore(std::size_t size, std::optional<std::uint8_t> distances = {})
      : distances_(distances), slots_(size) {}
  virtual ~SampleStore() = default;
  SampleStore(const SampleStore&) = delete;
  SampleStore& operator=(const SampleStore&) = delete;

  // The label that kept distances ignore; nothing if none are kept.
  std::optional<std::uint8_t> distances() const noexcept { return distances_; }

  std::optional<PackedSample> find(std::size_t index);

  // Whether the caller, and nobody else, is to pack this sample; it then calls keep() or give_up(). No as long as there
  // is no room for it.
  bool claim(std::size_t index, const ImageLayout& layout);
  void keep(std::size_t index, const SamplePacker& packed);
  // Of what is kept, if it turns out to be damaged: its files are read from now on. Others may be reading it still.
  void drop(std::size_t index) noexcept;
  void give_up(std::size_t index) noexcept;  // its files are read from now on

  struct Content {
    std::int64_t kept = 0;   // samples
    std::int64_t bytes = 0;  // of those
  };
  Content content() const noexcept;

 protected:
  // What was kept before; called until something else is known of the sample, maybe by several threads at once.
  virtual std::span<const std::byte> look_up(std::size_t /*index*/) { return {}; }
  // At most so many bytes will be kept, or given back.
  virtual bool take_room(std::int64_t bytes) = 0;
  virtual void give_room_back(std::int64_t bytes) noexcept = 0;
  // Where the copy lies, aligned to kPackedAlignment; nothing if it could not be made.
  virtual std::span<const std::byte> store(std::size_t index, const SamplePacker& packed) = 0;
  virtual void dropped(std::size_t /*index*/) noexcept {}

 private:
  enum class State : std::uint8_t { unknown, missing, claimed, kept, left_out };
  struct Slot {
    std::atomic<State> state = State::unknown;
    std::span<const std::byte> packed;  // written before the state becomes `kept`
    std::int64_t room = 0;              // taken by who claimed it
  };
  void publish(Slot& slot, std::span<const std::byte> packed) noexcept;
  bool shall_be_made_anew(std::span<const std::byte> packed);

  const std::optional<std::uint8_t> distances_;
  std::vector<Slot> slots_;
  std::atomic<std::int64_t> kept_ = 0, bytes_ = 0;
};

}  // namespace seg
