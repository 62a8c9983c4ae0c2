# SPDX-License-Identifier: Apache-2.0
"""A network under autograd: python network.py MODEL FILE

image, labels, param:NAME (state dict before); for TYPE in f64, f32: TYPE/output:NAME (full resolution), TYPE/loss and
TYPE/grad:NAME (OHEM on all outputs), TYPE/after:NAME (buffers after one forward), TYPE/evaluation (the output in
evaluation mode with those buffers). Dropout is off.
"""
import sys

import torch

import losses
import tensor_file
from networks import NETWORKS

make = NETWORKS[sys.argv[1]]
torch.manual_seed(3)
# Eight images: the BatchNorm after global pooling has one value an image, and with few of them it magnifies rounding.
# Channels-last, so that convolutions round as ours do: a freshly initialised network of BatchNorms magnifies that, too.
tensors = {"image": torch.randn(8, 3, 64, 64, dtype=torch.float64)}
labels = torch.randint(0, 20, (8, 4, 4)).repeat_interleave(16, 1).repeat_interleave(16, 2)
labels[labels == 19] = 255
tensors["labels"] = labels.to(torch.uint8)
start = make(19, dropout=0.0).double()
with torch.no_grad():  # off their initial values, so that nothing is 0 or 1 by chance
    for parameter in start.parameters():
        parameter += 0.05 * torch.randn_like(parameter)

for name, value in start.state_dict().items():
    tensors[f"param:{name}"] = value.clone()

for kind, dtype in (("f64", torch.float64), ("f32", torch.float32)):
    net = make(19, dropout=0.0).to(dtype, memory_format=torch.channels_last)
    net.load_state_dict(start.state_dict())
    image = tensors["image"].to(dtype, memory_format=torch.channels_last)
    outputs = net(image)
    for name, value in zip(net.OUTPUTS, outputs):
        tensors[f"{kind}/output:{name}"] = value
    for name, value in net.named_buffers():
        tensors[f"{kind}/after:{name}"] = value.clone()
    total = sum(losses.ohem(output, labels) for output in outputs)
    total.backward()
    tensors[f"{kind}/loss"] = total
    for name, parameter in net.named_parameters():
        tensors[f"{kind}/grad:{name}"] = parameter.grad
    net.eval()
    tensors[f"{kind}/evaluation"] = net(image)[0]
tensor_file.write(sys.argv[2], tensors)
