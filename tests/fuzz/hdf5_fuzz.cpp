// SPDX-License-Identifier: Apache-2.0
// What a child process says of an HDF5 file, and that file: what is described is followed to the pixels. The library
// that reads the file's own description is not ours, and crashes in a process of its own.
//
// The input is the length of the answer as uint32, the answer, and the file.
#include <unistd.h>

#include "base/file.h"
#include "base/little_endian.h"
#include "formats/hdf5_description.h"
#include "formats/hdf5_library.h"
#include "formats/hdf5_values.h"
#include "tests/formats/hdf5_maker.h"
#include "tests/fuzz/target.h"

namespace seg::testing {
namespace {

const Hdf5Query& query() {
  static const Hdf5Query query{.names = {"images"}};
  return query;
}

void read_windows(const PositionedFile& file, const Hdf5Array& array) {
  const auto [count, height, width, channels] = array.shape;
  if (height * width * channels > 1 << 24) return;  // allowed, but slow
  for (const Hdf5Window& window : {Hdf5Window{count - 1, 0, 0, height, width},
                                   Hdf5Window{0, height / 2, width / 2, (height + 1) / 2, (width + 1) / 2}}) {
    Bytes pixels(static_cast<std::size_t>(window.height * window.width * channels * array.value_bytes));
    read_hdf5_window(file, array, window, pixels);
    read_all(pixels);
  }
}

// The array's pixels alone, at their new places: what a short file holds is damaged most.
std::string only_pixels(const std::string& file, Hdf5Array& array) {
  std::string pixels;
  if (!array.is_chunked()) {
    pixels = file.substr(array.at);
    array.at = 0;
  }
  for (Hdf5Chunk& chunk : array.chunks) {
    const std::string bytes = file.substr(chunk.at, chunk.bytes);
    chunk.at = pixels.size();
    pixels += bytes;
  }
  return pixels;
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("segtrain_seed_" + std::to_string(::getpid()) + ".h5");
  std::vector<std::string> seeds;
  for (int filters = 0; filters < 8; ++filters) {
    Hdf5Recipe recipe{.shape = {2, 9, 7, 3}, .is_deep = filters % 3 == 2, .is_big_endian = filters == 5};
    if (filters > 0) recipe.chunk = {1, 5, 7, 3};
    recipe.deflate = filters & 1 ? 4 : 0;
    recipe.has_shuffle = (filters & 2) != 0;
    recipe.has_check = (filters & 4) != 0;
    { Hdf5Maker(path).add("images", recipe); }
    Hdf5Description description{.refusal = {}, .holdings = describe_by_library(path, query())};
    const std::string pixels = only_pixels(as_text(read_file(path)), description.holdings[0].arrays[0]);
    const std::string answer = hdf5_description_bytes(description);
    std::string seed;
    append_number(seed, static_cast<std::uint32_t>(answer.size()));
    seeds.push_back(seed + answer + pixels);
  }
  std::filesystem::remove(path);
  return seeds;
}

void fuzz(std::string_view input) {
  if (input.size() < sizeof(std::uint32_t)) return;
  const std::size_t size = number_at<std::uint32_t>(input, 0);
  input.remove_prefix(sizeof(std::uint32_t));
  const std::string_view answer = input.substr(0, size);
  const PositionedFile file(as_file(input.substr(answer.size())));
  const auto description = read_hdf5_description(answer, {file.size(), query()});
  if (!description) return;
  for (const Hdf5Holding& holding : description->holdings)
    for (const Hdf5Array& array : holding.arrays) read_windows(file, array);
}

}  // namespace seg::testing
