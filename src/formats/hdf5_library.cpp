// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_library.h"

#include <hdf5.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "base/counted.h"
#include "base/error.h"
#include "formats/hdf5_driver.h"
#include "formats/hdf5_id.h"

namespace seg {
namespace {

// Whether a call of the library failed for want of memory: it tells of that as of any damage, in one of many words, but
// leaves the system's.
bool ran_out_of_memory = false;

herr_t note_failure(hid_t /*stack*/, void* /*unused*/) {
  if (errno == ENOMEM) ran_out_of_memory = true;
  return 0;
}

herr_t add_name(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

constexpr const char* kShapes = "write images as [N,H,W,C] or [N,H,W] and labels as [N,H,W], of uint8 or uint16";

// One array, being described.
class ArrayReader {
 public:
  struct File {
    std::string where;
    std::uint64_t bytes;
    hid_t file;
  };
  struct What {
    const std::string& name;
    bool has_many, has_places;
  };
  ArrayReader(File file, const What& what)
      : file_(std::move(file)), data_(H5Dopen2(file_.file, what.name.c_str(), H5P_DEFAULT), H5Dclose), what_(what) {
    array_.name = what.name;
  }

  Hdf5Array run() {
    if (!data_.is_good()) refuse("is no array that can be read", "h5ls FILE shows what there is");
    read_type();
    read_shape();
    if (!what_.has_places) return std::move(array_);
    const Hdf5Id creation(H5Dget_create_plist(data_.get()), H5Pclose);
    if (!creation.is_good()) refuse_damaged();
    switch (H5Pget_layout(creation.get())) {
      case H5D_CONTIGUOUS: read_place(creation.get()); break;
      case H5D_CHUNKED: read_chunks(creation.get()); break;
      default: refuse_elsewhere();
    }
    return std::move(array_);
  }

 private:
  [[noreturn]] void refuse(std::string what, std::string remedy) const {
    fail(file_.where, "array " + array_.name + " " + std::move(what), std::move(remedy));
  }
  [[noreturn]] void refuse_elsewhere() const {
    refuse("is stored within another object or another file, which this version does not read",
           "h5repack -l CONTI IN OUT writes it as one piece");
  }
  [[noreturn]] void refuse_damaged() const { refuse("is damaged", "copy or write the file again"); }

  void read_type() {
    const Hdf5Id type(H5Dget_type(data_.get()), H5Tclose);
    if (!type.is_good()) refuse_damaged();
    const std::size_t bytes = H5Tget_size(type.get());
    const bool is_whole = H5Tget_class(type.get()) == H5T_INTEGER && H5Tget_sign(type.get()) == H5T_SGN_NONE &&
                          H5Tget_precision(type.get()) == 8 * bytes;
    if (!is_whole || (bytes != 1 && bytes != 2))
      refuse("does not hold whole numbers of 8 or 16 bits without sign",
             "convert it with NumPy's astype(\"uint8\"), or scale images to astype(\"uint16\"), and write it again");
    array_.value_bytes = static_cast<int>(bytes);
    array_.is_big_endian = bytes == 2 && H5Tget_order(type.get()) == H5T_ORDER_BE;
  }

  void read_shape() {
    const Hdf5Id space(H5Dget_space(data_.get()), H5Sclose);
    const int first = what_.has_many ? 0 : 1;
    rank_ = space.is_good() ? H5Sget_simple_extent_ndims(space.get()) : -1;
    std::array<hsize_t, 4> sides{};
    if (rank_ != 3 - first && rank_ != 4 - first) refuse("has " + counted(std::max(0, rank_), "dimension"), kShapes);
    H5Sget_simple_extent_dims(space.get(), sides.data(), nullptr);
    array_.shape = padded(sides);
    for (const std::int64_t side : array_.shape)
      if (side < 1 || side > kLargestHdf5Side) refuse("has an empty or an endless side", kShapes);
    if (array_.shape[3] > kMostHdf5Channels)
      refuse("has " + std::to_string(array_.shape[3]) + " channels: is it [N,C,H,W]?",
             "np.moveaxis(images, 1, -1) puts channels last");
    if (array_.shape[1] * array_.shape[2] > kMostHdf5Pixels)
      refuse("has images of more than " + std::to_string(kMostHdf5Pixels >> 20) + " million pixels",
             "cut them into smaller ones");
  }

  Hdf5Shape padded(const std::array<hsize_t, 4>& sides) const {
    Hdf5Shape shape{1, 1, 1, 1};
    for (int i = 0; i < rank_; ++i)
      shape[static_cast<std::size_t>(i + (what_.has_many ? 0 : 1))] =
          static_cast<std::int64_t>(std::min<hsize_t>(sides[static_cast<std::size_t>(i)], kLargestHdf5Side + 1));
    return shape;
  }

  void require_within_file(std::uint64_t at, std::uint64_t bytes) const {
    if (at > file_.bytes || bytes > file_.bytes - at)
      refuse("lies beyond the end of the file: it was cut short", "copy or write the file again");
  }

  void read_place(hid_t creation) {
    if (H5Pget_external_count(creation) != 0) refuse_elsewhere();
    const haddr_t at = H5Dget_offset(data_.get());
    if (at == HADDR_UNDEF) refuse("was never written", "write all of it, then close the file");
    array_.at = at;
    const double images = static_cast<double>(array_.shape[0]),
                 pixels = static_cast<double>(array_.shape[1]) * static_cast<double>(array_.shape[2]);
    const double bytes = images * pixels * static_cast<double>(array_.shape[3]) * array_.value_bytes;
    require_within_file(at, static_cast<std::uint64_t>(std::min(bytes, 9e18)));
  }

  void read_chunks(hid_t creation) {
    std::array<hsize_t, 4> sides{};
    if (H5Pget_chunk(creation, rank_, sides.data()) != rank_) refuse_damaged();
    array_.chunk_shape = padded(sides);
    std::int64_t values = 1;
    for (const std::int64_t side : array_.chunk_shape) {
      if (side < 1) refuse_damaged();
      values = side > kLargestHdf5Chunk ? kLargestHdf5Chunk + 1 : std::min(values * side, kLargestHdf5Chunk + 1);
    }
    if (values * array_.value_bytes > kLargestHdf5Chunk)
      refuse("has chunks of more than " + std::to_string(kLargestHdf5Chunk >> 20) + " MiB",
             "write it with chunks=(1, H, W, C), an image each");
    read_filters(creation);
    find_chunks();
  }

  void read_filters(hid_t creation) {
    const int count = H5Pget_nfilters(creation);
    if (count > static_cast<int>(kMostHdf5Filters)) refuse_damaged();
    for (int i = 0; i < count; ++i) {
      unsigned flags = 0;
      std::size_t num_values = 0;
      std::array<char, 64> name{};
      const H5Z_filter_t filter = H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &num_values, nullptr,
                                                 name.size() - 1, name.data(), nullptr);
      switch (filter) {
        case H5Z_FILTER_DEFLATE:
          if (std::ranges::count(array_.filters, Hdf5Filter::deflate) > 0)
            refuse("went through gzip twice, which this version does not undo", "write it with gzip once");
          array_.filters.push_back(Hdf5Filter::deflate);
          break;
        case H5Z_FILTER_SHUFFLE: array_.filters.push_back(Hdf5Filter::shuffle); break;
        case H5Z_FILTER_FLETCHER32: array_.filters.push_back(Hdf5Filter::fletcher32); break;
        default:
          refuse("went through the filter " + std::to_string(filter) + " (" +
                     (name[0] != 0 ? name.data() : "nameless") + "), which this version does not undo",
                 "h5repack -f GZIP=4 IN OUT, or write it with compression=\"gzip\"");
      }
    }
  }

  void find_chunks() {
    Hdf5Shape counts{};
    std::int64_t total = 1;
    for (std::size_t i = 0; i < 4; ++i) {
      counts[i] = (array_.shape[i] + array_.chunk_shape[i] - 1) / array_.chunk_shape[i];
      total = std::min(kMostHdf5Chunks + 1, counts[i] > kMostHdf5Chunks ? kMostHdf5Chunks + 1 : total * counts[i]);
    }
    if (total > kMostHdf5Chunks)
      refuse("has more than " + std::to_string(kMostHdf5Chunks >> 20) + " million chunks",
             "write it with chunks=(1, H, W, C), an image each");
    array_.chunks.reserve(static_cast<std::size_t>(std::min(total, static_cast<std::int64_t>(file_.bytes))));
    for (std::int64_t number = 0; number < total; ++number) array_.chunks.push_back(find_chunk(number, counts));
  }

  Hdf5Chunk find_chunk(std::int64_t number, const Hdf5Shape& counts) const {
    std::array<hsize_t, 4> corner{};  // in the library's dimensions
    for (int side = 3; side >= 0; --side) {
      const auto i = static_cast<std::size_t>(side);
      const std::int64_t place = number % counts[i];
      number /= counts[i];
      const int dimension = side - (what_.has_many ? 0 : 1);
      if (dimension >= 0 && dimension < rank_)
        corner[static_cast<std::size_t>(dimension)] = static_cast<hsize_t>(place * array_.chunk_shape[i]);
    }
    const std::optional<Hdf5Driver::Place> place = Hdf5Driver::place_of_chunk(data_.get(), corner.data());
    if (!place) refuse_damaged();
    if (place->bytes == 0) refuse("was never written", "write all of it, then close the file");
    require_within_file(place->at, place->bytes);
    return {
        .at = place->at, .bytes = static_cast<std::uint32_t>(place->bytes), .skipped_filters = place->skipped_filters};
  }

  File file_;
  Hdf5Id data_;
  What what_;
  int rank_ = 0;
  Hdf5Array array_;
};

class FileReader {
 public:
  FileReader(const std::filesystem::path& path, std::uint64_t file_size)
      : where_(path.string()), file_size_(file_size), driver_(quiet(path)), file_(driver_.open(), H5Fclose) {
    if (!file_.is_good())
      fail(where_, "is no HDF5 file that can be opened: another kind, damaged, or still being written",
           "h5ls FILE tells whether it is whole; write it again");
    const Hdf5Id creation(H5Fget_create_plist(file_.get()), H5Pclose);
    hsize_t user_block = 0;
    H5Pget_userblock(creation.get(), &user_block);
    if (user_block != 0)
      fail(where_, "an HDF5 file with a block of its writer's own at its start (MATLAB?), which is not read",
           "h5repack IN OUT, or write it with h5py");
  }

