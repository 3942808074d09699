"""The decoder of BlazePose: turned regions, refined landmarks, metres in camera axes."""

from types import SimpleNamespace

import numpy as np
import pytest
from monorig.inference import blazepose, catalogue
from monorig.inference.crops import crop_transforms, to_crop
from monorig.inference.keypoints import INDEX, KEYPOINTS, scatter
from monorig.inference.rotations import exp

SPEC = catalogue.network("blazepose-heavy")
CHANNELS, COLUMNS = scatter(SPEC.keypoints)
STANDING = {  # [px] of a person 200 px high, hips at 0; the rest of the keypoints lie between these
    "nose": (0, -85), "ear_l": (6, -86), "ear_r": (-6, -86), "shoulder_l": (20, -60), "shoulder_r": (-20, -60),
    "elbow_l": (28, -30), "elbow_r": (-28, -30), "wrist_l": (30, 0), "wrist_r": (-30, 0), "hip_l": (10, 0),
    "hip_r": (-10, 0), "knee_l": (11, 48), "knee_r": (-11, 48), "ankle_l": (12, 95), "ankle_r": (-12, 95),
    "big_toe_l": (18, 105), "big_toe_r": (-18, 105), "heel_l": (10, 104), "heel_r": (-10, 104),
}  # fmt: skip


def person(centre=(320.0, 240.0), degrees=0.0, scale=1.0):
    """px (33,2), confidence (33,) of somebody standing, turned clockwise on the screen about the hips."""
    px, confidence = np.full((len(KEYPOINTS), 2), np.nan), np.zeros(len(KEYPOINTS))
    turn = exp(np.array([0, 0, np.radians(degrees)]))[:2, :2]
    for name, place in STANDING.items():
        px[INDEX[name]] = np.array(centre) + scale * (turn @ place)
        confidence[INDEX[name]] = 0.9
    return px, confidence


def logits(probability):
    return np.log(probability / (1 - np.asarray(probability)))


def outputs_of(points, X, visibility=0.9, presence=0.8):
    """What a network says that sees its landmarks at crop pixels (N,39,2) and metres X (N,39,3)."""
    N = len(points)
    landmarks = np.zeros((N, 39, 5))
    landmarks[..., :2], landmarks[..., 3] = points, logits(visibility)
    return {
        "landmarks": landmarks.reshape(N, 195),
        "presence": np.full((N, 1), presence),
        "heatmap": np.full((N, 64, 64, 39), -10.0),
        "world": X.reshape(N, 117),
    }


@pytest.mark.parametrize("degrees", [0, 30, -75, 90, 180])
def test_a_region_turns_with_the_person(degrees):
    px, confidence = person(degrees=degrees)
    ((x, y, width, height, angle),) = blazepose.regions_of_keypoints(px[None], confidence[None])
    assert (x, y) == pytest.approx((320, 240)) and width == height
    assert np.degrees(angle) % 360 == pytest.approx(degrees % 360)
    transforms = crop_transforms([[x, y, width, height, angle]], SPEC.size)
    inside = to_crop(px[None, np.isfinite(px[:, 0])], transforms)[0]
    assert (inside > 10).all() and (inside < 246).all()  # the whole person, with a margin


@pytest.mark.parametrize(
    "hidden", [("hip_l",), ("hip_r", "shoulder_l"), ("wrist_l", "ankle_r", "nose")]
)
def test_a_region_needs_only_one_hip_and_one_shoulder(hidden):
    px, confidence = person(degrees=90)
    confidence[[INDEX[name] for name in hidden]] = 0.0
    region = blazepose.regions_of_keypoints(px[None], confidence[None])[0]
    assert abs(np.degrees(region[4]) - 90) < 30 and np.hypot(*(region[:2] - [320, 240])) < 15


def test_without_a_trunk_the_region_is_upright_round_what_is_seen():
    px, confidence = person(degrees=40)
    confidence[[INDEX[f"{name}_{s}"] for name in ("hip", "shoulder") for s in "lr"]] = 0.0
    x, y, width, height, angle = blazepose.regions_of_keypoints(px[None], confidence[None])[0]
    seen = px[confidence > 0]
    assert angle == 0 and (np.abs(seen - [x, y]) < width / 2).all()


def test_a_region_is_never_empty():
    px, confidence = np.full((1, len(KEYPOINTS), 2), 50.0), np.full((1, len(KEYPOINTS)), 0.9)
    assert (blazepose.regions_of_keypoints(px, confidence)[0, 2:4] > 1).all()


@pytest.mark.parametrize("degrees", [0, 35, -120])
def test_the_crops_turn_is_undone_in_pixels_and_in_metres(rng, degrees):
    regions = np.array([[300.0, 200.0, 256.0, 256.0, np.radians(degrees)]])
    transforms = crop_transforms(regions, SPEC.size)
    points, X_crop = rng.uniform(20, 236, (1, 39, 2)), rng.normal(0, 0.5, (1, 39, 3))
    found = blazepose.decode(outputs_of(points, X_crop), transforms, regions, SPEC)
    np.testing.assert_allclose(
        to_crop(found.px[:, COLUMNS], transforms), points[:, CHANNELS], atol=1e-6
    )
    turn = exp(np.array([0, 0, np.radians(degrees)]))  # clockwise on the screen: x right, y down
    hips = [INDEX["hip_l"], INDEX["hip_r"]]
    expected = X_crop[0, CHANNELS] @ turn.T
    expected = expected - expected[[COLUMNS.index(k) for k in hips]].mean(0)
    np.testing.assert_allclose(found.X[0, COLUMNS], expected, atol=1e-9)  # [m]


