"""The detector's letterbox and its boxes."""

from types import SimpleNamespace

import numpy as np
import pytest
from monorig.inference import catalogue, crops, yolox

SPEC = catalogue.network("yolox-tiny-humanart")


def said(boxes, labels=None):
    """Outputs of the network: boxes (M,5) in input pixels."""
    boxes = np.array(boxes, np.float32).reshape(1, -1, 5)
    return {
        "boxes": boxes,
        "labels": np.zeros(boxes.shape[:2], int) if labels is None else np.array([labels]),
    }


@pytest.mark.parametrize(
    "size", [(640, 480), (480, 640), (208, 104), (7680, 4320), (64, 1), (1, 64)]
)
def test_the_picture_is_fitted_in_at_the_top_left_on_grey(size):
    width, height = size
    values, scale = crops.letterbox(np.full((height, width, 3), 50, np.uint8), SPEC)
    r = 416 / max(size)
    used_width, used_height = max(1, round(width * r)), max(1, round(height * r))
    assert values.shape == (1, 3, 416, 416)
    np.testing.assert_allclose(scale, [used_width / width, used_height / height])
    assert (values[0, :, :used_height, :used_width] == 50).all()
    assert (values[0, :, used_height:] == crops.GREY).all() and (
        values[0, :, :, used_width:] == crops.GREY
    ).all()


def test_boxes_come_back_in_pixels_of_the_picture():
    boxes = yolox.decode(
        said([[41.6, 20.8, 104, 208, 0.9]]), scale=416 / 1280, shape=(720, 1280, 3)
    )
    np.testing.assert_allclose(boxes, [[128, 64, 320, 640, 0.9]], atol=1e-3)


def test_boxes_end_at_the_pictures_edge():
    boxes = yolox.decode(said([[-50, -9, 900, 900, 0.9]]), scale=0.5, shape=(480, 640, 3))
    np.testing.assert_allclose(boxes[0, :4], [0, 0, 640, 480])


def test_only_persons_count_the_best_first():
    out = said([[0, 0, 9, 9, 0.3], [1, 1, 9, 9, 0.9], [2, 2, 9, 9, 0.6]], labels=[0, 7, 0])
    np.testing.assert_allclose(yolox.decode(out, 1.0, (99, 99, 3))[:, 4], [0.6, 0.3], atol=1e-6)


def test_nobody_is_an_empty_list():
    assert yolox.decode(said([]), 1.0, (99, 99, 3)).shape == (0, 5)
    assert yolox.decode(said([[0, 0, 9, 9, 0.9]], labels=[3]), 1.0, (99, 99, 3)).shape == (0, 5)


def test_detect_undoes_its_own_letterbox():
    image = np.zeros((100, 200, 3), np.uint8)
    image[20:60, 50:90] = 255

    def run(values):  # the box of what is white
        rows, columns = np.nonzero(values[0, 0] > 200)
        return said([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1, 0.8]])

    found = yolox.detect(SimpleNamespace(spec=SPEC, run=run), image)
    np.testing.assert_allclose(found, [[50, 20, 90, 60, 0.8]], atol=0.6)  # [px]
