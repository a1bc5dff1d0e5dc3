"""The spine network: a 2.5-D U-Net of plain 2-D layers, so that any ONNX runner can run it."""
import torch
from torch import nn

CHANNELS = (16, 32, 64, 96, 128)  # multiples of 16: several times faster on vector units than 12-24-48
INPUTS = 5  # slices: prepare.slab_offsets
OUTPUTS = ("body", "last_lumbar", "s1", "disc", "sac")


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
        self.head = nn.Conv2d(CHANNELS[0], len(OUTPUTS), 1)

    def forward(self, x):
        skips = []
        for n, layer in enumerate(self.down):
            x = layer(x if n == 0 else nn.functional.max_pool2d(x, 2))
            skips.append(x)
        for n, layer in enumerate(self.up):
            x = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = layer(torch.cat([x, skips[-2 - n]], 1))
        return self.head(x)
