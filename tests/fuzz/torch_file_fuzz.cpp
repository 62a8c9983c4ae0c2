// SPDX-License-Identifier: Apache-2.0
#include "formats/torch_file.h"

#include <unistd.h>

#include "formats/torch_writer.h"
#include "tests/formats/torch_maker.h"
#include "tests/fuzz/target.h"

namespace seg::testing {

// Beside its tensor a number of NumPy and a command line, as training scripts leave them.
std::string pickle_with_objects(const MadeTensor& tensor) {
  TorchPickle p;
  PickleWriter& writer = p.begin_dict().key("best").writer;
  writer.global("numpy.core.multiarray", "scalar");
  writer.global("numpy", "dtype");
  writer.text("f8");
  for (const PickleCode code : {PickleCode::no, PickleCode::yes, PickleCode::tuple3, PickleCode::reduce})
    writer.add(code);
  writer.global("_codecs", "encode");
  writer.text("01234567");
  writer.text("latin1");
  for (const PickleCode code : {PickleCode::tuple2, PickleCode::reduce, PickleCode::tuple2, PickleCode::reduce})
    writer.add(code);
  p.key("args").writer.global("argparse", "Namespace");
  writer.add(PickleCode::empty_tuple);
  writer.add(PickleCode::new_object);
  p.begin_dict().key("lr").number(1).end_dict().writer.add(PickleCode::build);
  return p.key("state_dict").begin_dict().key("a.weight").tensor(tensor).end_dict().end_dict().finish();
}

std::vector<std::string> fuzz_seeds() {
  const std::string bytes(24, '\1');
  const std::vector<TensorEntry> entries = {
      {.name = "a.weight", .type = TensorType::f32, .shape = {2, 3}, .data = as_bytes(bytes)},
      {.name = "b", .type = TensorType::u8, .shape = {}, .data = as_bytes(bytes).first(1)}};
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("segtrain-fuzz-seed-" + std::to_string(::getpid()));
  write_torch_file(path, entries, {{"key", "text"}});
  const std::string written = read_text(path);
  std::filesystem::remove(path);
  const MadeTensor whole{.count = 6, .shape = {2, 3}, .strides = {3, 1}};
  const auto pickled = [](const MadeTensor& tensor, bool is_stream) {
    return TorchPickle(is_stream).begin_dict().key("a.weight").tensor(tensor).end_dict().finish();
  };
  const std::string numbers = floats({1, 2, 3, 4, 5, 6});
  std::vector<std::string> seeds = {written,
                                    MadeStream{.pickle = pickled(whole, true), .storages = {{"0", numbers}}}.bytes(),
                                    zip_form(pickle_with_objects(whole), {{"0", numbers}})};
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  for (const MadeTensor& tensor : {MadeTensor{.count = 6, .shape = {kHuge, 4}, .strides = {0, 0}},
                                   MadeTensor{.count = 6, .shape = {1 << 28}, .strides = {0}},
                                   MadeTensor{.count = kHuge, .shape = {2, 3}, .strides = {3, 1}},
                                   MadeTensor{.count = 6, .offset = kHuge, .shape = {2, 3}, .strides = {3, 1}},
                                   MadeTensor{.count = 6, .shape = {-1}, .strides = {-1}},
                                   MadeTensor{.count = 6, .shape = {2, 3}, .strides = {1, 2}}}) {
    seeds.push_back(zip_form(pickled(tensor, false), {{"0", numbers}}));
    seeds.push_back(MadeStream{.pickle = pickled(tensor, true), .storages = {{"0", numbers}}}.bytes());
  }
  return seeds;
}

void fuzz(std::string_view input) {
  const TorchFile file(as_bytes(input), "fuzz");
  for (const TensorEntry& tensor : file.tensors()) read_all(tensor.data);
}

}  // namespace seg::testing
