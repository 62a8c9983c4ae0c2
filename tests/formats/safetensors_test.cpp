// SPDX-License-Identifier: Apache-2.0
#include "formats/safetensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

constexpr TensorType kAllTypes[] = {TensorType::boolean, TensorType::u8,  TensorType::i8,   TensorType::u16,
                                    TensorType::i16,     TensorType::u32, TensorType::i32,  TensorType::u64,
                                    TensorType::i64,     TensorType::f16, TensorType::bf16, TensorType::f32,
                                    TensorType::f64};

std::string with_length(std::string_view header, std::string_view data = {}) {
  std::string file(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(header.size() >> (8 * i) & 0xff);
  return file.append(header).append(data);
}

Bytes bytes_from(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

Bytes random_bytes(std::size_t count, Random& random) {
  Bytes bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.below(256));
  return bytes;
}

class Safetensors : public ::testing::Test {
 protected:
  // The one problem that reading these bytes gives; nothing if they are a valid file.
  std::optional<std::string> problem_with(std::string_view file) {
    std::ofstream(path_, std::ios::binary) << file;  // not flushed to the disk: there are thousands
    try {
      const SafetensorsFile read(path_);
      touch(read);
      return std::nullopt;
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems().size(), 1u);
      EXPECT_EQ(error.problems().front().where, path_.string());
      EXPECT_FALSE(error.problems().front().remedy.empty());
      return error.problems().front().what;
    }
  }
  // Reads every byte a caller may, for the sanitizer to watch.
  static void touch(const SafetensorsFile& file) {
    unsigned sum = 0;
    for (const TensorEntry& tensor : file.tensors()) {
      for (const std::byte byte : tensor.data) sum += static_cast<unsigned>(byte);
    }
    volatile unsigned sink = sum;
    (void)sink;
    (void)file.checksum_matches();
  }
  void expect_problem(std::string_view file, std::string_view part) {
    const std::optional<std::string> problem = problem_with(file);
    ASSERT_TRUE(problem.has_value()) << "accepted: " << file.substr(8);
    EXPECT_NE(problem->find(part), std::string::npos) << *problem;
  }

  TemporaryFolder folder_;
  const fs::path path_ = folder_ / "weights.safetensors";
};

// The bytes that safetensors.numpy.save({"a": float32 [[1, 2, 3]], "b": uint8 [7, 255]}, {"k": "v"}) gives.
const std::string kPythonHeader =
    R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1,3],"data_offsets":[0,12]},)"
    R"("b":{"dtype":"U8","shape":[2],"data_offsets":[12,14]}})";
const std::string kPythonData("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\x07\xff", 14);
std::string python_file() {
  std::string header = kPythonHeader;
  header.append((8 - header.size() % 8) % 8, ' ');
  return with_length(header, kPythonData);
}

TEST_F(Safetensors, ReadsWhatPythonWrites) {
  write_file(path_, python_file());
  const SafetensorsFile file(path_);
  EXPECT_EQ(file.metadata(), (Metadata{{"k", "v"}}));
  ASSERT_EQ(file.tensors().size(), 2u);
  const TensorEntry* a = file.find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->type, TensorType::f32);
  EXPECT_EQ(a->shape, (std::vector<std::int64_t>{1, 3}));
  ASSERT_EQ(a->data.size(), 12u);
  std::array<float, 3> values{};
  std::memcpy(values.data(), a->data.data(), 12);
  EXPECT_EQ(values, (std::array{1.0f, 2.0f, 3.0f}));
  EXPECT_EQ(file.find("b")->data[1], std::byte{255});
  EXPECT_EQ(file.find("c"), nullptr);
  EXPECT_FALSE(file.checksum_matches()) << "a file of another program has no checksum";
}

