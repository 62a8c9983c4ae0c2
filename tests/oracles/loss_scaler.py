# SPDX-License-Identifier: Apache-2.0
"""torch.amp.GradScaler over forty steps on given scaled gradients, some of them with infinities and NaN:
python loss_scaler.py FILE

Scale, growth tracker and parameters after each step, for SGD with momentum. The scale begins at 1000, grows by 3 after
three good steps and falls by 0.3, so that none of the scales is a power of two. Writes start [N]; gradients [40,N]
(scaled, as backward leaves them); and after each step scales [40], trackers [40], values [40,N], found [40] (1 where
the step was skipped), unscaled [40,N] (gradients as the optimizer saw them).
"""
import sys

import torch

import tensor_file

STEPS, SIZE = 40, 7
torch.manual_seed(11)
start = torch.randn(SIZE)
gradients = torch.randn(STEPS, SIZE) * 100
bad = {3: float("inf"), 4: float("-inf"), 12: float("nan"), 25: float("inf"), 26: float("nan"), 27: float("inf")}
for step, value in bad.items():
    gradients[step, step % SIZE] = value

parameter = torch.nn.Parameter(start.clone())
optimizer = torch.optim.SGD([parameter], lr=0.01, momentum=0.9)
scaler = torch.amp.GradScaler("cpu", init_scale=1000.0, growth_factor=3.0, backoff_factor=0.3, growth_interval=3)
scaler.scale(torch.zeros(()))  # makes the scale, lazily
scales, trackers, values, found, unscaled = [], [], [], [], []
for step in range(STEPS):
    parameter.grad = gradients[step].clone()
    scaler.unscale_(optimizer)
    unscaled.append(parameter.grad.clone())
    before = parameter.detach().clone()
    scaler.step(optimizer)
    found.append(float(torch.equal(before, parameter.detach())))
    scaler.update()
    state = scaler.state_dict()
    scales.append(state["scale"])
    trackers.append(float(state["_growth_tracker"]))
    values.append(parameter.detach().clone())
tensor_file.write(sys.argv[1], {"start": start, "gradients": gradients, "scales": torch.tensor(scales),
                                "trackers": torch.tensor(trackers), "values": torch.stack(values),
                                "found": torch.tensor(found), "unscaled": torch.stack(unscaled)})
