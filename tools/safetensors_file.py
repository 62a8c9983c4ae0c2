# SPDX-License-Identifier: Apache-2.0
"""Reads safetensors files with the standard library, for tests and comparisons that must not trust our own reader."""
import json
import struct
from pathlib import Path
from typing import NamedTuple


class Tensor(NamedTuple):
    dtype: str  # "F32", "U8", ...
    shape: list[int]
    data: bytes


def read(path) -> dict[str, Tensor]:
    content = Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        data = content[8 + length + begin:8 + length + end]
        if len(data) != end - begin:
            raise ValueError(f"{path}: {name} ends beyond the file")
        tensors[name] = Tensor(entry["dtype"], entry["shape"], data)
    return tensors
