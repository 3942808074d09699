"""Decoders of hands and palms, their regions, and who gets which hand."""

from types import SimpleNamespace

import data_files
import numpy as np
import pytest
from monorig.inference import hand_finder, hands, palms
from monorig.inference import hand_skeleton as hand
from monorig.inference.affinity import people
from monorig.inference.blazepose import Locations
from monorig.inference.crops import crop_transforms, to_crop
from monorig.inference.hand_finder import HandFinder
from monorig.inference.keypoints import INDEX, KEYPOINTS
from monorig.inference.video import Picture

SIZE = 224
SCALE = 200.0  # [px/m] of the people here
IMAGE = np.zeros((480, 640, 3), np.uint8)


def open_hand():
    """Points (21,2) [crop px] of a hand that points up and whose own next region is the crop."""
    flat = 1000 * np.stack([hand.REST_POINTS[:, 1], -hand.REST_POINTS[:, 0]], -1)
    region = hands.regions_of_points(flat[None])
    return to_crop(flat[None], crop_transforms(region, (SIZE, SIZE)))[0]


def says(points, presence=1.0, right=0.5):
    """What a network that sees `points` in every crop gives."""
    world = 0.19 * hand.REST_POINTS[:, [1, 0, 2]] * [1, -1, -1] / hand.HAND_LENGTH
    world = world - world.mean(0)
    landmarks = np.column_stack([points, np.zeros(21)])
    return {
        "landmarks": landmarks.reshape(1, 63), "presence": [[presence]],
        "right": [[right]], "world": world.reshape(1, 63),
    }  # fmt: skip


def network(folder, **said):
    path = data_files.make(
        folder, "hand", [], {k: np.asarray(v) for k, v in says(open_hand(), **said).items()},
        size=(SIZE, SIZE), name="hand",
    )  # fmt: skip
    return data_files.load(path)


def somebody(x=300.0):
    """People and Locations of one person who stands with the arms down; also the px (K,2)."""
    px = np.full((len(KEYPOINTS), 2), np.nan)
    for side, sign in (("l", 1), ("r", -1)):
        for name, out, up in (
            ("shoulder", 0.2, 0.5), ("elbow", 0.3, 0.25), ("wrist", 0.4, 0.0), ("hip", 0.1, 0.0),
            ("knee", 0.1, -0.45), ("index", 0.43, -0.08), ("pinky", 0.45, -0.07),
        ):  # fmt: skip
            px[INDEX[f"{name}_{side}"]] = x + sign * SCALE * out, 200 - SCALE * up
    X = np.full((len(KEYPOINTS), 3), np.nan)
    X[:, :2], X[:, 2] = (px - px[INDEX["hip_l"]]) / SCALE, 0.0
    seen = np.isfinite(px[:, 0]).astype(float)
    box = np.array([[x - 100, 80, x + 100, 320]])
    return (
        people(box, px[None], seen[None]),
        Locations(px[None], seen[None], X[None], np.ones(1)),
        px,
    )


def test_scale_is_that_of_the_person():
    who, located, _ = somebody()
    assert hands.pixels_per_metre(who.px, located.X, who.confidence) == pytest.approx(SCALE)
    nobody = np.zeros_like(who.confidence)
    assert np.isnan(hands.pixels_per_metre(who.px, located.X, nobody)).all()


def test_the_region_begins_at_the_wrist_and_points_along_the_hand():
    who, located, px = somebody()
    regions = hands.regions_of_wrists(who, located, np.array([SCALE]))[0]
    for region, side in zip(regions, "lr"):
        wrist = px[INDEX[f"wrist_{side}"]]
        towards = (region[:2] - wrist) / np.linalg.norm(region[:2] - wrist)
        assert towards[1] > 0.8  # down, as the arms hang
        assert np.allclose(towards, [np.sin(region[4]), -np.cos(region[4])], atol=1e-9)
        assert region[2] == region[3] == pytest.approx(hands.SIDE_M * SCALE)
    hidden = people(who.box, who.px, np.zeros_like(who.confidence))
    assert np.isnan(hands.regions_of_wrists(hidden, located, np.array([SCALE]))).all()


