# SPDX-License-Identifier: Apache-2.0
"""Tensors by name in a file that the C++ tests read without any library (tests/engine/oracle.h).

Records of: name length, name, type (0 float32, 1 float64, 2 int64, 3 uint8), rank, extents, values row-major.
Whole numbers are little-endian int64.
"""
import os
import struct

import torch

TYPES = {torch.float32: 0, torch.float64: 1, torch.int64: 2, torch.uint8: 3}


def write(path, tensors):
    """Atomically, so that an interrupted run leaves no half file behind."""
    with open(path + ".part", "wb") as file:
        for name, tensor in tensors.items():
            tensor = torch.as_tensor(tensor).detach().contiguous()
            encoded = name.encode()
            file.write(struct.pack("<q", len(encoded)) + encoded)
            file.write(struct.pack(f"<{2 + tensor.dim()}q", TYPES[tensor.dtype], tensor.dim(), *tensor.shape))
            file.write(tensor.numpy().tobytes())
    os.replace(path + ".part", path)
