// SPDX-License-Identifier: Apache-2.0
#include "telemetry/protobuf.h"

#include "base/little_endian.h"

namespace seg {
namespace {

constexpr int kVarint = 0, kEightBytes = 1, kLengthAndBytes = 2, kFourBytes = 5;
constexpr int kBitsOfVarintByte = 7, kWireTypeBits = 3;

// Takes a varint off the front; nothing if it is torn or longer than 64 bits.
std::optional<std::uint64_t> take_varint(std::string_view& text) {
  std::uint64_t number = 0;
  for (int shift = 0; shift < 64 && !text.empty(); shift += kBitsOfVarintByte) {
    const auto byte = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80U) return number;
  }
  return std::nullopt;
}

}  // namespace

void ProtobufWriter::append_varint(std::uint64_t number) {
  for (; number >= 0x80U; number >>= kBitsOfVarintByte) text_ += static_cast<char>((number & 0x7FU) | 0x80U);
  text_ += static_cast<char>(number);
}

void ProtobufWriter::append_key(int field, int wire_type) {
  append_varint(static_cast<std::uint64_t>(field) << kWireTypeBits | static_cast<std::uint64_t>(wire_type));
}

void ProtobufWriter::add_varint(int field, std::uint64_t number) {
  append_key(field, kVarint);
  append_varint(number);
}

void ProtobufWriter::add_double(int field, double number) {
  append_key(field, kEightBytes);
  append_number(text_, number);
}

void ProtobufWriter::add_float(int field, float number) {
  append_key(field, kFourBytes);
  append_number(text_, number);
}

void ProtobufWriter::add_bytes(int field, std::string_view bytes) {
  append_key(field, kLengthAndBytes);
  append_varint(bytes.size());
  text_.append(bytes);
}

std::optional<ProtobufField> find_protobuf_field(std::string_view message, int field) {
  while (!message.empty()) {
    const auto key = take_varint(message);
    if (!key) return std::nullopt;
    ProtobufField found;
    std::uint64_t size = 0;
    switch (static_cast<int>(*key & 7U)) {
      case kVarint: {
        const auto number = take_varint(message);
        if (!number) return std::nullopt;
        found.number = *number;
        break;
      }
      case kEightBytes: size = 8; break;
      case kFourBytes: size = 4; break;
      case kLengthAndBytes: {
        const auto length = take_varint(message);
        if (!length) return std::nullopt;
        size = *length;
        break;
      }
      default: return std::nullopt;
    }
    if (size > message.size()) return std::nullopt;
    found.bytes = message.substr(0, size);
    message.remove_prefix(size);
    if (*key >> kWireTypeBits == static_cast<std::uint64_t>(field)) return found;
  }
  return std::nullopt;
}

}  // namespace seg
