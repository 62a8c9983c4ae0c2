# SPDX-License-Identifier: Apache-2.0
"""Reads TensorBoard's event files: an independent witness for what segtrain writes. Standard library only.

Usage: event_reader.py FILE... prints one line an event, fields separated by a tab:
  version TEXT | scalar STEP TAG VALUE | image STEP TAG HEIGHT WIDTH COLORSPACE WIDTHxHEIGHT-IN-THE-PNG
Fails on a wrong checksum, a torn record, or an unknown field.
"""
import struct
import sys


def crc32c(data):
    """Bit by bit; slow and plain."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF


def records(content):
    position = 0
    while position < len(content):
        head = content[position:position + 8]
        length, = struct.unpack("<Q", head)
        check, = struct.unpack_from("<I", content, position + 8)
        assert check == masked(head), f"checksum of the length at {position}"
        data = content[position + 12:position + 12 + length]
        check, = struct.unpack_from("<I", content, position + 12 + length)
        assert len(data) == length and check == masked(data), f"checksum of the data at {position}"
        yield data
        position += 16 + length


def varint(data, position):
    number = shift = 0
    while True:
        byte = data[position]
        position += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, position


def fields(message):
    """(number, value) for each field; the value is an int, or bytes."""
    position = 0
    while position < len(message):
        key, position = varint(message, position)
        if key & 7 == 0:
            value, position = varint(message, position)
        else:
            if key & 7 == 2:
                size, position = varint(message, position)
            else:
                size = {1: 8, 5: 4}[key & 7]
            value = message[position:position + size]
            assert len(value) == size
            position += size
        yield key >> 3, value


def named(message, names):
    """A message as lists of values by name; fields that `names` does not know are errors."""
    result = {name: [] for name in names.values()}
    for number, value in fields(message):
        result[names[number]].append(value)
    return result


def value_line(step, message):
    value = named(message, {1: "tag", 2: "simple_value", 4: "image"})
    tag = value["tag"][0].decode()
    if value["simple_value"]:
        return ["scalar", step, tag, repr(struct.unpack("<f", value["simple_value"][0])[0])]
    image = named(value["image"][0], {1: "height", 2: "width", 3: "colorspace", 4: "encoded"})
    png = image["encoded"][0]
    assert png.startswith(b"\x89PNG\r\n\x1a\n") and png.endswith(b"IEND\xaeB`\x82")
    size = "{}x{}".format(*struct.unpack_from(">II", png, 16))
    return ["image", step, tag, image["height"][0], image["width"][0], image["colorspace"][0], size]


def lines(path):
    with open(path, "rb") as file:
        content = file.read()
    for number, data in enumerate(records(content)):
        event = named(data, {1: "wall_time", 2: "step", 3: "version", 5: "summary"})
        wall_time, = struct.unpack("<d", event["wall_time"][0])
        assert 1.6e9 < wall_time < 1e10, wall_time
        assert bool(event["version"]) == (number == 0), "the version stands in the first record, and only there"
        if event["version"]:
            yield ["version", event["version"][0].decode()]
            continue
        step = event["step"][0] if event["step"] else 0
        for summary in event["summary"]:
            for value in named(summary, {1: "value"})["value"]:
                yield value_line(step, value)


def main():
    for path in sys.argv[1:]:
        for line in lines(path):
            print(*line, sep="\t")


if __name__ == "__main__":
    main()
