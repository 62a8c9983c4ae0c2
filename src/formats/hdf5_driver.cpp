// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_driver.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <memory>
#include <vector>

#include "formats/hdf5.h"

namespace seg {
namespace {

// What the library's functions without a place for our data are about.
std::string the_path;                                  // the one file that may be opened
Hdf5Driver::Place* noted = nullptr;                    // where the next reading of pixels is noted instead
constexpr std::uint64_t kSeveral = ~std::uint64_t{0};  // noted as bytes of more than one reading

struct OpenFile {
  H5FD_t of_library{};  // first: the library sees no more than this
  int descriptor = -1;
  haddr_t end = 0, end_of_addresses = 0;
};

OpenFile& ours(H5FD_t* file) { return *reinterpret_cast<OpenFile*>(file); }
const OpenFile& ours(const H5FD_t* file) { return *reinterpret_cast<const OpenFile*>(file); }

H5FD_t* open_file(const char* name, unsigned /*flags*/, hid_t /*access*/, haddr_t /*most*/) {
  if (the_path != name) return nullptr;  // a link to another file
  auto file = std::make_unique<OpenFile>();
  file->descriptor = ::open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status {};
  if (file->descriptor < 0) return nullptr;
  if (::fstat(file->descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(file->descriptor);
    return nullptr;
  }
  file->end = static_cast<haddr_t>(status.st_size);
  return &file.release()->of_library;
}

herr_t close_file(H5FD_t* file) {
  const std::unique_ptr<OpenFile> owned(&ours(file));
  return ::close(owned->descriptor) == 0 ? 0 : -1;
}

haddr_t end_of_addresses(const H5FD_t* file, H5FD_mem_t) { return ours(file).end_of_addresses; }
herr_t set_end_of_addresses(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  ours(file).end_of_addresses = address;
  return 0;
}
haddr_t end_of_file(const H5FD_t* file, H5FD_mem_t) { return ours(file).end; }

herr_t read_file(H5FD_t* file, H5FD_mem_t type, hid_t, haddr_t at, std::size_t size, void* to) {
  const OpenFile& from = ours(file);
  if (type == H5FD_MEM_DRAW && noted != nullptr) {
    noted->bytes = noted->bytes == 0 ? size : kSeveral;
    noted->at = at;
    return 0;
  }
  if (at > from.end || size > from.end - at) return -1;
  for (std::size_t done = 0; done < size;) {
    const ssize_t count =
        ::pread(from.descriptor, static_cast<char*>(to) + done, size - done, static_cast<off_t>(at + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return -1;
    done += static_cast<std::size_t>(count);
  }
  return 0;
}
herr_t write_file(H5FD_t*, H5FD_mem_t, hid_t, haddr_t, std::size_t, const void*) { return -1; }

const H5FD_class_t& driver_class() {
  static const H5FD_class_t made = [] {
    H5FD_class_t driver{};
    driver.name = "segtrain";
    driver.maxaddr = static_cast<haddr_t>(std::numeric_limits<std::int64_t>::max());
    driver.fc_degree = H5F_CLOSE_WEAK;
    driver.open = open_file;
    driver.close = close_file;
    driver.get_eoa = end_of_addresses;
    driver.set_eoa = set_end_of_addresses;
    driver.get_eof = end_of_file;
    driver.read = read_file;
    driver.write = write_file;
    for (H5FD_mem_t& list : driver.fl_map) list = H5FD_MEM_DEFAULT;
    return driver;
  }();
  return made;
}

}  // namespace

Hdf5Driver::Hdf5Driver(const std::filesystem::path& path)
    : path_(path.string()), driver_(H5FDregister(&driver_class()), H5FDunregister) {
  the_path = path_;
}

Hdf5Driver::~Hdf5Driver() { the_path.clear(); }

hid_t Hdf5Driver::open() const {
  const Hdf5Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  if (H5Pset_driver(access.get(), driver_.get(), nullptr) < 0) return -1;
  return H5Fopen(path_.c_str(), H5F_ACC_RDONLY, access.get());
}

std::optional<Hdf5Driver::Place> Hdf5Driver::place_of_chunk(hid_t array, const hsize_t* corner) {
  hsize_t bytes = 0;
  if (H5Dget_chunk_storage_size(array, corner, &bytes) < 0) return std::nullopt;
  Place place;
  if (bytes == 0) return place;
  if (bytes > 2 * static_cast<hsize_t>(kLargestHdf5Chunk)) return std::nullopt;
  static std::vector<std::byte> memory;  // for what the driver does not read; should it ever, there is room
  if (memory.size() < bytes) memory.resize(bytes);
  noted = &place;
  const herr_t result = H5Dread_chunk(array, H5P_DEFAULT, corner, &place.skipped_filters, memory.data());
  noted = nullptr;
  if (result < 0 || place.bytes != bytes) return std::nullopt;
  return place;
}

}  // namespace seg
