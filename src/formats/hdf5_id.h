// SPDX-License-Identifier: Apache-2.0
// An identifier of the HDF5 library, given back by the function that belongs to its kind. Belongs to one thread.
// Who wrote through it asks close() whether all arrived; the destructor does not say.
#pragma once
#include <hdf5.h>

#include <utility>

namespace seg {

class Hdf5Id {
 public:
  Hdf5Id(hid_t id, herr_t (*give_back)(hid_t)) : id_(id), give_back_(give_back) {}
  ~Hdf5Id() { close(); }
  Hdf5Id(const Hdf5Id&) = delete;
  Hdf5Id& operator=(const Hdf5Id&) = delete;
  bool is_good() const noexcept { return id_ >= 0; }
  hid_t get() const noexcept { return id_; }
  bool close() { return id_ < 0 || give_back_(std::exchange(id_, -1)) >= 0; }

 private:
  hid_t id_;
  herr_t (*give_back_)(hid_t);
};

}  // namespace seg