TEST_F(Safetensors, WritesWhatPythonWritesButForTheChecksum) {
  const std::array values = {1.0f, 2.0f, 3.0f};
  const Bytes small = bytes_from({7, 255});
  const std::array tensors = {
      TensorEntry{.name = "a", .type = TensorType::f32, .shape = {1, 3}, .data = std::as_bytes(std::span(values))},
      TensorEntry{.name = "b", .type = TensorType::u8, .shape = {2}, .data = small}};
  write_safetensors(path_, tensors, {{"k", "v"}});
  std::string text = read_text(path_);

  const std::string entry = R"(,"segtrain.crc32":")";
  const std::size_t found = text.find(entry);
  ASSERT_NE(found, std::string::npos);
  text.erase(found, entry.size() + 9);
  const std::size_t end = text.find("}}") + 2;
  EXPECT_EQ(text.substr(8, end - 8), kPythonHeader);
  EXPECT_EQ(text.substr(text.size() - 14), kPythonData);
  EXPECT_EQ((read_file(path_).size() - 14) % 8, 0u) << "data is aligned";
  EXPECT_EQ(text.substr(end, text.size() - 14 - end).find_first_not_of(' '), std::string::npos);
}

TEST_F(Safetensors, ChecksumIsTheCrcOfHeaderAndData) {
  const Bytes data = bytes_from({1, 2, 3});
  const std::array tensors = {TensorEntry{.name = "x", .type = TensorType::u8, .shape = {3}, .data = data}};
  write_safetensors(path_, tensors);
  // Python: zlib.crc32(b'{"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}\x01\x02\x03')
  EXPECT_EQ(SafetensorsFile(path_).metadata().at(std::string(kChecksumKey)), "b011a79e");
}

TEST_F(Safetensors, EveryTypeComesBack) {
  Random random(1, RandomStream::synthetic, 0);
  std::vector<Bytes> data;
  std::vector<TensorEntry> tensors;
  for (const TensorType type : kAllTypes)
    data.push_back(random_bytes(static_cast<std::size_t>(6 * bytes_of(type)), random));
  for (std::size_t i = 0; i < data.size(); ++i) {
    tensors.push_back(
        {.name = std::string(name_of(kAllTypes[i])), .type = kAllTypes[i], .shape = {2, 3}, .data = data[i]});
  }
  write_safetensors(path_, tensors);
  const SafetensorsFile file(path_);
  ASSERT_EQ(file.tensors().size(), tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorEntry& read = file.tensors()[i];
    EXPECT_EQ(read.name, tensors[i].name) << "order is kept";
    EXPECT_EQ(read.type, tensors[i].type);
    EXPECT_EQ(read.shape, tensors[i].shape);
    EXPECT_TRUE(std::ranges::equal(read.data, tensors[i].data)) << read.name;
  }
  EXPECT_TRUE(file.checksum_matches());
}

TEST_F(Safetensors, AnyNamesShapesAndTextsComeBack) {
  for (std::uint64_t round = 0; round < 200; ++round) {
    Random random(7, RandomStream::synthetic, round);
    std::vector<Bytes> data(random.below(9));
    std::vector<TensorEntry> tensors;
    for (std::size_t i = 0; i < data.size(); ++i) {
      TensorEntry tensor{
          .name = std::to_string(i) + "\"\\\n\x1b–ü𝄞", .type = kAllTypes[random.below(13)], .shape = {}, .data = {}};
      std::int64_t bytes = bytes_of(tensor.type);
      for (std::uint64_t rank = random.below(5); rank > 0; --rank) {
        tensor.shape.push_back(static_cast<std::int64_t>(random.below(6)));  // zeros, too
        bytes *= tensor.shape.back();
      }
      data[i] = random_bytes(static_cast<std::size_t>(bytes), random);
      tensor.data = data[i];
      tensors.push_back(tensor);
    }
    const Metadata metadata = {{"", "empty key"}, {"config", "a = \"b\"\n\t\u0001"}, {"round", std::to_string(round)}};
    write_safetensors(path_, tensors, metadata);

    SafetensorsFile first(path_);
    const SafetensorsFile file(std::move(first));  // spans survive a move
    ASSERT_TRUE(file.checksum_matches());
    Metadata read = file.metadata();
    read.erase(std::string(kChecksumKey));
    EXPECT_EQ(read, metadata);
    ASSERT_EQ(file.tensors().size(), tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      ASSERT_EQ(file.tensors()[i].name, tensors[i].name) << "order is kept in round " << round;
      EXPECT_EQ(file.find(tensors[i].name), &file.tensors()[i]);
      EXPECT_EQ(file.tensors()[i].type, tensors[i].type);
      EXPECT_EQ(file.tensors()[i].shape, tensors[i].shape);
      EXPECT_TRUE(std::ranges::equal(file.tensors()[i].data, tensors[i].data));
    }
  }
}

