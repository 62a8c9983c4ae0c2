# SPDX-License-Identifier: Apache-2.0
"""Weight files between Python's torch and segtrain.

weight_files.py write FOLDER
    state dicts in every form that torch.save() has, as NAME.pth, each beside NAME.safetensors with what it holds
weight_files.py check FILE.pth FILE.safetensors [MODEL CLASSES]
    fails unless torch.load(weights_only=True) gives an OrderedDict of just those tensors, which the network of Python,
    if one is named, takes without a difference in its names
"""
import argparse
import collections
import datetime
import json
import pathlib
import struct
import sys

import numpy
import torch

TYPES = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
         torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL"}


def raw(tensor):
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        begin = len(data)
        data += raw(tensor)
        header[name] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    types = {name: dtype for dtype, name in TYPES.items()}
    return {name: torch.frombuffer(bytearray(data[slice(*entry["data_offsets"])]) or bytearray(1), dtype=torch.uint8)
            [:entry["data_offsets"][1] - entry["data_offsets"][0]].view(types[entry["dtype"]]).view(entry["shape"])
            for name, entry in header.items()}


def network():
    return torch.nn.Sequential(collections.OrderedDict(
        conv=torch.nn.Conv2d(3, 4, 3), bn=torch.nn.BatchNorm2d(4), head=torch.nn.Conv2d(4, 2, 1)))


def write_all(folder):
    torch.manual_seed(1)
    plain = network().state_dict()  # an OrderedDict with _metadata
    numbers = torch.randn(3, 5, 2, 2)
    base = torch.arange(24, dtype=torch.float32)
    odd = {"transposed": numbers.permute(1, 3, 0, 2), "channels_last": numbers.to(memory_format=torch.channels_last),
           "whole": base, "tail": base[20:], "columns": base.view(4, 6)[:, 1:3], "tied": base.view(4, 6).t(),
           "expanded": torch.tensor(1.5).expand(3), "number": torch.tensor(2.5), "empty": torch.zeros(0, 3)}
    types = {str(dtype): (torch.arange(5) % 2).to(dtype) for dtype in TYPES}
    nested = {"detail": plain, "head": {"conv.weight": numbers}}
    flat = {f"{child}.{name}": value for child, inner in nested.items() for name, value in inner.items()}
    forms = {
        "plain": (plain, plain),
        "odd": (odd, odd),
        "types": (types, types),
        "parameters": (dict(network().named_parameters()), None),
        "nested": (nested, flat),
        "wrapped": ({"epoch": 3, "best_mIoU": 0.5, "state_dict": {"module.model." + k: v for k, v in plain.items()},
                     "optimizer": torch.optim.AdamW(network().parameters()).state_dict()}, plain),
        "beside": ({"best": numpy.float64(0.5), "losses": [numpy.float32(1), numpy.int64(2)], "is_good": numpy.bool_(1),
                    "args": argparse.Namespace(lr=0.1, steps=[1, 2], name=None, device=torch.device("cuda", 1),
                                               inner=argparse.Namespace(share=numpy.float64(0.25))),
                    "when": datetime.datetime(2024, 2, 29, 12), "took": datetime.timedelta(seconds=5),
                    "path": pathlib.PosixPath("a/b"),
                    "set": {1, 2}, "frozen": frozenset({"a"}), "none": set(), "complex": 1j, "bytes": bytearray(b"xy"),
                    "seen": collections.Counter("abca"), "log": collections.defaultdict(list, {"loss": [0.5]}),
                    "last": collections.deque([1, 2], maxlen=3), "type": torch.float32, "size": torch.Size([2, 3]),
                    "confusion": numpy.arange(6.0).reshape(2, 3), "rates": numpy.array([]),
                    "state_dict": plain}, plain),
        "model": ({"model": plain, "step": None, "rates": [0.1, 0.2], "name": "ä"}, plain),
    }
    for name, (content, expected) in forms.items():
        for protocol in (2, 4):
            for is_zip in (True, False):
                path = f"{folder}/{name}-{'zip' if is_zip else 'stream'}-{protocol}"
                torch.save(content, path + ".pth", pickle_protocol=protocol, _use_new_zipfile_serialization=is_zip)
                write_safetensors(path + ".safetensors", content if expected is None else expected)


def check(file, expected_file, model=None, classes=None):
    expected = read_safetensors(expected_file)
    found = torch.load(file, weights_only=True)
    assert type(found) is collections.OrderedDict, type(found)
    assert list(found) == list(expected), set(found) ^ set(expected)
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype and found[name].shape == tensor.shape, name
        assert found[name].is_contiguous() and raw(found[name]) == raw(tensor), name
    if model is not None:
        from networks import NETWORKS
        NETWORKS[model](int(classes)).load_state_dict(found, strict=True)


if sys.argv[1] == "write":
    write_all(sys.argv[2])
else:
    check(*sys.argv[2:])