def test_a_point_above_in_the_crop_is_above_in_the_picture_and_in_space():
    """Somebody lies on the side, head to the right: the crop is turned, and the head stays to the right."""
    regions = np.array([[300.0, 200.0, 256.0, 256.0, np.radians(90)]])
    points, X = np.full((1, 39, 2), 127.5), np.zeros((1, 39, 3))
    nose = SPEC.keypoints.index("nose")
    points[0, nose], X[0, nose] = [127.5, 27.5], [0, -0.6, 0]
    found = blazepose.decode(
        outputs_of(points, X), crop_transforms(regions, SPEC.size), regions, SPEC
    )
    np.testing.assert_allclose(found.px[0, INDEX["nose"]], [400, 200], atol=1e-6)
    np.testing.assert_allclose(found.X[0, INDEX["nose"]], [0.6, 0, 0], atol=1e-9)


def test_pelvis_and_neck_are_added_and_the_rest_is_absent(rng):
    regions = np.array([[300.0, 200.0, 256.0, 256.0, 0.0]])
    points, X = rng.uniform(20, 236, (1, 39, 2)), rng.normal(0, 0.5, (1, 39, 3))
    found = blazepose.decode(
        outputs_of(points, X), crop_transforms(regions, SPEC.size), regions, SPEC
    )
    at = {name: found.px[0, INDEX[name]] for name in KEYPOINTS}
    np.testing.assert_allclose(at["pelvis"], (at["hip_l"] + at["hip_r"]) / 2)
    np.testing.assert_allclose(at["neck"], (at["shoulder_l"] + at["shoulder_r"]) / 2)
    np.testing.assert_allclose(found.X[0, INDEX["pelvis"]], 0, atol=1e-12)
    absent = [INDEX[n] for n in set(KEYPOINTS) - set(SPEC.keypoints) - {"pelvis", "neck"}]
    assert (
        absent and np.isnan(found.px[0, absent]).all() and (found.visibility[0, absent] == 0).all()
    )
    assert found.presence == pytest.approx([0.8])
    np.testing.assert_allclose(found.visibility[0, COLUMNS], 0.9, atol=1e-9)


def test_extreme_logits_do_not_overflow():
    regions = np.array([[300.0, 200.0, 256.0, 256.0, 0.0]])
    outputs = outputs_of(np.full((1, 39, 2), 99.0), np.zeros((1, 39, 3)))
    outputs["landmarks"][:] = 1e5
    with np.errstate(over="raise"):
        found = blazepose.decode(outputs, crop_transforms(regions, SPEC.size), regions, SPEC)
    np.testing.assert_allclose(found.visibility[0, COLUMNS], 1.0, atol=1e-9)


def test_a_heatmap_pulls_its_landmark_to_its_centre_of_mass():
    heatmaps = np.full((1, 64, 64, 2), -20.0)
    heatmaps[0, 31, 40, 0], heatmaps[0, 31, 41, 0] = logits(0.9), logits(0.6)
    start = np.array([[[39.0 * 4, 33.0 * 4], [100.0, 100.0]]])
    moved = blazepose.refine(start, heatmaps, [0, 1], SPEC.size)
    np.testing.assert_allclose(
        moved[0, 0], [4 * (0.9 * 40 + 0.6 * 41) / 1.5, 4 * 31], atol=0.02
    )  # [crop px]
    np.testing.assert_array_equal(moved[0, 1], start[0, 1])


@pytest.mark.parametrize("peak, column", [(0.4, 40), (0.9, 50)])
def test_a_weak_or_distant_heatmap_moves_nothing(peak, column):
    heatmaps = np.full((1, 64, 64, 1), -20.0)
    heatmaps[0, 31, column, 0] = logits(peak)
    start = np.array([[[40.0 * 4, 31.0 * 4]]])
    np.testing.assert_array_equal(blazepose.refine(start, heatmaps, [0], SPEC.size), start)


def test_a_landmark_outside_the_crop_is_left_alone():
    heatmaps = np.full((1, 64, 64, 3), 5.0)
    start = np.array([[[-100.0, 20.0], [300.0, 300.0], [1e6, -1e6]]])
    np.testing.assert_array_equal(blazepose.refine(start, heatmaps, range(3), SPEC.size), start)


def test_all_people_go_through_in_one_batch():
    people = [person((200, 240)), person((400, 200), degrees=60, scale=0.7)]
    px, confidence = (np.array(values) for values in zip(*people))
    batches = []

    def run(values):
        batches.append(values.shape)
        return outputs_of(np.full((2, 39, 2), 127.5), np.zeros((2, 39, 3)))

    network = SimpleNamespace(spec=SPEC, run=run)
    found = blazepose.estimate(network, np.zeros((480, 640, 3), np.uint8), px, confidence)
    assert batches == [(2, 256, 256, 3)]
    np.testing.assert_allclose(found.px[:, INDEX["nose"]], [[200, 240], [400, 200]], atol=1e-6)