def test_points_of_a_crop_come_back_to_the_picture(rng):
    region = np.array([[300.0, 200.0, 80.0, 80.0, 0.7]])
    transforms = crop_transforms(region, (SIZE, SIZE))
    true = 300 + 30 * rng.normal(size=(1, 21, 2))
    outputs = {k: np.asarray(v) for k, v in says(to_crop(true, transforms)[0], right=0.9).items()}
    found = hands.decode(outputs, transforms, region)
    assert np.allclose(found.px, true)
    up = found.X[0, 12] - found.X[0, 0]  # crop's up, seen in the picture
    assert np.allclose(up[:2] / np.linalg.norm(up), [np.sin(0.7), -np.cos(0.7)], atol=0.1)
    assert found.presence[0] == 1 and found.right[0] == pytest.approx(0.9)


def test_the_next_region_holds_the_hand_turned_upright(rng):
    points = open_hand() @ np.array([[0, 1.0], [-1, 0]])  # a quarter turn
    region = hands.regions_of_points(points[None])
    inside = to_crop(points[None], crop_transforms(region, (SIZE, SIZE)))[0]
    assert np.allclose(inside, open_hand(), atol=1e-6)


def test_a_palm_gives_the_region_of_its_hand():
    anchors = palms.anchors((192, 192))
    assert len(anchors) == 2016
    boxes, scores = np.zeros((1, 2016, 18)), np.full((1, 2016, 1), -10.0)
    row = 700
    middle = anchors[row] - 0.5
    boxes[0, row, :4] = 3, -2, 40, 40
    wrist, finger = middle + [0, 25], middle + [0, -15]
    boxes[0, row, 4:6], boxes[0, row, 8:10] = wrist - middle, finger - middle
    scores[0, row] = 5.0
    same = crop_transforms(np.array([[95.5, 95.5, 192, 192, 0]]), (192, 192))
    region = palms.decode({"boxes": boxes, "scores": scores}, same, (192, 192))[0]
    assert region[2] == pytest.approx(2.6 * 40) and region[4] == pytest.approx(0)
    assert np.allclose(region[:2], middle + [3, -2 - 0.5 * 40])
    scores[:] = -10.0
    assert np.isnan(palms.decode({"boxes": boxes, "scores": scores}, same, (192, 192))).all()


@pytest.fixture
def finder(tmp_path):
    """finder(**what the network says): a HandFinder."""
    return lambda **said: HandFinder(network(tmp_path, **said))


def look(finder, who, located, number=1, index=0):
    return finder.look(Picture(index, index / 30, IMAGE), np.array([number]), who, located)


def test_both_hands_of_somebody_are_found_and_followed(finder):
    who, located, px = somebody()
    one = finder()
    look(one, who, located)
    first = look(one, who, located)
    assert (first.score == 1).all()
    runs = one._network.runs.copy()
    moved, located, px = somebody(x=330.0)
    second = look(one, moved, located, index=1)
    assert np.allclose(second.px[0].mean(1) - first.px[0].mean(1), [30, 0], atol=3.0)
    assert one._network.runs[2] == runs[2] + 1  # both in one batch, and no second look


@pytest.mark.parametrize(("right", "believed"), [(0.99, [False, True]), (0.01, [True, False])])
def test_a_hand_of_the_other_side_is_not_taken(finder, right, believed):
    who, located, _ = somebody()
    assert ((look(finder(right=right), who, located).score > 0)[0] == believed).all()


def test_no_hand_where_the_network_sees_none(finder):
    who, located, _ = somebody()
    found = look(finder(presence=0.1), who, located)
    assert not found.score.any() and np.isnan(found.px).all()


def test_small_hands_are_not_believed(finder):
    who, located, _ = somebody()
    small = SimpleNamespace(px=who.px / 4, confidence=who.confidence)
    located = Locations(located.px / 4, located.visibility, located.X, located.presence)
    assert not look(finder(), small, located).score.any()


def test_one_hand_is_not_two(finder):
    who, located, px = somebody()
    for array in (who.px, located.px):
        for name in ("elbow", "wrist", "index", "pinky"):
            array[0, INDEX[f"{name}_r"]] = array[0, INDEX[f"{name}_l"]]
    assert (look(finder(), who, located).score > 0).sum() == 1


def test_sizes_are_those_of_flat_hands():
    X = np.zeros((21, 3))
    X[:, :2] = hand_finder.LENGTH_M * hand.REST_POINTS[:, :2] / hand.HAND_LENGTH
    assert hand_finder.lengths(100 * X[None, :, :2], X[None]) == pytest.approx(19.0)
