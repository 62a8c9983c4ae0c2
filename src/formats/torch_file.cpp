// SPDX-License-Identifier: Apache-2.0
#include "formats/torch_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/counted.h"
#include "base/error.h"
#include "formats/metadata_json.h"
#include "formats/pickle_reader.h"
#include "formats/state_dict.h"
#include "formats/torch_storage.h"
#include "formats/zip_reader.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "the file's numbers are used where they lie");

constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
constexpr std::size_t kMagicIsWithin = 32;  // the first bytes, whatever the protocol of its pickle
constexpr std::int64_t kStreamProtocol = 1001;
constexpr std::string_view kPickleRecord = "/data.pkl";
constexpr std::size_t kMostBytesOfMetadata = 16 << 20;
// Tensors may share a storage, so a file can hold more than its size; but not without end.
constexpr std::int64_t kMostBytesPerByte = 4;

[[noreturn]] void refuse(const std::string& where, std::string what) {
  fail(where, std::move(what), "the file is damaged, cut off or no file of weights: copy, download or write it again");
}

struct Storage {
  TensorType type = TensorType::f32;
  std::int64_t count = 0;
  std::span<const std::byte> data{};
  bool is_found = false;
  std::size_t bytes() const { return static_cast<std::size_t>(count * bytes_of(type)); }
};
using Storages = std::map<std::string_view, Storage>;

// What every persistent id must be: ("storage", type, key, location, count[, None]).
const std::vector<std::uint32_t>& id_items(const Pickle& pickle, const PickleValue& persistent,
                                           const std::string& where) {
  const PickleValue& id = pickle[persistent.items.front()];
  const auto kind_is = [&](std::size_t i, PickleKind kind) { return pickle[id.items[i]].kind == kind; };
  const bool is_storage = id.kind == PickleKind::tuple && (id.items.size() == 5 || id.items.size() == 6) &&
                          kind_is(0, PickleKind::text) && pickle[id.items[0]].text == "storage" &&
                          kind_is(1, PickleKind::global) && kind_is(2, PickleKind::text) &&
                          kind_is(4, PickleKind::integer);
  if (!is_storage) refuse(where, "refers to something outside its pickle that is no storage");
  if (id.items.size() == 6 && !kind_is(5, PickleKind::none))
    refuse(where, "its storage " + shown(pickle[id.items[2]].text) + " is a view of another one, which is not read");
  return id.items;
}

// The storages that the pickle refers to. Their data are still to be found.
Storages declared_storages(const Pickle& pickle, const std::string& where) {
  Storages storages;
  for (const PickleValue& value : pickle.values()) {
    if (value.kind != PickleKind::persistent) continue;
    const std::vector<std::uint32_t>& id = id_items(pickle, value, where);
    const std::string_view global = pickle[id[1]].text, key = pickle[id[2]].text;
    const std::optional<TensorType> type = storage_type(global);
    if (!type) refuse(where, "refers to a storage of type " + std::string(global));
    const Storage storage{.type = *type, .count = pickle[id[4]].integer};
    std::int64_t bytes = 0;
    if (storage.count < 0 || __builtin_mul_overflow(storage.count, bytes_of(*type), &bytes))
      refuse(where, "its storage " + shown(key) + " has no size: " + std::to_string(storage.count));
    const auto [known, is_new] = storages.emplace(key, storage);
    if (!is_new && (known->second.type != storage.type || known->second.count != storage.count))
      refuse(where, "describes its storage " + shown(key) + " twice, and differently");
  }
  return storages;
}

// What either container comes to.
struct Content {
  Pickle pickle;
  Storages storages;
  Metadata metadata{};
};

void check_byte_order(bool is_little_endian, const std::string& where) {
  if (!is_little_endian)
    fail(where, "was written on a big-endian machine, which is not read",
         "load it in Python on this machine and write it again with torch.save");
}

