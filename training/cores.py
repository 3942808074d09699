"""The cores of Mehta (2020): SelecSLS Net (Table 7.9), ResNet-50 and ResNet-34 (He 2016). Needs PyTorch.

Each takes a picture (N,3,H,W) and gives features (N,`outputs`,H/16,W/16).
"""

import torch
from torch import nn

from .layers import Convolution

# stride, features k, outputs n_o of each module (column W, concatenation skip, skip from the first)
SELECSLS_LEVELS = (
    ((2, 64, 64), (1, 64, 128)),
    ((2, 128, 128), (1, 128, 128), (1, 128, 288)),
    ((2, 288, 288), (1, 288, 288), (1, 288, 288), (1, 288, 416)),
)
STEM = 32


class SelecSLSModule(nn.Module):
    """3 x 3 convolutions with 1 x 1 between them; the three and the skip are joined and mixed (Figure 7.5 b)."""

    def __init__(self, inputs, skip, stride, features, outputs):
        super().__init__()
        half = features // 2
        self.first = Convolution(inputs, features, 3, stride, grouped=True)
        self.second = nn.Sequential(
            Convolution(features, features, 1), Convolution(features, half, 3, grouped=True)
        )
        self.third = nn.Sequential(
            Convolution(half, features, 1), Convolution(features, half, 3, grouped=True)
        )
        self.mix = Convolution(2 * features + skip, outputs, 1)

    def forward(self, x, skip):
        first = self.first(x)
        second = self.second(first)
        return self.mix(torch.cat([first, second, self.third(second), *skip], 1))


class SelecSLSLevel(nn.Module):
    """Modules of one resolution; all but the first also get what the first gave."""

    def __init__(self, inputs, rows):
        super().__init__()
        self.modules_in_order, skip = nn.ModuleList(), 0
        for stride, features, outputs in rows:
            module = SelecSLSModule(inputs, skip, stride, features, outputs)
            self.modules_in_order.append(module)
            inputs, skip = outputs, skip or outputs

    def forward(self, x):
        first, *rest = self.modules_in_order
        kept = x = first(x, [])
        for module in rest:
            x = module(x, [kept])
        return x


class SelecSLS(nn.Sequential):
    """SelecSLS Net, concatenation skip, skip from the first module, wide."""

    outputs = SELECSLS_LEVELS[-1][-1][-1]

    def __init__(self):
        levels, inputs = [Convolution(3, STEM, 3, 2)], STEM
        for rows in SELECSLS_LEVELS:
            levels.append(SelecSLSLevel(inputs, rows))
            inputs = rows[-1][-1]
        super().__init__(*levels)


class Residual(nn.Module):
    """A block and its shortcut: relu(block(x) + shortcut(x))."""

    def __init__(self, block, inputs, outputs, stride):
        super().__init__()
        self.block = block
        plain = inputs == outputs and stride == 1
        self.shortcut = (
            nn.Identity() if plain else Convolution(inputs, outputs, 1, stride, active=False)
        )

    def forward(self, x):
        return torch.relu(self.block(x) + self.shortcut(x))


def bottleneck(inputs, features, stride):
    """Block of ResNet-50: 4 x `features` outputs."""
    block = nn.Sequential(
        Convolution(inputs, features, 1),
        Convolution(features, features, 3, stride),
        Convolution(features, 4 * features, 1, active=False),
    )
    return Residual(block, inputs, 4 * features, stride)


def basic(inputs, features, stride):
    """Block of ResNet-34."""
    block = nn.Sequential(
        Convolution(inputs, features, 3, stride),
        Convolution(features, features, 3, active=False),
    )
    return Residual(block, inputs, features, stride)


class ResNet(nn.Sequential):
    """A residual network up to the first block of level 5, of which the stride is taken away (Section 7.2.4)."""

    def __init__(self, block, widening):
        levels = [Convolution(3, 64, 7, 2), nn.MaxPool2d(3, 2, 1)]
        inputs = 64
        for blocks, features, stride in ((3, 64, 1), (4, 128, 2), (6, 256, 2), (1, 512, 1)):
            for place in range(blocks):
                levels.append(block(inputs, features, stride if place == 0 else 1))
                inputs = widening * features
        super().__init__(*levels)
        self.outputs = inputs


CORES = {
    "selecsls": SelecSLS,
    "resnet50": lambda: ResNet(bottleneck, 4),
    "resnet34": lambda: ResNet(basic, 1),
}