// A small file of ours with every part of the format in it.
std::string small_file(const fs::path& path) {
  const Bytes a = bytes_from({1, 2, 3, 4, 5, 6, 7, 8}), b = bytes_from({9, 10, 11});
  const std::array tensors = {TensorEntry{.name = "a", .type = TensorType::i16, .shape = {2, 2}, .data = a},
                              TensorEntry{.name = "none", .type = TensorType::f64, .shape = {0, 5}, .data = {}},
                              TensorEntry{.name = "b", .type = TensorType::u8, .shape = {3}, .data = b}};
  write_safetensors(path, tensors, {{"step", "100"}});
  return read_text(path);
}

TEST_F(Safetensors, RefusesAFileCutAnywhere) {
  const std::string whole = small_file(path_);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(problem_with(whole.substr(0, size)).has_value()) << size << " of " << whole.size();
  }
  EXPECT_EQ(problem_with(whole), std::nullopt);
  expect_problem(whole + 'x', "behind its last tensor");
}

TEST_F(Safetensors, FlippedBitsAreRefusedOrNoticedByTheChecksum) {
  const std::string whole = small_file(path_);
  int refused = 0, noticed = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    if (problem_with(damaged).has_value()) {
      ++refused;
    } else if (!SafetensorsFile(path_).checksum_matches()) {
      ++noticed;
    } else {
      // White space between the header's parts may change into other white space.
      EXPECT_EQ(whole[bit / 8], ' ') << "bit " << bit;
    }
  }
  EXPECT_GT(refused, 500);
  EXPECT_GE(noticed, 8 * 11) << "at least every bit of the data";
}

TEST_F(Safetensors, SurvivesRandomDamage) {
  const std::string whole = small_file(path_);
  constexpr std::string_view kPieces[] = {
      "{", "}", "[", "]", ",", ":", "\"", "0", "-1", "1e9", "null", "99999999999999999999", "\\u0000", "\xff"};
  for (std::uint64_t round = 0; round < 1000; ++round) {
    Random random(11, RandomStream::synthetic, round);
    std::string header = whole.substr(8, whole.rfind('}') - 7);
    for (std::uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
      const std::size_t place = random.below(header.size());
      header.replace(place, random.below(4), kPieces[random.below(std::size(kPieces))]);
    }
    (void)problem_with(with_length(header, whole.substr(whole.size() - 11)));
  }
}

std::string tensor(std::string_view name, std::string_view shape, std::string_view offsets,
                   std::string_view type = "U8") {
  return "\"" + std::string(name) + R"(":{"dtype":")" + std::string(type) + R"(","shape":)" + std::string(shape) +
         R"(,"data_offsets":)" + std::string(offsets) + "}";
}

TEST_F(Safetensors, RefusesWhatIsNoSafetensorsFile) {
  expect_problem("", "too short");
  expect_problem("1234567", "too short");
  expect_problem(std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10), "would have 18446744073709551615 bytes");
  expect_problem(std::string("\x01\xe1\xf5\x05\0\0\0\0{}", 10), "would have 100000001 bytes");
  expect_problem(std::string("\x03\0\0\0\0\0\0\0{}", 10), "ends within its header");
  expect_problem(with_length(""), "no JSON object");
  expect_problem(with_length("[]"), "no JSON object");
  expect_problem(with_length(" {}"), "no JSON object");
  expect_problem(with_length("\xef\xbb\xbf{}"), "no JSON object");
  expect_problem(with_length(std::string("{}\0[", 4)), "no JSON object");
  expect_problem(with_length("{} {}"), "is no JSON");
  expect_problem(with_length("{"), "is no JSON");
  expect_problem(with_length("{/**/}"), "is no JSON");
  expect_problem(with_length("{\"\xff\":1}"), "is no JSON");
  expect_problem(with_length("{\"\\ud800\":1}"), "is no JSON");
  EXPECT_EQ(problem_with(with_length("{}  ")), std::nullopt);
}

