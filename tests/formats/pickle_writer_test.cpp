// SPDX-License-Identifier: Apache-2.0
#include "formats/pickle_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <span>

#include "formats/pickle_reader.h"

namespace seg {
namespace {

TEST(PickleWriter, WritesNumbersAndTextsThatAreReadAgain) {
  constexpr std::int64_t kNumbers[] = {0,
                                       255,
                                       256,
                                       -1,
                                       70'000,
                                       std::numeric_limits<std::int32_t>::min(),
                                       std::int64_t{1} << 33,
                                       std::numeric_limits<std::int64_t>::min()};
  PickleWriter writer;
  writer.add(PickleCode::mark);
  for (const std::int64_t number : kNumbers) writer.integer(number);
  writer.text("straße");
  writer.global("torch", "FloatStorage");
  writer.add(PickleCode::tuple);
  const std::string bytes = writer.finish();
  const Pickle pickle(std::as_bytes(std::span(bytes)), "memory");
  EXPECT_EQ(pickle.size(), bytes.size());
  const std::vector<std::uint32_t>& items = pickle.root().items;
  ASSERT_EQ(items.size(), std::size(kNumbers) + 2);
  for (std::size_t i = 0; i < std::size(kNumbers); ++i) EXPECT_EQ(pickle[items[i]].integer, kNumbers[i]);
  EXPECT_EQ(pickle[items[std::size(kNumbers)]].text, "straße");
  EXPECT_EQ(pickle[items.back()].text, "torch.FloatStorage");
}

TEST(PickleWriter, WritesTheBytesOfPythonsProtocol2) {
  PickleWriter writer;  // pickletools.optimize(pickle.dumps(("ab", 7, -3), 2))
  writer.text("ab");
  writer.integer(7);
  writer.integer(-3);
  writer.add(PickleCode::tuple3);
  const std::string bytes = writer.finish();
  const std::string_view expected(
      "\x80\x02X\x02\x00\x00\x00"
      "abK\x07J\xfd\xff\xff\xff\x87.",
      18);
  EXPECT_EQ(bytes, expected);
}

}  // namespace
}  // namespace seg