Content read_zip(std::span<const std::byte> bytes, const std::string& where) {
  const ZipReader zip(bytes, where);
  const auto is_pickle = [](const ZipEntry& entry) { return entry.name.ends_with(kPickleRecord); };
  const auto found = std::ranges::find_if(zip.entries(), is_pickle);
  if (found == zip.entries().end() || std::find_if(found + 1, zip.entries().end(), is_pickle) != zip.entries().end())
    refuse(where, "is a ZIP container, but has no single …/data.pkl, as PyTorch's files do");
  const std::string root = found->name.substr(0, found->name.size() - kPickleRecord.size());
  if (zip.find(root + "/constants.pkl") != nullptr)
    fail(where, "is a TorchScript program, not a dictionary of weights",
         "in Python: torch.save(torch.jit.load(FILE).state_dict(), OTHER)");
  if (const ZipEntry* const order = zip.find(root + "/byteorder"))
    check_byte_order(std::ranges::equal(zip.read(*order), std::as_bytes(std::span(std::string_view("little")))), where);

  Content content{.pickle = Pickle(zip.read(*found), where), .storages = {}};
  content.storages = declared_storages(content.pickle, where);
  for (auto& [key, storage] : content.storages) {
    const ZipEntry* const entry = zip.find(root + "/data/" + std::string(key));
    if (entry == nullptr) refuse(where, "lacks its storage " + shown(key));
    if (entry->data.size() != storage.bytes())
      refuse(where, "its storage " + shown(key) + " has " + counted(entry->data.size(), "byte") + ", not " +
                        std::to_string(storage.bytes()));
    storage.data = zip.read(*entry);
  }
  if (const ZipEntry* const record = zip.find(root + std::string(kMetadataRecord))) {
    if (record->data.size() > kMostBytesOfMetadata) refuse(where, "has a description that is too long");
    const std::span<const std::byte> text = zip.read(*record);
    content.metadata = metadata_from_json({reinterpret_cast<const char*>(text.data()), text.size()}, where);
  }
  return content;
}

// Pickles and storages one after the other.
class Stream {
 public:
  Stream(std::span<const std::byte> bytes, const std::string& where) : rest_(bytes), where_(where) {}

  Content read() {
    const Pickle magic = next_pickle(), protocol = next_pickle(), system = next_pickle();
    if (magic.root().kind != PickleKind::large || magic.root().text != kMagic) refuse(where_, "has no magic number");
    if (protocol.root().kind != PickleKind::integer || protocol.root().integer != kStreamProtocol)
      refuse(where_, "is of a protocol that is not read; known is " + std::to_string(kStreamProtocol));
    check_system(system);
    Content content{.pickle = next_pickle(), .storages = {}};
    content.storages = declared_storages(content.pickle, where_);
    read_storages(next_pickle(), content.storages);
    return content;
  }

 private:
  Pickle next_pickle() {
    Pickle pickle(rest_, where_);
    rest_ = rest_.subspan(pickle.size());
    return pickle;
  }

  void check_system(const Pickle& system) const {
    const std::vector<std::uint32_t>& items = system.root().items;
    if (system.root().kind == PickleKind::dict)
      for (std::size_t i = 0; i < items.size(); i += 2)
        if (system[items[i]].text == "little_endian" && system[items[i + 1]].kind == PickleKind::boolean)
          return check_byte_order(system[items[i + 1]].integer != 0, where_);
    refuse(where_, "does not say in which order its bytes are");
  }

  void read_storages(const Pickle& keys, Storages& storages) {
    if (keys.root().kind != PickleKind::list) refuse(where_, "has no list of storages");
    for (const std::uint32_t number : keys.root().items) {
      const auto found = keys[number].kind == PickleKind::text ? storages.find(keys[number].text) : storages.end();
      if (found == storages.end() || found->second.is_found)
        refuse(where_, "lists a storage that no tensor uses, or one twice");
      read_storage(found->first, found->second);
    }
    for (const auto& [key, storage] : storages)
      if (!storage.is_found) refuse(where_, "lacks its storage " + shown(key));
    if (!rest_.empty()) refuse(where_, "holds " + counted(rest_.size(), "byte") + " behind its last storage");
  }

  void read_storage(std::string_view key, Storage& storage) {
    std::int64_t count = 0;
    if (rest_.size() < sizeof count) refuse(where_, "ends before its storage " + shown(key));
    std::memcpy(&count, rest_.data(), sizeof count);
    rest_ = rest_.subspan(sizeof count);
    if (count != storage.count)
      refuse(where_, "its storage " + shown(key) + " holds " + counted(count, "number") + ", not " +
                         std::to_string(storage.count));
    if (rest_.size() < storage.bytes()) refuse(where_, "ends within its storage " + shown(key));
    storage.data = rest_.first(storage.bytes());
    storage.is_found = true;
    rest_ = rest_.subspan(storage.bytes());
  }