TEST_F(Safetensors, RefusesAHeaderOfAnotherStructure) {
  expect_problem(with_length(R"({"a":1})"), "a number as \"a\"");
  expect_problem(with_length(R"({"a":null})"), "null as \"a\"");
  expect_problem(with_length(R"({"a":"b"})"), "a text");
  expect_problem(with_length(R"({"a":[]})"), "a list");
  expect_problem(with_length(R"({"a":{}})"), "lacks dtype, shape or data_offsets");
  expect_problem(with_length(R"({"a":{"dtype":"U8","shape":[0]}})"), "lacks");
  expect_problem(with_length(R"({"a":{"strides":[1]}})"), "a list as \"strides\" of tensor \"a\"");
  expect_problem(with_length(R"({"a":{"shape":{}}})"), "an object");
  expect_problem(with_length(R"({"a":{"shape":[[1]]}})"), "a list");
  expect_problem(with_length(R"({"a":{"shape":[true]}})"), "a truth value");
  expect_problem(with_length(R"({"a":{"dtype":"U8","dtype":"U8"}})"), "a second value");
  expect_problem(with_length(R"({"a":{"shape":[1],"shape":[1]}})"), "a second value");
  expect_problem(with_length("{" + tensor("a", "[0]", "[0]") + "}"), "no pair");
  expect_problem(with_length("{" + tensor("a", "[0]", "[0,0,0]") + "}"), "no pair");
  expect_problem(with_length("{" + tensor("a", "[0]", "[0,0]", "C64") + "}"), "unknown type \"C64\"");
  expect_problem(with_length("{" + tensor("a", "[0]", "[0,0]") + "," + tensor("a", "[0]", "[0,0]") + "}"), "twice");
  expect_problem(with_length(R"({"__metadata__":{"k":1}})"), "a number");
  expect_problem(with_length(R"({"__metadata__":{"k":{}}})"), "an object");
  expect_problem(with_length(R"({"__metadata__":{"k":"v","k":"v"}})"), "twice in its metadata");
  expect_problem(with_length(R"({"__metadata__":{},"__metadata__":{}})"), "twice");
}

