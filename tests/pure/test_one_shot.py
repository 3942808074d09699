"""Boxes with keypoints, and people by their centre: layouts of YOLO-pose, RTMO, CenterNet and MoveNet."""

from types import SimpleNamespace

import numpy as np
import pytest
from monorig.inference import centre_offset, one_shot
from monorig.inference.keypoints import INDEX, KEYPOINTS

NAMES = ("nose", "", "wrist_l")
PEOPLE = np.array([[(50, 40), (1, 1), (70, 90)], [(150, 60), (1, 1), (120, 100)]], float)  # [px]
SCORES = np.array([[0.9, 0.1, 0.8], [0.7, 0.1, 0.05]])
BOXES = np.array([[40, 30, 90, 110, 0.95], [110, 50, 160, 120, 0.8]])
SIZE = (256, 128)


def spec(decoder):
    return SimpleNamespace(decoder=decoder, keypoints=NAMES, size=SIZE)


def yolo_pose(boxes, keypoints):
    centre, extent = (boxes[:, :2] + boxes[:, 2:4]) / 2, boxes[:, 2:4] - boxes[:, :2]
    rows = np.concatenate([centre, extent, boxes[:, 4:], keypoints.reshape(len(boxes), -1)], -1)
    return {"people": rows.T[None]}


def rtmo(boxes, keypoints):
    return {"boxes": boxes[None], "keypoints": keypoints[None]}


def movenet(boxes, keypoints):
    scaled = (keypoints[..., :2] + 0.5) / SIZE
    joints = np.concatenate([scaled[..., ::-1], keypoints[..., 2:]], -1).reshape(len(boxes), -1)
    corners = ((boxes[:, :4].reshape(-1, 2, 2) + 0.5) / SIZE)[..., ::-1].reshape(-1, 4)
    return {"people": np.concatenate([joints, corners, boxes[:, 4:]], -1)[None]}


LAYOUTS = {
    "yolo_pose": (one_shot.decode, yolo_pose),
    "rtmo": (one_shot.decode, rtmo),
    "movenet": (centre_offset.decode, movenet),
}
KEYPOINTS_3 = np.concatenate([PEOPLE, SCORES[..., None]], -1)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_everybody_comes_back_in_pixels_of_the_picture(layout, scale):
    decode, says = LAYOUTS[layout]
    found = decode(says(BOXES, KEYPOINTS_3), spec(layout), scale)
    np.testing.assert_allclose(found.boxes[:, :4], (BOXES[:, :4] + 0.5) / scale - 0.5)
    np.testing.assert_allclose(found.boxes[:, 4], BOXES[:, 4])
    for channel, name in ((0, "nose"), (2, "wrist_l")):
        expected = (PEOPLE[:, channel] + 0.5) / scale - 0.5
        np.testing.assert_allclose(found.px[:, INDEX[name]], expected)
        np.testing.assert_allclose(found.confidence[:, INDEX[name]], SCORES[:, channel])
    lacking = [k for k, name in enumerate(KEYPOINTS) if name not in NAMES]
    assert np.isnan(found.px[:, lacking]).all() and (found.confidence[:, lacking] == 0).all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_best_come_first_and_the_unsure_are_left_out(layout):
    decode, says = LAYOUTS[layout]
    boxes = BOXES[::-1].copy()
    assert (decode(says(boxes, KEYPOINTS_3), spec(layout), 1.0).boxes[:, 4] == [0.95, 0.8]).all()
    boxes[1, 4] = 0.01
    assert len(decode(says(boxes, KEYPOINTS_3), spec(layout), 1.0).px) == 1
    boxes[:, 4] = 0.01
    assert decode(says(boxes, KEYPOINTS_3), spec(layout), 1.0).px.shape == (0, len(KEYPOINTS), 2)


@pytest.mark.parametrize("layout", ["yolo_pose", "rtmo"])
def test_of_overlapping_boxes_the_best_is_kept(layout):
    decode, says = LAYOUTS[layout]
    twice = np.concatenate([BOXES, BOXES + [3, 3, 3, 3, -0.05]])
    found = decode(says(twice, np.concatenate([KEYPOINTS_3] * 2)), spec(layout), 1.0)
    np.testing.assert_allclose(found.boxes[:, 4], [0.95, 0.8])


