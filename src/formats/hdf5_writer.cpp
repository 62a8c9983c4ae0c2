// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_writer.h"

#include <fcntl.h>
#include <hdf5.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <deque>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/opened_file.h"
#include "formats/hdf5_id.h"

namespace seg {
namespace {

constexpr unsigned kDeflateLevel = 1;              // of labels, which shrink to a fortieth at any level
constexpr hsize_t kChunkBytes = hsize_t{1} << 20;  // a crop unpacks whole chunks; each costs its entry in an index

// What the library says of its last failure, and the system's error if there was one. As it fails: what is closed on
// the way out wipes both away. For the one thread that writes.
struct Failure {
  int error = 0;
  std::string text;
};
Failure last_failure;

herr_t take_first(unsigned depth, const H5E_error2_t* failure, void* text) {
  if (depth == 0 && failure->desc != nullptr) *static_cast<std::string*>(text) = failure->desc;
  return 0;
}

herr_t note_failure(hid_t stack, void* /*unused*/) {
  last_failure = {.error = errno, .text = {}};
  H5Ewalk2(stack, H5E_WALK_UPWARD, take_first, &last_failure.text);  // what was wrong first comes first
  return 0;
}

void forget_failures() {
  errno = 0;
  last_failure = {};
}

struct Array {
  Array(hid_t id, Hdf5NewArray array) : data(id, H5Dclose), form(std::move(array)) {}
  Hdf5Id data;
  Hdf5NewArray form;
};

hid_t memory_type(int value_bytes) { return value_bytes == 1 ? H5T_NATIVE_UINT8 : H5T_NATIVE_UINT16; }
hid_t file_type(int value_bytes) { return value_bytes == 1 ? H5T_STD_U8LE : H5T_STD_U16LE; }

// The sides that the array has in the file: no channel if there is one, no image number in a group.
std::vector<hsize_t> sides_of(const Hdf5NewArray& array, const Hdf5Shape& shape) {
  std::vector<hsize_t> sides;
  if (array.is_stacked) sides.push_back(static_cast<hsize_t>(shape[0]));
  sides.push_back(static_cast<hsize_t>(shape[1]));
  sides.push_back(static_cast<hsize_t>(shape[2]));
  if (array.shape[3] > 1) sides.push_back(static_cast<hsize_t>(shape[3]));
  return sides;
}

// Whole rows of one image.
Hdf5Shape chunk_of(const Hdf5NewArray& array) {
  const auto row = static_cast<hsize_t>(array.shape[2] * array.shape[3] * array.value_bytes);
  const auto rows = static_cast<std::int64_t>(std::max<hsize_t>(1, kChunkBytes / row));
  return {1, std::min(array.shape[1], rows), array.shape[2], array.shape[3]};
}

}  // namespace

struct Hdf5Writer::State {
  explicit State(const std::filesystem::path& destination) : path(destination), file(destination) {}

  std::filesystem::path path;
  AtomicFile file;
  std::unique_ptr<Hdf5Id> handle;
  std::deque<Array> arrays;

  [[noreturn]] void refuse() const {
    if (last_failure.error == 0)
      fail(path.string(), "cannot be written as HDF5; the library says: " + last_failure.text,
           "another place for it; if the library says the same again, other names or sizes");
    refuse_by(last_failure.error);
  }
  [[noreturn]] void refuse_by(int error) const {
    fail(path.string(), "cannot be written as HDF5: " + std::generic_category().message(error), remedy_for(error));
  }

  hid_t create(const Hdf5NewArray& array) const {
    const std::vector<hsize_t> sides = sides_of(array, array.shape);
    const Hdf5Id space(H5Screate_simple(static_cast<int>(sides.size()), sides.data(), nullptr), H5Sclose);
    const Hdf5Id links(H5Pcreate(H5P_LINK_CREATE), H5Pclose), creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links.get(), 1);
    H5Pset_obj_track_times(creation.get(), false);  // equal pixels, equal files
    H5Pset_fill_time(creation.get(), H5D_FILL_TIME_NEVER);
    if (array.is_compressed) {
      const std::vector<hsize_t> chunk = sides_of(array, chunk_of(array));
      H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data());
      if (array.value_bytes > 1) H5Pset_shuffle(creation.get());
      H5Pset_deflate(creation.get(), kDeflateLevel);
    } else {
      H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_EARLY);
    }
    return H5Dcreate2(handle->get(), array.name.c_str(), file_type(array.value_bytes), space.get(), links.get(),
                      creation.get(), H5P_DEFAULT);
  }
};

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path) {
  H5dont_atexit();                                   // what could not be written is told by commit()
  H5Eset_auto2(H5E_DEFAULT, note_failure, nullptr);  // instead of printing it
  state_ = std::make_unique<State>(path);
  forget_failures();
  state_->handle = std::make_unique<Hdf5Id>(
      H5Fcreate(state_->file.temporary().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  if (!state_->handle->is_good()) state_->refuse();
}

Hdf5Writer::~Hdf5Writer() = default;

std::size_t Hdf5Writer::add(const Hdf5NewArray& array) {
  forget_failures();
  state_->arrays.emplace_back(state_->create(array), array);
  if (!state_->arrays.back().data.is_good()) state_->refuse();
  return state_->arrays.size() - 1;
}

void Hdf5Writer::write(std::size_t array, std::int64_t image, std::span<const std::byte> pixels) {
  const Hdf5Id& data = state_->arrays[array].data;
  const Hdf5NewArray& form = state_->arrays[array].form;
  const auto [count, height, width, channels] = form.shape;
  assert(form.is_stacked && image >= 0 && image < count);
  assert(pixels.size() == static_cast<std::size_t>(height * width * channels * form.value_bytes));
  const std::vector<hsize_t> part = sides_of(form, {1, height, width, channels});
  std::vector<hsize_t> start(part.size(), 0);
  start[0] = static_cast<hsize_t>(image);
  const Hdf5Id in_memory(H5Screate_simple(static_cast<int>(part.size()), part.data(), nullptr), H5Sclose);
  const Hdf5Id in_file(H5Dget_space(data.get()), H5Sclose);
  H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, start.data(), nullptr, part.data(), nullptr);
  forget_failures();
  if (H5Dwrite(data.get(), memory_type(form.value_bytes), in_memory.get(), in_file.get(), H5P_DEFAULT, pixels.data()) <
      0)
    state_->refuse();
}

void Hdf5Writer::add_image(const Hdf5NewArray& array, std::span<const std::byte> pixels) {
  forget_failures();
  Hdf5Id data(state_->create(array), H5Dclose);
  if (!data.is_good() ||
      H5Dwrite(data.get(), memory_type(array.value_bytes), H5S_ALL, H5S_ALL, H5P_DEFAULT, pixels.data()) < 0 ||
      !data.close())
    state_->refuse();
}

void Hdf5Writer::finish() {
  if (!state_->handle) return;
  forget_failures();
  bool is_whole = H5Fflush(state_->handle->get(), H5F_SCOPE_LOCAL) >= 0;
  for (Array& array : state_->arrays) is_whole = is_whole && array.data.close();
  is_whole = is_whole && state_->handle->close();
  if (!is_whole) state_->refuse();
  state_->arrays.clear();
  state_->handle.reset();
  // Now, so that little can go wrong between the first and the last of several files that are committed.
  const Descriptor written(::open(state_->file.temporary().c_str(), O_RDONLY | O_CLOEXEC));
  if (written.get() < 0 || ::fsync(written.get()) != 0) state_->refuse_by(errno);
}

void Hdf5Writer::commit() {
  finish();
  state_->file.commit();
}

}  // namespace seg
