# SPDX-License-Identifier: Apache-2.0
"""What the processes that measure Python torch share. The networks are those of tests/oracles/, described anew."""
import sys
from pathlib import Path

import numpy
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "oracles")]
import networks  # noqa: E402
import safetensors_file  # noqa: E402

NUMBER_TYPES = {"F32": numpy.float32, "U8": numpy.uint8, "I64": numpy.int64}


def tensors(path):
    return {name: torch.from_numpy(numpy.frombuffer(tensor.data, NUMBER_TYPES[tensor.dtype]).copy()
                                   .reshape(tensor.shape))
            for name, tensor in safetensors_file.read(path).items() if tensor.dtype in NUMBER_TYPES}


def network(model, weights, classes, **options):
    """Channels-last, with weights that segtrain wrote."""
    result = networks.NETWORKS[model](classes, **options)
    result.load_state_dict(tensors(weights), strict=True)
    return result.to(memory_format=torch.channels_last)


def wait_for(device):
    """Till it has done what is queued; a CPU's work is done when its call returns."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def use_as_segtrain_does(device):
    """What segtrain's keys cudnn_benchmark and allow_tf32 say by default."""
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True


class MemoryGrowth:
    """The peak from when it was made on: of tensors on a GPU, else of what the process has."""

    def __init__(self, device):
        self.is_on_gpu = device.type == "cuda"
        if self.is_on_gpu:
            torch.cuda.reset_peak_memory_stats()
            self.before = torch.cuda.memory_allocated()
        else:
            self.before = memory("VmRSS")
            Path("/proc/self/clear_refs").write_text("5")  # VmHWM counts from here

    def bytes(self):
        return (torch.cuda.max_memory_allocated() if self.is_on_gpu else memory("VmHWM")) - self.before


def memory(field):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise ValueError(field)
