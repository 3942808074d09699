"""Convolutions with batch normalisation, and how the normalisation is merged into them. Needs PyTorch."""

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class Convolution(nn.Module):
    """Convolution, batch normalisation, ReLU; `merge` leaves a convolution with a bias and ReLU.

    kernel 1 or 3 keeps the size divided by `stride`; grouped=True: 3 x 3 with more than 96 outputs
    in 2 groups, with more than 192 in 4 (Mehta 2020, Section 7.2.3)
    """

    def __init__(self, inputs, outputs, kernel, stride=1, grouped=False, active=True):
        super().__init__()
        groups = groups_of(outputs) if grouped and kernel == 3 else 1
        self.convolution = nn.Conv2d(
            inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False
        )
        self.normalisation = nn.BatchNorm2d(outputs)
        self.activation = nn.ReLU(inplace=True) if active else nn.Identity()

    def forward(self, x):
        return self.activation(self.normalisation(self.convolution(x)))

    def merge(self):
        self.convolution = fuse_conv_bn_eval(self.convolution, self.normalisation)
        self.normalisation = nn.Identity()


class Doubling(Convolution):
    """Transposed 4 x 4 convolution that doubles the size; then as `Convolution`."""

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs, 1)
        self.convolution = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False)

    def merge(self):
        self.convolution = fuse_conv_bn_eval(self.convolution, self.normalisation, transpose=True)
        self.normalisation = nn.Identity()


def groups_of(outputs):
    return 4 if outputs > 192 else 2 if outputs > 96 else 1


def merged(network):
    """The network in evaluation mode, every batch normalisation merged into its convolution, in place."""
    network.eval()
    for module in list(network.modules()):
        if isinstance(module, Convolution):
            module.merge()
    return network
