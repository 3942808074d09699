"""Regions of a picture: oriented crops, the tensors made from them, and the way back.

A region is (centre x, centre y, width, height, angle): pixels of the picture, angle [rad] by which
the crop is turned (the crop's up axis seen in the picture, 0 = upright, positive = clockwise as seen
on the screen). Pixel centres lie at integers on both sides.
"""

import cv2
import numpy as np

GREY = 114  # round a letterboxed picture, as in the training of those who take one


def crop_transforms(regions, size):
    """Affine maps picture -> crop.

    regions (N,5); size (width, height) of the crop [px]
    returns (N,2,3): x_crop = A (x, y, 1). The region's corners land on the crop's outer pixel edges.
    """
    regions = np.asarray(regions, float).reshape(-1, 5)
    centre, extent, angle = regions[:, :2], regions[:, 2:4], regions[:, 4]
    size = np.asarray(size, float)
    scale = size / extent
    cos, sin = np.cos(angle), np.sin(angle)
    R_crop_picture = np.stack([np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], -2)
    A = scale[:, :, None] * R_crop_picture
    b = (size - 1) / 2 - np.einsum("nij,nj->ni", A, centre)
    return np.concatenate([A, b[:, :, None]], -1)


def to_picture(points, transforms):
    """Crop pixels (N,K,2) -> picture pixels, the inverse of `crop_transforms`."""
    A, b = transforms[:, :, :2], transforms[:, :, 2]
    return np.einsum("nij,nkj->nki", np.linalg.inv(A), points - b[:, None])


def to_crop(points, transforms):
    """Picture pixels (N,K,2) -> crop pixels."""
    return np.einsum("nij,nkj->nki", transforms[:, :, :2], points) + transforms[:, None, :, 2]


def cut(image, transforms, size, replicate=False):
    """Crops (N, height, width, 3) uint8 of a (H, W, 3) picture.

    replicate   True: the border's colour goes on outside the picture; False: black
    """
    width, height = size
    border = cv2.BORDER_REPLICATE if replicate else cv2.BORDER_CONSTANT
    crops = np.empty((len(transforms), height, width, 3), np.uint8)
    for crop, transform in zip(crops, transforms):
        cv2.warpAffine(
            image, transform, (width, height), dst=crop, flags=cv2.INTER_LINEAR, borderMode=border
        )
    return crops


def letterbox(image, spec):
    """The whole picture at the top left of a network's input, grey beside it.

    image (H,W,3) uint8; returns tensor (1, ...) and scale (2,): input pixels per picture pixel along x and y,
    the same but for the rounding to whole pixels
    """
    width, height = spec.size
    r = min(width / image.shape[1], height / image.shape[0])
    small = (max(1, round(image.shape[1] * r)), max(1, round(image.shape[0] * r)))
    canvas = np.full((1, height, width, 3), GREY, np.uint8)
    canvas[0, : small[1], : small[0]] = cv2.resize(image, small, interpolation=cv2.INTER_LINEAR)
    return tensor(canvas, spec), np.array(small) / image.shape[1::-1]


def from_letterbox(px, scale):
    """Pixels of a letterboxed input (...,2) -> pixels of the picture."""
    return (px + 0.5) / scale - 0.5


def tensor(crops, spec):
    """Crops (N,h,w,3) uint8 BGR -> float32 tensor in the colour order, scale and layout of a network.

    value = (colour - mean) / std per channel; `spec` is a NetworkSpec.
    """
    count, height, width, _ = crops.shape
    scale = 1.0 / np.asarray(spec.std, np.float32)
    shift = -np.asarray(spec.mean, np.float32) * scale
    if spec.layout == "NHWC":  # rows of w * 3 numbers: numpy is slow along an axis of 3
        values = np.empty(crops.shape, np.float32)
        for crop, rows in zip(crops, values.reshape(count, height, width * 3)):
            ordered = cv2.cvtColor(crop, cv2.COLOR_BGR2RGB) if spec.colour == "RGB" else crop
            np.multiply(ordered.reshape(height, -1), np.tile(scale, width), out=rows)
            rows += np.tile(shift, width)
        return values
    values = np.empty((count, 3, height, width), np.float32)
    for crop, planes in zip(crops, values):
        colours = cv2.split(crop)
        for channel, colour in enumerate(colours[::-1] if spec.colour == "RGB" else colours):
            np.multiply(colour, scale[channel], out=planes[channel])
            planes[channel] += shift[channel]
    return values
