// SPDX-License-Identifier: Apache-2.0
// PyTorch's files by hand, right ones and wrong ones: pickles of tensors in the ZIP form and in the older stream.
#pragma once
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "formats/pickle_writer.h"
#include "tests/formats/zip_maker.h"

namespace seg::testing {

struct MadeTensor {
  std::string key = "0";
  std::int64_t count = 0, offset = 0;
  std::vector<std::int64_t> shape{}, strides{};
  std::string storage = "FloatStorage";
  std::string function = "_rebuild_tensor_v2";
  std::string wrapper{};  // "_rebuild_parameter" or "Parameter"
};

// Instructions of one value after the other; put together by hand.
class TorchPickle {
 public:
  explicit TorchPickle(bool is_stream = false) : is_stream_(is_stream) {}
  TorchPickle& begin_dict() {
    writer.add(PickleCode::empty_dict);
    writer.add(PickleCode::mark);
    return *this;
  }
  TorchPickle& end_dict() {
    writer.add(PickleCode::set_items);
    return *this;
  }
  TorchPickle& key(const std::string& name) {
    writer.text(name);
    return *this;
  }
  TorchPickle& number(std::int64_t value) {
    writer.integer(value);
    return *this;
  }
  TorchPickle& tensor(const MadeTensor& tensor) {
    if (tensor.wrapper == "Parameter") writer.global("torch.nn.parameter", "Parameter");
    if (tensor.wrapper == "_rebuild_parameter") writer.global("torch._utils", "_rebuild_parameter");
    if (!tensor.wrapper.empty()) writer.add(PickleCode::mark);
    writer.global("torch._utils", tensor.function);
    writer.add(PickleCode::mark);
    writer.add(PickleCode::mark);
    writer.text("storage");
    writer.global("torch", tensor.storage);
    writer.text(tensor.key);
    writer.text("cuda:0");
    writer.integer(tensor.count);
    if (is_stream_) writer.add(PickleCode::none);
    writer.add(PickleCode::tuple);
    writer.add(PickleCode::persistent_id);
    writer.integer(tensor.offset);
    numbers(tensor.shape);
    numbers(tensor.strides);
    writer.add(PickleCode::tuple);
    writer.add(PickleCode::reduce);
    if (tensor.wrapper.empty()) return *this;
    writer.add(PickleCode::tuple);
    writer.add(PickleCode::reduce);
    if (tensor.wrapper == "Parameter") {  // (requires_grad, volatile, hooks)
      writer.add(PickleCode::yes);
      writer.add(PickleCode::no);
      writer.add(PickleCode::none);
      writer.add(PickleCode::tuple3);
      writer.add(PickleCode::build);
    }
    return *this;
  }
  std::string finish() { return writer.finish(); }

  PickleWriter writer;

 private:
  void numbers(const std::vector<std::int64_t>& values) {
    writer.add(PickleCode::mark);
    for (const std::int64_t value : values) writer.integer(value);
    writer.add(PickleCode::tuple);
  }
  bool is_stream_;
};

using MadeStorages = std::vector<std::pair<std::string, std::string>>;  // key, bytes

inline std::string zip_form(const std::string& pickle, const MadeStorages& storages,
                            const std::string& byte_order = "little", const std::string& metadata = {}) {
  ZipMaker zip{.parts = {{.name = "net/data.pkl", .data = pickle, .has_descriptor = true}}};
  zip.parts.push_back({.name = "net/byteorder", .data = byte_order});
  for (const auto& [key, bytes] : storages)
    zip.parts.push_back({.name = "net/data/" + key, .data = bytes, .has_descriptor = true});
  zip.parts.push_back({.name = "net/version", .data = "3\n"});
  if (!metadata.empty()) zip.parts.push_back({.name = "net/segtrain.json", .data = metadata});
  zip.has_wide_end = true;
  return zip.bytes();
}

struct MadeStream {
  std::string pickle{};
  MadeStorages storages{};
  std::int64_t protocol = 1001;
  bool is_little_endian = true;
  std::map<std::string, std::int64_t> counts{};  // instead of bytes / 4
  std::string bytes() const {
    TorchPickle number, system, keys;
    number.writer.integer(protocol);
    system.begin_dict().key("protocol_version").number(1001).key("little_endian");
    system.writer.add(is_little_endian ? PickleCode::yes : PickleCode::no);
    system.end_dict();
    keys.writer.add(PickleCode::empty_list);
    keys.writer.add(PickleCode::mark);
    for (const auto& storage : storages) keys.writer.text(storage.first);
    keys.writer.add(PickleCode::appends);
    std::string file = std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15) + number.finish() +
                       system.finish() + pickle + keys.finish();
    for (const auto& [key, data] : storages) {
      const auto count = counts.contains(key) ? counts.at(key) : static_cast<std::int64_t>(data.size() / 4);
      file += ZipMaker::raw(count) + data;
    }
    return file;
  }
};

inline std::string floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

}  // namespace seg::testing
