"""Networks with the outputs of VNect, ORPM and XNect on any of the cores, and XNect's Stage II. Needs PyTorch.

What a core gives at 1/16 of the picture becomes maps at 1/8 (ORPM's pose maps: 1/4). VNect's head is that of
Figure 5.4 (Mehta 2020; widths of Mehta 2017). Of the branches of ORPM and XNect the source tells resolution,
inputs and outputs; their widths are ours.
"""

import torch
from torch import nn

from .cores import CORES
from .joints import LIMBS, ORPM_JOINTS, VNECT_JOINTS
from .layers import Convolution, Doubling

WIDTH = 128  # features of the branches
STAGE_TWO_WIDTH = 1024


class VNect(nn.Module):
    """Crop (N,3,h,w) -> heatmaps, x, y, z: (N,21,h/8,w/8) each."""

    joints = len(VNECT_JOINTS)

    def __init__(self, core):
        super().__init__()
        self.core = CORES[core]()
        inputs = self.core.outputs
        self.deep = nn.Sequential(
            Convolution(inputs, 512, 1), Convolution(512, 512, 3), Convolution(512, 1024, 1, active=False)
        )  # fmt: skip
        self.shortcut = Convolution(inputs, 1024, 1, active=False)
        self.narrow = nn.Sequential(
            Convolution(1024, 256, 1), Convolution(256, 128, 3), Convolution(128, 256, 1)
        )
        self.features = Doubling(256, 128)
        self.bones = nn.ConvTranspose2d(256, 3 * self.joints, 4, 2, 1)
        self.mix = Convolution(128 + 4 * self.joints, 128, 3)
        self.maps = nn.Conv2d(128, 4 * self.joints, 1)

    def forward(self, picture):
        x = self.core(picture)
        x = self.narrow(torch.relu(self.deep(x) + self.shortcut(x)))
        bones = self.bones(x)  # relative to the parent: x, then y, then z of all joints
        lengths = sum(part**2 for part in bones.split(self.joints, 1)).sqrt()
        maps = self.maps(self.mix(torch.cat([self.features(x), bones, lengths], 1)))
        return maps.split(self.joints, 1)


class PlaneBranch(nn.Module):
    """Features (N,C,h/16,w/16) -> heatmaps, fields at 1/8, and the features before them."""

    def __init__(self, inputs, joints, limbs):
        super().__init__()
        self.features = nn.Sequential(
            Convolution(inputs, 2 * WIDTH, 1), Doubling(2 * WIDTH, WIDTH), Convolution(WIDTH, WIDTH, 3)
        )  # fmt: skip
        self.heatmaps = nn.Conv2d(WIDTH, joints, 1)
        self.fields = nn.Conv2d(WIDTH, 2 * limbs, 1)

    def forward(self, x):
        features = self.features(x)
        return self.heatmaps(features), self.fields(features), features


class Orpm(nn.Module):
    """Picture (1,3,h,w) -> heatmaps (1,17,h/8,w/8), fields (1,28,h/8,w/8), maps (1,51,h/4,w/4)."""

    joints = len(ORPM_JOINTS)

    def __init__(self, core):
        super().__init__()
        self.core = CORES[core]()
        self.plane = PlaneBranch(self.core.outputs, self.joints, len(LIMBS))
        self.space = nn.Sequential(
            Convolution(self.core.outputs, 2 * WIDTH, 1),
            Doubling(2 * WIDTH, WIDTH),
            Convolution(WIDTH, WIDTH, 3),
            Doubling(WIDTH, WIDTH),
            nn.Conv2d(WIDTH, 3 * self.joints, 1),
        )

    def forward(self, picture):
        x = self.core(picture)
        heatmaps, fields, _ = self.plane(x)
        return heatmaps, fields, self.space(x)


class XNect(nn.Module):
    """Stage I: picture (1,3,h,w) -> heatmaps (1,17,…), fields (1,28,…), encoding (1,51,h/8,w/8)."""

    joints = len(ORPM_JOINTS)

    def __init__(self, core):
        super().__init__()
        self.core = CORES[core]()
        self.plane = PlaneBranch(self.core.outputs, self.joints, len(LIMBS))
        self.doubled = nn.Sequential(
            Convolution(self.core.outputs, 2 * WIDTH, 1), Doubling(2 * WIDTH, WIDTH)
        )
        self.space = nn.Sequential(
            Convolution(2 * WIDTH, WIDTH, 3), nn.Conv2d(WIDTH, 3 * self.joints, 1)
        )

    def forward(self, picture):
        x = self.core(picture)
        heatmaps, fields, features = self.plane(x)
        return heatmaps, fields, self.space(torch.cat([self.doubled(x), features], 1))


class StageTwo(nn.Sequential):
    """(N,J,3+C) -> pose (N,3K) by five fully connected layers."""

    def __init__(self, inputs, channels, outputs):
        widths = [inputs * channels, *[STAGE_TWO_WIDTH] * 4]
        layers = [nn.Flatten()]
        for wide, narrow in zip(widths, widths[1:]):
            layers += [nn.Linear(wide, narrow), nn.ReLU(inplace=True)]
        super().__init__(*layers, nn.Linear(widths[-1], 3 * outputs))


LAYOUTS = {"vnect": VNect, "orpm": Orpm, "xnect": XNect}
