"""Nothing breaks where little is seen of somebody, or nonsense."""

import dataclasses

import numpy as np
import pytest
from filmed import assert_whole, fitted, observations
from monorig.inference.keypoints import INDEX
from synthetic_motion import IMAGE_SIZE, synthetic_motion

ALL = pytest.mark.parametrize("solver", ["raw", "live", "take"])


def hide_all(one):
    return dataclasses.replace(
        one, px=one.px * np.nan, px_3d=one.px_3d * np.nan, X=one.X * np.nan,
        confidence=one.confidence * 0, visibility=one.visibility * 0,
    )  # fmt: skip


def hide_all_but(*names):
    def hide(one):
        kept, hidden = [INDEX[name] for name in names], hide_all(one)
        for field in ("px", "px_3d", "X", "confidence", "visibility"):
            getattr(hidden, field)[:, kept] = getattr(one, field)[:, kept]
        return hidden

    return hide


def only_pixels(one):
    return dataclasses.replace(
        one, X=one.X * np.nan, px_3d=one.px_3d * np.nan, visibility=0 * one.visibility
    )


def only_metres(one):
    return dataclasses.replace(
        one, px=one.px * np.nan, px_3d=one.px_3d * np.nan, confidence=0 * one.confidence
    )


def behind_the_camera(one):
    """Pixels as only somebody behind the camera could make them: upside down and mirrored."""
    middle = np.array(IMAGE_SIZE) / 2
    return dataclasses.replace(one, px=2 * middle - one.px, px_3d=2 * middle - one.px_3d)


def folded_to_a_point(one):
    return dataclasses.replace(one, px=0 * one.px + 300, px_3d=0 * one.px_3d + 300, X=0 * one.X)


def far_outside(one):
    return dataclasses.replace(one, px=one.px * 1e4, px_3d=one.px_3d * 1e4)


def absurd_metres(one):
    return dataclasses.replace(one, X=one.X * 1e4)


def no_box(one):
    return dataclasses.replace(one, box=one.box * 0)


TROUBLE = [
    hide_all, hide_all_but("wrist_l"), hide_all_but("hip_l", "hip_r"), only_pixels, only_metres,
    behind_the_camera, folded_to_a_point, far_outside, absurd_metres, no_box,
]  # fmt: skip
TROUBLE_NAMES = [
    "all hidden", "one joint", "two joints", "no 3D", "no 2D", "behind the camera", "a point",
    "far outside", "absurd metres", "no box",
]  # fmt: skip


@ALL
@pytest.mark.parametrize("trouble", TROUBLE, ids=TROUBLE_NAMES)
@pytest.mark.parametrize("frames", [range(4, 7), range(10)], ids=["for a moment", "always"])
@pytest.mark.filterwarnings("error")
def test_whatever_is_seen_the_answer_is_finite(solver, trouble, frames):
    truth = synthetic_motion(people=1, frames=10, gaps=False)
    seen = [trouble(one) if t in frames else one for t, one in enumerate(observations(truth))]
    found = fitted(truth, seen, solver)
    assert_whole(found)
    assert found.present.all() or solver == "raw"  # what is not seen stays a gap there


@ALL
@pytest.mark.filterwarnings("error")
def test_somebody_in_trouble_does_not_disturb_the_others(solver):
    truth = synthetic_motion(people=2, frames=12, gaps=False)
    seen = observations(truth)
    alone = fitted(truth, seen, solver)
    for one in seen:
        one.px[1], one.px_3d[1], one.X[1] = np.nan, np.nan, 1e4
    found = fitted(truth, seen, solver)
    np.testing.assert_allclose(found.X_cam[0], alone.X_cam[0], atol=1e-6)  # [m]
