"""Crops: where a point of the picture lands in them, and the way back."""

import dataclasses

import numpy as np
import pytest
from monorig.inference import catalogue
from monorig.inference.crops import crop_transforms, cut, tensor, to_crop, to_picture

SIZE = (192, 256)


def regions(rng, count=30):
    """Regions (count,5) of any place, shape and angle."""
    return np.concatenate(
        [
            rng.uniform(0, 600, (count, 2)),
            rng.uniform(20, 900, (count, 2)),
            rng.uniform(-4, 4, (count, 1)),
        ],
        1,
    )


def dot(place, size=(640, 480), radius=3.0):
    """(H,W,3) uint8 black picture with a soft white dot centred at `place` [px]."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    square = (x - place[0]) ** 2 + (y - place[1]) ** 2
    return np.repeat((255 * np.exp(-square / (2 * radius**2))).astype(np.uint8)[..., None], 3, -1)


def centre_of_mass(image):
    """(x, y) [px] of the brightness of (h,w,3)."""
    weight = image[..., 0].astype(float)
    y, x = np.indices(weight.shape)
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()


def test_the_way_back_is_the_inverse_of_the_way_in(rng):
    transforms = crop_transforms(regions(rng), SIZE)
    points = rng.uniform(-100, 900, (30, 17, 2))
    np.testing.assert_allclose(
        to_picture(to_crop(points, transforms), transforms), points, atol=1e-8
    )


def test_the_corners_of_a_region_are_the_outer_edges_of_the_crop():
    transforms = crop_transforms([[100.0, 60.0, 40.0, 80.0, 0.0]], SIZE)
    corners = np.array([[[80.0, 20.0], [120.0, 100.0]]])
    np.testing.assert_allclose(
        to_crop(corners, transforms)[0], [[-0.5, -0.5], [191.5, 255.5]], atol=1e-9
    )


def test_what_the_regions_angle_calls_up_is_up_in_the_crop():
    """Positive = clockwise on the screen: at 90 degrees, up is what the picture shows on the right."""
    for degrees, above in [(0, (100, 50)), (90, (150, 100)), (-90, (50, 100)), (180, (100, 150))]:
        transforms = crop_transforms([[100, 100, 200, 200, np.radians(degrees)]], (101, 101))
        np.testing.assert_allclose(
            to_crop(np.array([[above]], float), transforms)[0, 0], [50, 24.75], atol=0.01
        )


@pytest.mark.parametrize("degrees", [0, 17, 90, -60, 180])
@pytest.mark.parametrize("side", [180.0, 420.0])
def test_a_drawn_dot_is_found_where_the_transform_says(degrees, side):
    place = np.array([331.3, 222.8])
    region = [[300.0, 240.0, side, side, np.radians(degrees)]]
    transforms = crop_transforms(region, (256, 256))
    crop = cut(dot(place), transforms, (256, 256))[0]
    np.testing.assert_allclose(
        centre_of_mass(crop), to_crop(place[None, None], transforms)[0, 0], atol=0.1
    )  # [px]
    np.testing.assert_allclose(
        to_picture(centre_of_mass(crop)[None, None], transforms)[0, 0], place, atol=0.15
    )


def test_outside_the_picture_is_black_or_the_borders_colour():
    image = np.full((40, 60, 3), 200, np.uint8)
    transforms = crop_transforms([[0.0, 0.0, 40.0, 40.0, 0.0]], (32, 32))
    assert (cut(image, transforms, (32, 32))[0, 0, 0] == 0).all()
    assert (cut(image, transforms, (32, 32), replicate=True)[0] == 200).all()


def test_a_region_beyond_the_picture_or_of_nobody_is_no_error():
    image = np.zeros((40, 60, 3), np.uint8)
    assert cut(image, crop_transforms([[9e5, -9e5, 3.0, 3.0, 1.0]], SIZE), SIZE).shape == (
        1,
        256,
        192,
        3,
    )
    assert cut(image, crop_transforms(np.zeros((0, 5)), SIZE), SIZE).shape == (0, 256, 192, 3)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("colour", ["RGB", "BGR"])
def test_tensors_have_the_networks_colours_scale_and_layout(rng, layout, colour):
    mean, std = (10.0, 20.0, 30.0), (2.0, 4.0, 8.0)
    spec = dataclasses.replace(
        catalogue.network("rtmpose-s-halpe26"), layout=layout, colour=colour, mean=mean, std=std
    )
    bgr = rng.integers(0, 256, (2, 5, 4, 3), np.uint8)
    ordered = bgr[..., ::-1] if colour == "RGB" else bgr
    expected = (ordered - np.array(mean)) / np.array(std)
    values = tensor(bgr, spec)
    assert values.dtype == np.float32
    np.testing.assert_allclose(
        values if layout == "NHWC" else np.moveaxis(values, 1, -1), expected, atol=1e-4
    )
