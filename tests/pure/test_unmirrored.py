"""A mirrored clip: what is found of it is what would have been found of the clip the other way round."""

from dataclasses import replace

import numpy as np
from filmed import CLIP, assert_whole, camera_of, observations
from monorig.inference.background import Matches
from monorig.inference.clues import Clues
from monorig.inference.face_measures import MEASURES
from monorig.inference.fit import FitSettings, fit
from monorig.inference.keypoints import HAND_POINTS, KEYPOINTS
from monorig.inference.take import SHAPES
from monorig.inference.unmirrored import unmirrored
from synthetic_motion import IMAGE_SIZE, synthetic_motion

WIDTH = IMAGE_SIZE[0]


def in_a_mirror(px):
    return np.stack([WIDTH - 1 - px[..., 0], px[..., 1]], -1)


def networks_see_a_mirror(seen):
    """An Observation of the mirrored picture, whose network names sides as it sees them."""
    other = {"l": "r", "r": "l"}
    named = [name[:-1] + other[name[-1]] if name[-2:-1] == "_" else name for name in KEYPOINTS]
    sides = [KEYPOINTS.index(name) for name in named]
    box = in_a_mirror(seen.box.reshape(-1, 2, 2))
    return replace(
        seen,
        box=np.concatenate([box.min(1), box.max(1)], -1),
        px=in_a_mirror(seen.px)[:, sides],
        px_3d=in_a_mirror(seen.px_3d)[:, sides],
        confidence=seen.confidence[:, sides],
        visibility=seen.visibility[:, sides],
        X=seen.X[:, sides] * [-1, 1, 1],
    )


def test_left_is_left_again():
    truth = synthetic_motion(people=2, frames=3, gaps=False)
    seen = observations(truth)
    for one in seen:
        one.confidence[:, KEYPOINTS.index("wrist_l")] = 0.5
    shown = [networks_see_a_mirror(one) for one in seen]
    settings = FitSettings("raw", level=False)
    wanted = fit(seen, CLIP, camera_of(truth), settings)
    found = fit(shown, CLIP, camera_of(truth), replace(settings, mirrored=True))
    assert_whole(found)
    assert found.mirrored and not wanted.mirrored
    for name in ("T_world_joint", "X_cam", "px", "box", "confidence"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), atol=1e-6)


def everything(rng):
    """An Observation of two people with hands, faces and a background that moves."""
    seen = observations(synthetic_motion(people=2, frames=1, gaps=False))[0]
    values = {name: rng.uniform(0, WIDTH, (2, *SHAPES[name])) for name in ("hands", "hand_score")}
    values |= {name: rng.uniform(0, 1, (2, *SHAPES[name])) for name in ("face", "face_score")}
    return replace(seen, **values, background=Matches(3, rng.uniform(0, WIDTH, (5, 4))))


def test_twice_mirrored_is_as_it_was(rng):
    seen = everything(rng)
    clip = replace(CLIP, clues=Clues(rng.uniform(0, WIDTH, (4, 4)), 28.0))
    once, turned = unmirrored([seen], clip)
    (again,), back = unmirrored(once, turned)
    for name in SHAPES:
        np.testing.assert_allclose(getattr(again, name), getattr(seen, name), atol=1e-9)
    np.testing.assert_allclose(again.background.points, seen.background.points)
    np.testing.assert_allclose(back.clues.lines, clip.clues.lines)
    assert (back.clues.focal_35mm, again.background.key) == (28.0, 3)


def test_hands_faces_and_background_change_sides(rng):
    seen = everything(rng)
    (found,), _ = unmirrored([seen], CLIP)
    tip = HAND_POINTS.index("index_4")
    left, right = found.hands[0, 0, tip], seen.hands[0, 1, tip]
    np.testing.assert_allclose(left, [WIDTH - 1 - right[0], right[1], -right[2], *right[3:]])
    np.testing.assert_array_equal(found.hand_score[:, 0], seen.hand_score[:, 1])
    face, was = (dict(zip(MEASURES, one.face[1])) for one in (found, seen))
    assert (face["smile_left"], face["brow_right"]) == (was["smile_right"], was["brow_left"])
    assert face["jaw"] == was["jaw"]
    x, y = seen.background.points[2, :2]
    np.testing.assert_allclose(found.background.points[2, :2], [WIDTH - 1 - x, y])
