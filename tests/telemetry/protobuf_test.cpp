// SPDX-License-Identifier: Apache-2.0
#include "telemetry/protobuf.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace seg {
namespace {

using namespace std::string_literals;

TEST(Protobuf, WritesTheBytesOfTheFormatsDescription) {
  ProtobufWriter writer;
  writer.add_varint(1, 150);       // the example of the description: 08 96 01
  writer.add_bytes(2, "testing");  // likewise: 12 07 74 65 73 74 69 6e 67
  writer.add_float(3, 1.0F);       // key 3 << 3 | 5; 00 00 80 3f
  writer.add_double(16, -2.0);     // a key of two bytes: 16 << 3 | 1 = 129
  EXPECT_EQ(writer.text(), "\x08\x96\x01\x12\x07testing\x1d\0\0\x80\x3f\x81\x01\0\0\0\0\0\0\0\xc0"s);
}

TEST(Protobuf, FindsWhatItWrote) {
  ProtobufWriter writer;
  writer.add_double(1, 0.5);
  writer.add_varint(2, std::numeric_limits<std::uint64_t>::max());
  writer.add_float(9, 2.0F);
  writer.add_bytes(5, "first");
  writer.add_bytes(5, "second");
  EXPECT_EQ(find_protobuf_field(writer.text(), 2)->number, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(find_protobuf_field(writer.text(), 5)->bytes, "first");
  EXPECT_EQ(find_protobuf_field(writer.text(), 1)->bytes.size(), 8U);
  EXPECT_EQ(find_protobuf_field(writer.text(), 9)->bytes.size(), 4U);
  EXPECT_FALSE(find_protobuf_field(writer.text(), 3).has_value());
  EXPECT_FALSE(find_protobuf_field("", 1).has_value());
}

TEST(Protobuf, WhatIsTornOrSenselessHoldsNothing) {
  ProtobufWriter writer;
  writer.add_double(1, 0.5);
  writer.add_varint(2, 300);
  writer.add_float(3, 1.0F);
  writer.add_bytes(4, "text");
  const std::string whole = writer.text();
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(find_protobuf_field(whole.substr(0, size), 4).has_value()) << size;
  EXPECT_FALSE(find_protobuf_field(std::string(20, '\xff'), 1).has_value());      // a varint without end
  EXPECT_FALSE(find_protobuf_field("\x0b\x01"s, 1).has_value());                  // a wire type of old
  EXPECT_FALSE(find_protobuf_field("\x0a\xff\xff\xff\xff\x0f"s, 1).has_value());  // longer than the message
}

}  // namespace
}  // namespace seg