  std::span<const std::byte> rest_;
  const std::string& where_;
};

// Makes entries of the calls that rebuild tensors.
class Rebuilder {
 public:
  Rebuilder(const Content& content, std::size_t file_bytes, const std::string& where, std::deque<Bytes>& gathered)
      : pickle_(content.pickle), storages_(content.storages), where_(where), gathered_(gathered) {
    bytes_left_ = static_cast<std::int64_t>(file_bytes) * kMostBytesPerByte;
  }

  TensorEntry rebuild(const NamedValue& named) {
    name_ = "tensor " + shown(named.name);
    const std::vector<std::uint32_t>& arguments = arguments_of(pickle_[named.value]);
    if (arguments.size() < 4 || pickle_[arguments[0]].kind != PickleKind::persistent)
      refuse(where_, name_ + " is not made of a storage");
    const Storage& storage = storages_.at(pickle_[id_items(pickle_, pickle_[arguments[0]], where_)[2]].text);
    const StridedLayout layout{.offset = integer(pickle_[arguments[1]]),
                               .shape = integers(pickle_[arguments[2]]),
                               .strides = integers(pickle_[arguments[3]])};
    if (const std::string problem = layout.problem_in(storage.type, storage.count); !problem.empty())
      refuse(where_, name_ + " " + problem);
    TensorEntry entry{.name = named.name, .type = storage.type, .shape = layout.shape, .data = {}};
    bytes_left_ -= *bytes_of(storage.type, layout.shape);
    if (bytes_left_ < 0) refuse(where_, "its tensors would be far larger than the file");
    if (const auto lying = layout.row_major_data(storage.type, storage.data)) {
      entry.data = *lying;
    } else {
      gathered_.push_back(layout.gathered(storage.type, storage.data));
      entry.data = gathered_.back();
    }
    return entry;
  }

 private:
  // Of the call that makes the tensor itself; Parameters wrap one.
  const std::vector<std::uint32_t>& arguments_of(const PickleValue& value) const {
    const PickleValue* call = &value;
    for (int depth = 0; call->kind == PickleKind::call && depth < 4; ++depth) {
      const std::vector<std::uint32_t>& arguments = pickle_[call->items[1]].items;
      if (pickle_[call->items[0]].text.starts_with("torch._utils._rebuild_tensor")) return arguments;
      if (arguments.empty()) break;
      call = &pickle_[arguments.front()];
    }
    refuse(where_, name_ + " is made of no tensor");
  }
  std::int64_t integer(const PickleValue& value) const {
    if (value.kind != PickleKind::integer)
      refuse(where_, name_ + " has " + std::string(name_of(value.kind)) + " as a size");
    return value.integer;
  }
  std::vector<std::int64_t> integers(const PickleValue& value) const {
    if ((value.kind != PickleKind::tuple && value.kind != PickleKind::list) || value.items.size() > kMaxRank)
      refuse(where_, name_ + " has a shape that is none");
    std::vector<std::int64_t> numbers;
    for (const std::uint32_t item : value.items) numbers.push_back(integer(pickle_[item]));
    return numbers;
  }

  const Pickle& pickle_;
  const Storages& storages_;
  const std::string& where_;
  std::deque<Bytes>& gathered_;
  std::int64_t bytes_left_ = 0;
  std::string name_;
};

}  // namespace

bool TorchFile::looks_like_one(std::span<const std::byte> start) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(start.data()), std::min(start.size(), kMagicIsWithin));
  return ZipReader::looks_like_zip(start) || (text.starts_with('\x80') && text.find(kMagic) != text.npos);
}

TorchFile::TorchFile(std::span<const std::byte> bytes, const std::string& where)
    : has_checksums_(ZipReader::looks_like_zip(bytes)) {
  Content content = has_checksums_ ? read_zip(bytes, where) : Stream(bytes, where).read();
  Rebuilder rebuilder(content, bytes.size(), where, gathered_);
  for (const NamedValue& named : state_dict_of(content.pickle, where)) tensors_.push_back(rebuilder.rebuild(named));
  metadata_ = std::move(content.metadata);
}

TorchFile::TorchFile(const fs::path& path) {
  MappedFile file(path);
  *this = TorchFile(file.bytes(), path.string());
  file_ = std::move(file);
}

}  // namespace seg
