// SPDX-License-Identifier: Apache-2.0
// The few parts of protobuf's wire format that event files need: writing fields, and finding one in a message.
//
// A field is a key (number and wire type) as a varint, and its value: a varint, 4 or 8 bytes little-endian, or a length
// and bytes. Pure; no errors but "not there".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seg {

class ProtobufWriter {
 public:
  void add_varint(int field, std::uint64_t number);
  void add_double(int field, double number);
  void add_float(int field, float number);
  void add_bytes(int field, std::string_view bytes);  // strings and messages, too

  const std::string& text() const noexcept { return text_; }

 private:
  void append_varint(std::uint64_t number);
  void append_key(int field, int wire_type);

  std::string text_;
};

struct ProtobufField {
  std::uint64_t number = 0;  // of a varint
  std::string_view bytes{};  // of what has a length; refers to the message
};

// The first field of that number. Nothing if there is none before the message ends or stops making sense.
std::optional<ProtobufField> find_protobuf_field(std::string_view message, int field);

}  // namespace seg
