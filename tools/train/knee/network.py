"""The knee network: a 2.5-D U-Net of plain 2-D layers, so that any ONNX runner can run it. Six levels: at 0.45 mm a pixel of
the deepest sees the whole joint, which tells bone from muscle of the same brightness."""
import torch
from torch import nn

from prepare import CLASSES

CHANNELS = (16, 32, 64, 96, 128, 128)  # multiples of 16: several times faster on vector units
INPUTS = 5  # slices: prepare.slab_offsets


def block(inputs, outputs):
    layers = []
    for i in (inputs, outputs):
        layers += [nn.Conv2d(i, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.01, True)]
    return nn.Sequential(*layers)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        inputs = (INPUTS,) + CHANNELS[:-1]
        self.down = nn.ModuleList([block(i, o) for i, o in zip(inputs, CHANNELS)])
        self.up = nn.ModuleList([block(CHANNELS[n] + CHANNELS[n - 1], CHANNELS[n - 1])
                                 for n in range(len(CHANNELS) - 1, 0, -1)])
        self.head = nn.Conv2d(CHANNELS[0], len(CLASSES), 1)

    def forward(self, x):
        skips = []
        for n, layer in enumerate(self.down):
            x = layer(x if n == 0 else nn.functional.max_pool2d(x, 2))
            skips.append(x)
        for n, layer in enumerate(self.up):
            x = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = layer(torch.cat([x, skips[-2 - n]], 1))
        return self.head(x)
