# SPDX-License-Identifier: Apache-2.0
"""BiSeNetV1 on ResNet-18 as a plain PyTorch module: the independent description that the C++ graph is compared with.

Names of parameters are those of the reference trainer's state dicts. Heads return logits at the input's resolution.
"""
import torch
from torch import nn
from torch.nn.functional import interpolate


class Unit(nn.Module):
    """Convolution, norm, ReLU."""

    def __init__(self, inputs, outputs, kernel=3, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        widths = (64, 64, 128, 256, 512)
        for index in range(1, 5):
            stride = 1 if index == 1 else 2
            setattr(self, f"layer{index}", nn.Sequential(Block(widths[index - 1], widths[index], stride),
                                                         Block(widths[index], widths[index], 1)))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):  # as torchvision starts it
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        feat16 = self.layer3(self.layer2(self.layer1(x)))
        return feat16, self.layer4(feat16)


class Refinement(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = Unit(inputs, outputs)
        self.conv_atten = nn.Conv2d(outputs, outputs, 1, bias=False)
        self.bn_atten = nn.BatchNorm2d(outputs)

    def forward(self, x):
        x = self.conv(x)
        return x * self.bn_atten(self.conv_atten(x.mean((2, 3), keepdim=True))).sigmoid()


class Context(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.resnet = ResNet18(in_channels)
        self.arm16, self.arm32 = Refinement(256, 128), Refinement(512, 128)
        self.conv_head32, self.conv_head16 = Unit(128, 128), Unit(128, 128)
        self.conv_avg = Unit(512, 128, kernel=1)

    def forward(self, x):
        feat16, feat32 = self.resnet(x)
        deep = self.arm32(feat32) + self.conv_avg(feat32.mean((2, 3), keepdim=True))
        deep = self.conv_head32(interpolate(deep, scale_factor=2, mode="nearest"))
        return self.conv_head16(interpolate(self.arm16(feat16) + deep, scale_factor=2, mode="nearest")), deep


class Spatial(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.conv1 = Unit(in_channels, 64, kernel=7, stride=2)
        self.conv2, self.conv3 = Unit(64, 64, stride=2), Unit(64, 64, stride=2)
        self.conv_out = Unit(64, 128, kernel=1)

    def forward(self, x):
        return self.conv_out(self.conv3(self.conv2(self.conv1(x))))


class Fusion(nn.Module):
    def __init__(self):
        super().__init__()
        self.convblk = Unit(256, 256, kernel=1)
        self.conv = nn.Conv2d(256, 256, 1, bias=False)
        self.bn = nn.BatchNorm2d(256)

    def forward(self, spatial, context):
        x = self.convblk(torch.cat([spatial, context], 1))
        return x + x * self.bn(self.conv(x.mean((2, 3), keepdim=True))).sigmoid()


class Head(nn.Module):
    def __init__(self, inputs, channels, classes, factor):
        super().__init__()
        self.conv = Unit(inputs, channels)
        self.conv_out = nn.Conv2d(channels, classes, 1)
        nn.init.zeros_(self.conv_out.bias)
        self.factor = factor

    def forward(self, x):
        return interpolate(self.conv_out(self.conv(x)), scale_factor=self.factor, mode="bilinear", align_corners=False)


class BiSeNetV1(nn.Module):
    OUTPUTS = ("logits", "conv_out16", "conv_out32")

    def __init__(self, classes, in_channels=3, dropout=0.0):
        """The network has no dropout; the argument is there so that networks can be exchanged."""
        super().__init__()
        self.cp, self.sp, self.ffm = Context(in_channels), Spatial(in_channels), Fusion()
        self.conv_out = Head(256, 256, classes, 8)
        self.conv_out16, self.conv_out32 = Head(128, 64, classes, 8), Head(128, 64, classes, 16)
        for name, module in self.named_modules():
            if isinstance(module, nn.Conv2d) and not name.startswith("cp.resnet."):
                nn.init.kaiming_normal_(module.weight, a=1)

    def forward(self, x):
        context8, context16 = self.cp(x)
        logits = self.conv_out(self.ffm(self.sp(x), context8))
        return (logits, self.conv_out16(context8), self.conv_out32(context16)) if self.training else (logits,)

    @staticmethod
    def is_head(name):
        """Whether a parameter learns ten times as fast."""
        return name.split(".")[0] in ("ffm", "conv_out", "conv_out16", "conv_out32")