def test_suppression_is_the_greedy_one(rng):
    low = rng.uniform(0, 60, (60, 2))
    boxes = np.concatenate([low, low + rng.uniform(10, 40, (60, 2)), rng.random((60, 1))], -1)
    kept = []
    for row in np.argsort(-boxes[:, 4]):
        if all(overlap(boxes[row], boxes[other]) <= one_shot.OVERLAP for other in kept):
            kept.append(row)
    np.testing.assert_array_equal(one_shot.without_overlaps(boxes), kept)


def overlap(one, other):
    shared = np.maximum(np.minimum(one[2:4], other[2:4]) - np.maximum(one[:2], other[:2]), 0).prod()
    return shared / ((one[2:4] - one[:2]).prod() + (other[2:4] - other[:2]).prod() - shared)


def centre_maps(stride=4, error=(3.0, -2.0)):
    """Maps of PEOPLE: the way from the centre is off by `error` cells, the heatmaps are right."""
    height, width = SIZE[1] // stride, SIZE[0] // stride
    cells = (PEOPLE + 0.5) / stride
    centres = np.floor(cells[:, [0, 2]].mean(1)).astype(int)
    corners = (BOXES[:, :4].reshape(-1, 2, 2) + 0.5) / stride
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1)

    def bumps(places):
        away = ((grid - places[:, None, None]) ** 2).sum(-1)
        return np.exp(-away).max(0)

    whole = np.floor(cells)
    heat = np.stack([bumps(whole[:, joint]) for joint in range(3)])
    way, rest = np.zeros((2, 3, 2, height, width))
    middle, extent = np.zeros((2, 2, height, width))
    for person, (x, y) in enumerate(centres):
        middle[:, y, x] = corners[person].mean(0) - (x, y)
        extent[:, y, x] = np.diff(corners[person], axis=0)[0]
        way[:, :, y, x] = whole[person] - (x, y) + error
        for joint, (u, v) in enumerate(whole[person].astype(int)):
            rest[joint, :, v, u] = cells[person, joint] - (u, v)
    return {
        "centre": bumps(centres.astype(float))[None, None],
        "regression": way.reshape(1, 6, height, width),
        "heatmaps": heat[None],
        "offsets": rest.reshape(1, 6, height, width),
        "box_offset": middle[None],
        "box_size": extent[None],
    }


def test_centres_lead_to_the_right_joints():
    found = centre_offset.decode(centre_maps(), spec("centre_offset"), 1.0)
    order = np.argsort(found.px[:, INDEX["nose"], 0])
    for channel, name in ((0, "nose"), (2, "wrist_l")):
        np.testing.assert_allclose(found.px[order, INDEX[name]], PEOPLE[:, channel], atol=1e-6)
    np.testing.assert_allclose(found.boxes[order, :4], BOXES[:, :4], atol=1e-6)
    likely = np.exp(-(3.0**2 + 2.0**2) / (0.3 * 32))  # that far from where the centre says
    np.testing.assert_allclose(found.confidence[:, INDEX["nose"]], likely)


def test_a_joint_is_sought_within_the_box_alone():
    maps = centre_maps(error=(0.0, 0.0))
    wrong = maps["heatmaps"].copy()
    wrong[0, 0, 2, 2] = 50.0  # outside both boxes
    found = centre_offset.decode({**maps, "heatmaps": wrong}, spec("centre_offset"), 1.0)
    np.testing.assert_allclose(found.confidence[:, INDEX["nose"]], 1.0)


def test_a_box_without_a_cell_has_no_joints():
    maps = centre_maps()
    maps["box_size"] = 0 * maps["box_size"]
    found = centre_offset.decode(maps, spec("centre_offset"), 1.0)
    assert found.px.shape == (0, len(KEYPOINTS), 2)


def test_without_a_centre_there_is_nobody():
    maps = centre_maps()
    maps["centre"] = 0 * maps["centre"]
    found = centre_offset.decode(maps, spec("centre_offset"), 1.0)
    assert found.px.shape == (0, len(KEYPOINTS), 2)