TEST_F(Safetensors, RefusesDeepAndLongNesting) {
  expect_problem(with_length(R"({"a":)" + std::string(1'000'000, '[')), "a list");
  std::string objects = "{";
  for (int i = 0; i < 100'000; ++i) objects += R"("a":{)";
  expect_problem(with_length(objects), "an object");
  std::string ones = "[1";
  for (int i = 0; i < 1000; ++i) ones += ",1";
  expect_problem(with_length("{" + tensor("a", ones + "]", "[0,1]") + "}", "x"), "too long a list");
}

TEST_F(Safetensors, RefusesRangesThatDoNotTileTheData) {
  const auto two = [](std::string_view first, std::string_view second) {
    return "{" + tensor("a", "[4]", first) + "," + tensor("b", "[4]", second) + "}";
  };
  EXPECT_EQ(problem_with(with_length(two("[4,8]", "[0,4]"), "12345678")), std::nullopt) << "any order";
  expect_problem(with_length(two("[0,4]", "[0,4]"), "1234"), "overlaps");
  expect_problem(with_length(two("[0,4]", "[3,7]"), "1234567"), "overlaps");
  expect_problem(with_length(two("[0,4]", "[5,9]"), "123456789"), "unused bytes");
  expect_problem(with_length(two("[1,5]", "[5,9]"), "123456789"), "unused bytes");
  expect_problem(with_length(two("[0,4]", "[4,8]"), "1234567"), "ends at byte 8 of 7");
  expect_problem(with_length(two("[0,4]", "[4,8]"), "123456789"), "holds 1 byte behind its last tensor");
  expect_problem(with_length("{" + tensor("a", "[4]", "[4,0]") + "}", "1234"), "ends before it begins");
  expect_problem(with_length("{" + tensor("a", "[4]", "[0,3]") + "}", "123"), "has 3 bytes, its shape and type want 4");
  expect_problem(with_length("{" + tensor("a", "[]", "[0,0]") + "}"), "has 0 bytes, its shape and type want 1");
}

TEST_F(Safetensors, RefusesNumbersThatOverflow) {
  const auto one = [](std::string_view shape, std::string_view offsets, std::string_view type = "U8") {
    return with_length("{" + tensor("a", shape, offsets, type) + "}");
  };
  expect_problem(one("[4294967296,4294967296]", "[0,0]"), "too large");
  expect_problem(one("[4294967296,2147483648]", "[0,0]", "F32"), "too large");
  expect_problem(one("[2305843009213693952]", "[0,0]", "F64"), "too large");
  expect_problem(one("[9223372036854775808]", "[0,0]"), "too large");
  expect_problem(one("[0,4294967296,4294967296]", "[0,0]"), "too large");
  expect_problem(one("[18446744073709551616]", "[0,0]"), "too large");
  expect_problem(one("[-1]", "[0,0]"), "negative");
  expect_problem(one("[1.0]", "[0,1]"), "not whole");
  expect_problem(one("[1]", "[18446744073709551615,0]"), "ends before");
  expect_problem(one("[1]", "[0,18446744073709551615]"), "ends at byte 18446744073709551615 of 0");
  expect_problem(one("[1]", "[18446744073709551615,18446744073709551615]"), "unused bytes");
}

TEST_F(Safetensors, HostileNamesAreShownShortAndPlain) {
  const std::string file = with_length("{" + tensor("\\u001b[31m" + std::string(5000, 'x'), "[1]", "[0,0]") + "}");
  const std::optional<std::string> problem = problem_with(file);
  ASSERT_TRUE(problem.has_value());
  EXPECT_LT(problem->size(), 200u);
  EXPECT_EQ(problem->find('\x1b'), std::string::npos);
}

TEST_F(Safetensors, MissingFilesAndFoldersAreUserErrors) {
  EXPECT_THROW(SafetensorsFile(folder_ / "none.safetensors"), UserError);
  EXPECT_THROW(SafetensorsFile(folder_.path()), UserError);
  EXPECT_THROW(write_safetensors(folder_ / "no" / "folder.safetensors", {}), UserError);
}

TEST_F(Safetensors, AFileThatVanishesOrIsReplacedStaysReadable) {
  small_file(path_);
  const SafetensorsFile file(path_);
  write_safetensors(path_, {});
  EXPECT_TRUE(file.checksum_matches());
  fs::remove(path_);
  EXPECT_TRUE(file.checksum_matches());
  EXPECT_EQ(file.find("b")->data[2], std::byte{11});
}

TEST_F(Safetensors, RewritingReplacesTheChecksum) {
  small_file(path_);
  const SafetensorsFile file(path_);
  const fs::path copy = folder_ / "copy.safetensors";
  write_safetensors(copy, std::span(file.tensors()).first(1), file.metadata());
  EXPECT_TRUE(SafetensorsFile(copy).checksum_matches());
}

TEST_F(Safetensors, RefusesToWriteWhatCannotBeReadBack) {
  const Bytes data = bytes_from({1, 2, 3, 4});
  const auto write = [&](std::vector<TensorEntry> tensors, const Metadata& metadata = {}) {
    write_safetensors(path_, tensors, metadata);
  };
  const TensorEntry good{.name = "a", .type = TensorType::u8, .shape = {4}, .data = data};
  TensorEntry reserved = good, wrong = good, negative = good, binary = good;
  reserved.name = "__metadata__";
  wrong.shape = {3};
  negative.shape = {-2, -2};
  binary.name = "\xff";
  EXPECT_THROW(write({good, good}), std::logic_error);
  EXPECT_THROW(write({reserved}), std::logic_error);
  EXPECT_THROW(write({wrong}), std::logic_error);
  EXPECT_THROW(write({negative}), std::logic_error);
  EXPECT_THROW(write({binary}), UserError);
  EXPECT_THROW(write({good}, {{"path", "caf\xe9"}}), UserError);
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_TRUE(fs::is_empty(folder_.path())) << "nothing half-written";
}

}  // namespace
}  // namespace seg
