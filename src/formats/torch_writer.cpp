// SPDX-License-Identifier: Apache-2.0
#include "formats/torch_writer.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/utf8.h"
#include "formats/metadata_json.h"
#include "formats/pickle_writer.h"
#include "formats/torch_storage.h"
#include "formats/zip_writer.h"

namespace seg {
namespace {

const std::string kRoot = "archive";  // torch names it after the file; any name will do
constexpr std::string_view kFormatVersion = "3\n";

void add_empty_ordered_dict(PickleWriter& pickle) {
  pickle.global("collections", "OrderedDict");
  pickle.add(PickleCode::empty_tuple);
  pickle.add(PickleCode::reduce);
}

void add_tuple(PickleWriter& pickle, std::span<const std::int64_t> numbers) {
  pickle.add(PickleCode::mark);
  for (const std::int64_t number : numbers) pickle.integer(number);
  pickle.add(PickleCode::tuple);
}

std::vector<std::int64_t> row_major_strides(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * std::max<std::int64_t>(shape[i], 1);
  return strides;
}

// torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, backward_hooks)
void add_tensor(PickleWriter& pickle, const TensorEntry& tensor, const std::string& key) {
  pickle.global("torch._utils", "_rebuild_tensor_v2");
  pickle.add(PickleCode::mark);
  pickle.add(PickleCode::mark);
  pickle.text("storage");
  pickle.global("torch", *storage_name(tensor.type));
  pickle.text(key);
  pickle.text("cpu");
  pickle.integer(*bytes_of(tensor.type, tensor.shape) / bytes_of(tensor.type));
  pickle.add(PickleCode::tuple);
  pickle.add(PickleCode::persistent_id);
  pickle.integer(0);
  add_tuple(pickle, tensor.shape);
  add_tuple(pickle, row_major_strides(tensor.shape));
  pickle.add(PickleCode::no);
  add_empty_ordered_dict(pickle);
  pickle.add(PickleCode::tuple);
  pickle.add(PickleCode::reduce);
}

std::string state_dict_pickle(std::span<const TensorEntry> tensors) {
  PickleWriter pickle;
  add_empty_ordered_dict(pickle);
  pickle.add(PickleCode::mark);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    pickle.text(tensors[i].name);
    add_tensor(pickle, tensors[i], std::to_string(i));
  }
  pickle.add(PickleCode::set_items);
  return pickle.finish();
}

void check_can_be_written(const std::string& where, std::span<const TensorEntry> tensors, const Metadata& metadata) {
  check_names_and_shapes(tensors);
  for (const TensorEntry& tensor : tensors) {
    if (!storage_name(tensor.type))
      fail(where,
           "cannot hold tensor " + shown(tensor.name) + " of type " + std::string(name_of(tensor.type)) +
               ", for which torch has no storage",
           "write a .safetensors file instead");
    if (first_broken_byte(tensor.name)) fail(where, "cannot hold a name that is not UTF-8", "rename the tensor");
  }
  for (const auto& [key, text] : metadata)
    if (first_broken_byte(key) || first_broken_byte(text))
      fail(where, "cannot hold a text that is not UTF-8", "rename what the config or the class list names");
}

}  // namespace

void write_torch_file(const std::filesystem::path& path, const TensorSource& tensors, const Metadata& metadata) {
  const std::size_t count = tensors.tensors().size();
  check_can_be_written(path.string(), tensors.tensors(), metadata);
  ZipWriter zip(path);
  zip.add(kRoot + "/data.pkl", state_dict_pickle(tensors.tensors()));
  zip.add(kRoot + "/byteorder", "little");
  for (std::size_t i = 0; i < count; ++i) zip.add(kRoot + "/data/" + std::to_string(i), tensors.bytes(i));
  zip.add(kRoot + "/version", kFormatVersion);
  if (!metadata.empty()) zip.add(kRoot + std::string(kMetadataRecord), to_json_text(metadata));
  zip.commit();
}

}  // namespace seg
