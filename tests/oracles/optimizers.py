# SPDX-License-Identifier: Apache-2.0
"""Twelve steps of torch.optim on given gradients in float64: python optimizers.py FILE

The parameters are those of tests/training/two_speeds.h: weights of convolutions decay, the head learns ten times as
fast. Writes param:NAME (before), gradient:STEP:NAME, rates [12], and for CASE in sgd, adamw, clipped (sgd after
clip_grad_norm_ to LIMIT) CASE:NAME (after the last step); norms [12] (what clip_grad_norm_ returned), and
average:NAME (a running mean over the values of sgd, as torch's AveragedModel keeps it with a decay that grows).
"""
import sys

import torch

import tensor_file

STEPS, DECAY, LIMIT, AVERAGE_DECAY = 12, 0.01, 5.0, 0.4
SHAPES = {"conv.weight": (4, 3, 3, 3), "bn.weight": (4,), "bn.bias": (4,), "head.conv.weight": (2, 4, 1, 1),
          "head.conv.bias": (2,)}

torch.manual_seed(3)
start = {name: torch.randn(shape, dtype=torch.float64) for name, shape in SHAPES.items()}
# Gradients of very different sizes, so that some are clipped and others are not.
gradients = [{name: torch.randn(shape, dtype=torch.float64) * 3.0 ** (step % 5 - 3) for name, shape in SHAPES.items()}
             for step in range(STEPS)]
rates = [0.05 / (1 + step) for step in range(STEPS)]


def run(make, limit=None, average=None):
    module = torch.nn.Module()
    for name, value in start.items():
        module.register_parameter(name.replace(".", "_"), torch.nn.Parameter(value.clone()))
    parameters = dict(zip(SHAPES, module.parameters()))
    groups = [{"params": [parameters[name]], "weight_decay": DECAY if name.endswith("conv.weight") else 0.0,
               "multiplier": 10 if name.startswith("head.") else 1} for name in SHAPES]
    optimizer = make(groups)
    averaged = torch.optim.swa_utils.AveragedModel(module, avg_fn=average) if average else None
    norms = []
    for rate, step in zip(rates, gradients):
        for group in optimizer.param_groups:
            group["lr"] = rate * group["multiplier"]
        for name, parameter in parameters.items():
            parameter.grad = step[name].clone()
        if limit is not None:
            norms.append(torch.nn.utils.clip_grad_norm_(parameters.values(), limit))
        optimizer.step()
        if averaged:
            averaged.update_parameters(module)
    if averaged:
        return dict(zip(SHAPES, averaged.module.parameters())), norms
    return parameters, norms


def growing(average, value, count):
    count = int(count)  # from a tensor: the quotient would be a float32
    return average + (1 - min(AVERAGE_DECAY, count / (count + 9))) * (value - average)


def sgd(groups):
    return torch.optim.SGD(groups, lr=0.1, momentum=0.85)


tensors = {f"param:{name}": value for name, value in start.items()}
for step, values in enumerate(gradients):
    tensors.update({f"gradient:{step}:{name}": value for name, value in values.items()})
tensors["rates"] = torch.tensor(rates, dtype=torch.float64)
results = {"sgd": run(sgd), "clipped": run(sgd, LIMIT), "average": run(sgd, average=growing),
           "adamw": run(lambda groups: torch.optim.AdamW(groups, lr=0.1, betas=(0.8, 0.99), eps=1e-6))}
for case, (parameters, _) in results.items():
    tensors.update({f"{case}:{name}": parameter for name, parameter in parameters.items()})
tensors["norms"] = torch.stack(results["clipped"][1])
tensor_file.write(sys.argv[1], tensors)
