# SPDX-License-Identifier: Apache-2.0
"""BiSeNetV2 as a plain PyTorch module: the independent description that the C++ graph is compared with.

Names of parameters are those of the reference trainer's state dicts. Heads return logits at the input's resolution.
"""
import torch
from torch import nn


def conv(inputs, outputs, kernel=3, stride=1, groups=1, bias=False):
    return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=bias)


class ConvBNReLU(nn.Module):
    def __init__(self, inputs, outputs, kernel=3, stride=1):
        super().__init__()
        self.conv = conv(inputs, outputs, kernel, stride)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class Detail(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.S1 = nn.Sequential(ConvBNReLU(in_channels, 64, stride=2), ConvBNReLU(64, 64))
        self.S2 = nn.Sequential(ConvBNReLU(64, 64, stride=2), ConvBNReLU(64, 64), ConvBNReLU(64, 64))
        self.S3 = nn.Sequential(ConvBNReLU(64, 128, stride=2), ConvBNReLU(128, 128), ConvBNReLU(128, 128))

    def forward(self, x):
        return self.S3(self.S2(self.S1(x)))


class Stem(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.conv = ConvBNReLU(in_channels, 16, stride=2)
        self.left = nn.Sequential(ConvBNReLU(16, 8, kernel=1), ConvBNReLU(8, 16, stride=2))
        self.right = nn.MaxPool2d(3, stride=2, padding=1)
        self.fuse = ConvBNReLU(32, 16)

    def forward(self, x):
        x = self.conv(x)
        return self.fuse(torch.cat([self.left(x), self.right(x)], dim=1))


class Expand(nn.Module):
    """Gather-and-expansion layer of stride 1."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = ConvBNReLU(channels, channels)
        self.dwconv = nn.Sequential(conv(channels, channels * 6, groups=channels), nn.BatchNorm2d(channels * 6),
                                    nn.ReLU())
        self.conv2 = nn.Sequential(conv(channels * 6, channels, kernel=1), nn.BatchNorm2d(channels))
        self.conv2[1].last_bn = True

    def forward(self, x):
        return torch.relu(self.conv2(self.dwconv(self.conv1(x))) + x)


class ExpandDown(nn.Module):
    """Gather-and-expansion layer of stride 2."""

    def __init__(self, inputs, outputs):
        super().__init__()
        middle = inputs * 6
        self.conv1 = ConvBNReLU(inputs, inputs)
        self.dwconv1 = nn.Sequential(conv(inputs, middle, stride=2, groups=inputs), nn.BatchNorm2d(middle))
        self.dwconv2 = nn.Sequential(conv(middle, middle, groups=middle), nn.BatchNorm2d(middle), nn.ReLU())
        self.conv2 = nn.Sequential(conv(middle, outputs, kernel=1), nn.BatchNorm2d(outputs))
        self.conv2[1].last_bn = True
        self.shortcut = nn.Sequential(conv(inputs, inputs, stride=2, groups=inputs), nn.BatchNorm2d(inputs),
                                      conv(inputs, outputs, kernel=1), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.conv2(self.dwconv2(self.dwconv1(self.conv1(x))))
        return torch.relu(y + self.shortcut(x))


class ContextEmbedding(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bn = nn.BatchNorm2d(channels)
        self.conv_gap = ConvBNReLU(channels, channels, kernel=1)
        self.conv_last = ConvBNReLU(channels, channels)

    def forward(self, x):
        y = self.conv_gap(self.bn(x.mean(dim=(2, 3), keepdim=True)))
        return self.conv_last(y + x)


class Segment(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.S1S2 = Stem(in_channels)
        self.S3 = nn.Sequential(ExpandDown(16, 32), Expand(32))
        self.S4 = nn.Sequential(ExpandDown(32, 64), Expand(64))
        self.S5_4 = nn.Sequential(ExpandDown(64, 128), Expand(128), Expand(128), Expand(128))
        self.S5_5 = ContextEmbedding(128)

    def forward(self, x):
        feat2 = self.S1S2(x)
        feat3 = self.S3(feat2)
        feat4 = self.S4(feat3)
        feat5 = self.S5_4(feat4)
        return feat2, feat3, feat4, feat5, self.S5_5(feat5)


class Aggregation(nn.Module):
    def __init__(self, c=128):
        super().__init__()
        self.left1 = nn.Sequential(conv(c, c, groups=c), nn.BatchNorm2d(c), conv(c, c, kernel=1))
        self.left2 = nn.Sequential(conv(c, c, stride=2), nn.BatchNorm2d(c), nn.AvgPool2d(3, stride=2, padding=1))
        self.right1 = nn.Sequential(conv(c, c), nn.BatchNorm2d(c))
        self.right2 = nn.Sequential(conv(c, c, groups=c), nn.BatchNorm2d(c), conv(c, c, kernel=1))
        self.conv = nn.Sequential(conv(c, c), nn.BatchNorm2d(c), nn.ReLU())
        self.up = nn.Upsample(scale_factor=4)

    def forward(self, detail, semantic):
        left = self.left1(detail) * torch.sigmoid(self.up(self.right1(semantic)))
        right = self.left2(detail) * torch.sigmoid(self.right2(semantic))
        return self.conv(left + self.up(right))


class Head(nn.Module):
    def __init__(self, inputs, channels, classes, factor, auxiliary, dropout):
        super().__init__()
        self.conv = ConvBNReLU(inputs, channels)
        self.drop = nn.Dropout(dropout)
        enlarge = nn.Identity()
        if auxiliary:
            enlarge = nn.Sequential(nn.Upsample(scale_factor=2), ConvBNReLU(channels, factor * factor))
            channels, factor = factor * factor, factor // 2
        self.conv_out = nn.Sequential(enlarge, conv(channels, classes, kernel=1, bias=True),
                                      nn.Upsample(scale_factor=factor, mode="bilinear", align_corners=False))

    def forward(self, x):
        return self.conv_out(self.drop(self.conv(x)))


class BiSeNetV2(nn.Module):
    OUTPUTS = ("logits", "aux2", "aux3", "aux4", "aux5_4")

    def __init__(self, classes, in_channels=3, dropout=0.1):
        super().__init__()
        self.detail = Detail(in_channels)
        self.segment = Segment(in_channels)
        self.bga = Aggregation()
        self.head = Head(128, 1024, classes, 8, False, dropout)
        self.aux2 = Head(16, 128, classes, 4, True, dropout)
        self.aux3 = Head(32, 128, classes, 8, True, dropout)
        self.aux4 = Head(64, 128, classes, 16, True, dropout)
        self.aux5_4 = Head(128, 128, classes, 32, True, dropout)

    def forward(self, x):
        feat2, feat3, feat4, feat5, semantic = self.segment(x)
        logits = self.head(self.bga(self.detail(x), semantic))
        if not self.training:
            return (logits,)
        return logits, self.aux2(feat2), self.aux3(feat3), self.aux4(feat4), self.aux5_4(feat5)

    @staticmethod
    def is_head(name):
        """Whether a parameter learns ten times as fast."""
        child = name.split(".")[0]
        return "head" in child or "aux" in child
