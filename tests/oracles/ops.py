# SPDX-License-Identifier: Apache-2.0
"""Every operation of the graph by torch.nn.functional and autograd, in float64: python ops.py FILE

For a case: case/in0, case/in1, … (operands), case/out, case/dy (a random gradient of the output), case/grad0, … (of the
operands that have one), case/after_NAME (buffers after the call). The C++ tests know the options by the case's name.
"""
import sys

import torch
import torch.nn.functional as F

import tensor_file

tensors = {}


def numbers(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def case(name, function, *operands, constant=()):
    """Operands at the positions `constant` get no gradient."""
    leaves = [x.clone().requires_grad_(x.is_floating_point() and i not in constant) for i, x in enumerate(operands)]
    out = function(*leaves)
    for i, x in enumerate(operands):
        tensors[f"{name}/in{i}"] = x
    tensors[f"{name}/out"] = out
    if not out.requires_grad:
        return
    dy = torch.randn_like(out)
    tensors[f"{name}/dy"] = dy
    gradients = torch.autograd.grad(out, [x for x in leaves if x.requires_grad], dy)
    for i, x in enumerate(leaves):
        if x.requires_grad:
            tensors[f"{name}/grad{i}"] = gradients[0]
            gradients = gradients[1:]


def convolutions():
    x = numbers(2, 6, 9, 8)
    case("convolution/plain", lambda x, w: F.conv2d(x, w, padding=1), x, numbers(5, 6, 3, 3))
    case("convolution/bias", lambda x, w, b: F.conv2d(x, w, b), x, numbers(5, 6, 1, 1), numbers(5))
    case("convolution/stride", lambda x, w: F.conv2d(x, w, stride=2, padding=1), x, numbers(5, 6, 3, 3))
    case("convolution/dilation", lambda x, w: F.conv2d(x, w, padding=2, dilation=2), x, numbers(5, 6, 3, 3))
    case("convolution/groups", lambda x, w: F.conv2d(x, w, padding=1, groups=2), x, numbers(4, 3, 3, 3))
    case("convolution/depthwise", lambda x, w: F.conv2d(x, w, padding=1, groups=6), x, numbers(6, 1, 3, 3))
    case("convolution/multiplier", lambda x, w: F.conv2d(x, w, stride=2, padding=1, groups=6), x, numbers(36, 1, 3, 3))


def batch_norms():
    for name, shape, training in (("train", (3, 5, 6, 7), True), ("one_by_one", (4, 5, 1, 1), True),
                                  ("inference", (3, 5, 6, 7), False)):
        channels = shape[1]
        x, scale, shift = numbers(*shape) * 3 + 1, numbers(channels), numbers(channels)
        mean, var = numbers(channels), torch.rand(channels, dtype=torch.float64) + 0.5
        after_mean, after_var = mean.clone(), var.clone()

        def function(x, scale, shift, mean, var, count):
            return F.batch_norm(x, after_mean, after_var, scale, shift, training, momentum=0.1, eps=1e-5)

        case(f"batch_norm/{name}", function, x, scale, shift, mean, var, torch.tensor(7), constant=(3, 4))
        tensors[f"batch_norm/{name}/after_mean"] = after_mean
        tensors[f"batch_norm/{name}/after_var"] = after_var


def elementwise():
    a, b, one = numbers(2, 4, 5, 3), numbers(2, 4, 5, 3), numbers(2, 4, 1, 1)
    case("activation/relu", torch.relu, a)
    case("activation/sigmoid", torch.sigmoid, a)
    case("add/equal", torch.add, a, b)
    case("add/1x1", torch.add, a, one)
    case("mul/equal", torch.mul, a, b)
    case("mul/1x1", torch.mul, a, one)


def channels():
    a, b, c = numbers(2, 4, 5, 3), numbers(2, 1, 5, 3), numbers(2, 6, 5, 3)
    case("concat", lambda *parts: torch.cat(parts, dim=1), a, b, c)
    case("slice", lambda x: x[:, 2:5], c)
    case("softmax", lambda x: torch.softmax(x, dim=1), c)
    case("argmax", lambda x: x.argmax(dim=1).to(torch.uint8), c)


def pooling():
    x = numbers(2, 3, 9, 12)
    case("max_pool/3_2_1", lambda x: F.max_pool2d(x, 3, stride=2, padding=1), x)
    case("max_pool/2_2_0", lambda x: F.max_pool2d(x, 2, stride=2), x)
    case("average_pool/3_2_1", lambda x: F.avg_pool2d(x, 3, stride=2, padding=1), x)
    case("average_pool/2_2_0", lambda x: F.avg_pool2d(x, 2, stride=2), x)
    case("global_pool", lambda x: x.mean(dim=(2, 3), keepdim=True), x)


def resampling():
    x = numbers(2, 3, 5, 7)

    def to(size, mode, corners):
        corners = corners if mode == "bilinear" else None
        return lambda x, *_: F.interpolate(x, size=size, mode=mode, align_corners=corners)

    case("upsample/nearest_2", to((10, 14), "nearest", None), x)
    case("upsample/bilinear_2", to((10, 14), "bilinear", False), x)
    case("upsample/bilinear_3", to((15, 21), "bilinear", False), x)
    case("upsample/corners_2", to((10, 14), "bilinear", True), x)
    like = numbers(2, 1, 11, 9)
    case("upsample/nearest_like", to((11, 9), "nearest", None), x, like, constant=(1,))
    case("upsample/bilinear_like", to((11, 9), "bilinear", False), x, like, constant=(1,))
    points = torch.rand(2, 40, 2, dtype=torch.float64)
    points[0, :8] = torch.tensor([[0, 0], [1, 1], [0, 1], [1, 0], [0, 0.4], [0.6, 1], [1e-3, 0.999], [0.5, 0.5]])
    for padding in ("zeros", "border"):
        case(f"point_sample/{padding}",
             lambda x, p: F.grid_sample(x, (2 * p - 1).unsqueeze(1), padding_mode=padding, align_corners=False),
             x, points, constant=(1,))


def normalization():
    mean = torch.tensor([0.3, 0.4, 0.5, 0.6], dtype=torch.float64)
    deviation = torch.tensor([0.2, 0.21, 0.22, 0.23], dtype=torch.float64)
    x = torch.randint(0, 256, (2, 5, 6, 4), dtype=torch.uint8)
    case("normalize/bytes", lambda x: ((x.double() / 255 - mean) / deviation).permute(0, 3, 1, 2), x)
    words = torch.randint(0, 65536, (2, 5, 6, 4))
    case("normalize/words", lambda x: ((x.double() / 65535 - mean) / deviation).permute(0, 3, 1, 2), words)


torch.manual_seed(1)
for part in (convolutions, batch_norms, elementwise, channels, pooling, resampling, normalization):
    part()
tensor_file.write(sys.argv[1], tensors)