  Hdf5Holding holding(const std::string& name, const Hdf5Query& query) const {
    Hdf5Holding holding{.is_group = is_group(name), .members = {}, .arrays = {}};
    if (!holding.is_group) {
      holding.arrays.push_back(array({name, true, query.has_places}));
      return holding;
    }
    holding.members = members(name);
    if (holding.members.size() > query.most_members) holding.members.resize(query.most_members);
    for (const std::string& member : holding.members) {
      // Appended one by one: g++ 12 warns falsely of overlaps in sums of texts.
      std::string path = name;
      path += '/';
      path += member;
      holding.arrays.push_back(array({path, false, query.has_places}));
    }
    return holding;
  }

 private:
  static const std::filesystem::path& quiet(const std::filesystem::path& path) {
    H5dont_atexit();                                   // nothing is left to do, and on a damaged file it may crash
    H5Eset_auto2(H5E_DEFAULT, note_failure, nullptr);  // it would print
    H5PLset_loading_state(0);                          // and load filters from wherever its environment says
    ran_out_of_memory = false;
    errno = 0;
    return path;
  }

  bool is_group(const std::string& name) const {
    const Hdf5Id object(H5Oopen(file_.get(), name.c_str(), H5P_DEFAULT), H5Oclose);
    if (!object.is_good() && H5Lexists(file_.get(), name.c_str(), H5P_DEFAULT) > 0)
      fail(where_,
           "holds " + name + ", but it cannot be opened: damaged, a link that leads nowhere, or of a newer format",
           "write it with h5py.File(…, libver=(\"earliest\", \"v110\")), or copy the file again");
    if (!object.is_good())
      fail(where_, "holds nothing called " + name,
           "hdf5_images and hdf5_labels name what holds them (docs/hdf5.md); h5ls FILE shows what there is");
    return H5Iget_type(object.get()) == H5I_GROUP;
  }

  std::vector<std::string> members(const std::string& group) const {
    std::vector<std::string> names;
    const Hdf5Id object(H5Gopen2(file_.get(), group.c_str(), H5P_DEFAULT), H5Gclose);
    if (!object.is_good() || H5Literate(object.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add_name, &names) < 0)
      fail(where_, "group " + group + " is damaged", "copy or write the file again");
    std::ranges::sort(names);
    return names;
  }

  Hdf5Array array(const ArrayReader::What& what) const {
    return ArrayReader({.where = where_, .bytes = file_size_, .file = file_.get()}, what).run();
  }

  std::string where_;
  std::uint64_t file_size_;
  Hdf5Driver driver_;
  Hdf5Id file_;
};

}  // namespace

std::vector<Hdf5Holding> describe_by_library(const std::filesystem::path& path, const Hdf5Query& query) {
  try {
    const FileReader file(path, std::filesystem::file_size(path));
    std::vector<Hdf5Holding> holdings;
    for (const std::string& name : query.names) holdings.push_back(file.holding(name, query));
    return holdings;
  } catch (const UserError&) {
    if (ran_out_of_memory) throw std::bad_alloc();
    throw;
  }
}

}  // namespace seg
