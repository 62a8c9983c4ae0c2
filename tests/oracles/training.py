# SPDX-License-Identifier: Apache-2.0
"""Twelve training steps of the reference's recipe in float32: python training.py MODEL FILE

OHEM on all heads, four parameter groups, SGD with momentum 0.9, exponential warm-up, dropout 0. Writes
param:NAME (before), images [12,N,H,W,3] uint8, labels [12,N,H,W] uint8, rates [12] (base learning rate),
losses [12,heads], last:NAME (after the last step).
"""
import sys

import torch

import losses
import tensor_file
from networks import NETWORKS, parameter_groups

STEPS, WARMUP, RATE, DECAY, CLASSES = 12, 1000, 5e-3, 5e-4, 19
MEAN, DEVIATION = torch.tensor([0.3257, 0.3690, 0.3223]), torch.tensor([0.2112, 0.2148, 0.2115])


def pictures(generator):
    """Blocks of 16 pixels whose colour tells their class, with noise; some are to be ignored."""
    classes = torch.randint(0, CLASSES + 1, (8, 8, 8), generator=generator)
    labels = classes.repeat_interleave(16, 1).repeat_interleave(16, 2)
    colours = torch.stack([labels * 13 % 256, labels * 41 % 256, labels * 97 % 256], dim=-1)
    noise = torch.randint(-40, 41, colours.shape, generator=generator)
    labels[labels == CLASSES] = 255
    return (colours + noise).clamp(0, 255).to(torch.uint8), labels


torch.manual_seed(4)
generator = torch.Generator().manual_seed(5)
net = NETWORKS[sys.argv[1]](CLASSES, dropout=0.0).to(memory_format=torch.channels_last)
groups = parameter_groups(net, RATE, DECAY)
optimizer = torch.optim.SGD(groups, lr=RATE, momentum=0.9)
tensors = {f"param:{name}": value.clone() for name, value in net.state_dict().items()}
images, all_labels, rates, values = [], [], [], []
for step in range(STEPS):
    image, labels = pictures(generator)
    rate = RATE * 0.1 ** (1 - step / WARMUP)
    for group in optimizer.param_groups:
        group["lr"] = rate * group["multiplier"]
    x = ((image / 255.0 - MEAN) / DEVIATION).permute(0, 3, 1, 2)  # which is channels-last
    optimizer.zero_grad()
    terms = [losses.ohem(output, labels) for output in net(x)]
    sum(terms).backward()
    optimizer.step()
    images.append(image)
    all_labels.append(labels.to(torch.uint8))
    rates.append(rate)
    values.append([term.item() for term in terms])
tensors["images"] = torch.stack(images)
tensors["labels"] = torch.stack(all_labels)
tensors["rates"] = torch.tensor(rates, dtype=torch.float64)
tensors["losses"] = torch.tensor(values, dtype=torch.float64)
for name, value in net.state_dict().items():
    tensors[f"last:{name}"] = value
tensor_file.write(sys.argv[2], tensors)
