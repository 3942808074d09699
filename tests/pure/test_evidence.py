"""What both networks saw, joined into what the fit may believe."""

import numpy as np
import pytest
from monorig.inference.camera import make, project
from monorig.inference.evidence import BORDER, gather, join, outside_picture
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.take import SHAPES, Observation, empty_observation

K, HEIGHT = len(KEYPOINTS), 200.0
HERE = np.array([300.0, 400.0])
NOTHING = np.full(2, np.nan)


def joined(px, confidence, px_3d, visibility):
    """join() for one keypoint -> px (2,), confidence, trust."""
    arrays = (np.asarray(v, float)[None] for v in (px, confidence, px_3d, visibility))
    out = join(*arrays, np.array(HEIGHT))
    return out[0][0], out[1][0], out[2][0]


def test_networks_that_agree_are_averaged_by_confidence():
    px, confidence, trust = joined(HERE, 0.9, HERE + [4, 0], 0.3)
    np.testing.assert_allclose(px, HERE + [1, 0])
    assert confidence == pytest.approx(0.9) and trust == pytest.approx(0.3)


def test_where_they_disagree_the_2d_network_is_right_and_the_3d_loses_trust():
    px, confidence, trust = joined(HERE, 0.9, HERE + [0.2 * HEIGHT, 0], 0.9)
    np.testing.assert_array_equal(px, HERE)
    assert confidence == pytest.approx(0.9) and trust == pytest.approx(0.09)


def test_trust_falls_steadily_with_the_disagreement():
    gaps = np.linspace(0, 0.15, 16) * HEIGHT
    trust = [joined(HERE, 1.0, HERE + [gap, 0], 1.0)[2] for gap in gaps]
    assert trust[0] == 1.0 and trust[-1] == 0.0 and (np.diff(trust) <= 1e-12).all()


def test_an_unsure_2d_network_casts_little_doubt():
    sure, unsure = (joined(HERE, c, HERE + [60, 0], 0.8)[2] for c in (0.9, 0.1))
    assert unsure > 5 * sure


def test_keypoints_of_the_3d_network_alone_count_half():
    px, confidence, trust = joined(NOTHING, 0.0, HERE, 0.8)
    np.testing.assert_array_equal(px, HERE)
    assert confidence == pytest.approx(0.4) and trust == pytest.approx(0.8)


def test_keypoints_of_the_2d_network_alone_are_taken_as_they_are():
    px, confidence, _ = joined(HERE, 0.7, NOTHING, 0.0)
    np.testing.assert_array_equal(px, HERE)
    assert confidence == pytest.approx(0.7)


def test_what_neither_saw_is_absent():
    px, confidence, _ = joined(NOTHING, 0.0, NOTHING, 0.0)
    assert np.isnan(px).all() and confidence == 0


@pytest.mark.parametrize(
    "place, out",
    [((0, 0), False), ((999, 499), False), ((-8, 50), False), ((-12, 50), True), ((1012, 50), True),
     ((50, 512), True), ((np.nan, np.nan), False)],
)  # fmt: skip
def test_the_border_of_the_picture(place, out):
    assert BORDER * 1000 == 10
    assert outside_picture(np.array([place], float), (1000, 500))[0] == out


def observation(t, numbers, px):
    """Everybody of `numbers` at the same place."""
    rows = len(numbers)
    arrays = {name: np.zeros((rows, *shape)) for name, shape in SHAPES.items()}
    arrays["px"] += px
    arrays["px_3d"] += px
    arrays.update(
        id=np.array(numbers), confidence=np.full((rows, K), 0.9), visibility=np.full((rows, K), 0.9)
    )
    arrays["box"] += [100, 100, 200, 400]
    arrays["X"] += np.arange(rows)[:, None, None]
    return Observation(t, t / 30, **arrays)


def test_gather_puts_everybody_into_the_own_row_and_frame():
    seen = [observation(0, [7, 8], 50.0), empty_observation(1, 1 / 30), observation(2, [8], 60.0)]
    evidence = gather(seen, {1: [(0, 0)], 2: [(0, 1), (2, 0)]}, make((640, 480)), (640, 480))
    np.testing.assert_array_equal(evidence.identity, [1, 2])
    np.testing.assert_array_equal(evidence.present, [[True, False, False], [True, False, True]])
    assert (evidence.X[1, 0] == 1).all() and (evidence.px[1, 2] == 60).all()
    assert (evidence.height_px[evidence.present] == 300).all()


def test_gather_leaves_absent_people_absent():
    evidence = gather(
        [observation(0, [1], 50.0), empty_observation(1, 0.1)],
        {1: [(0, 0)]},
        make((640, 480)),
        (640, 480),
    )
    for name in ("px", "px_ideal", "X", "box", "height_px"):
        assert np.isnan(getattr(evidence, name)[0, 1]).all(), name
    assert (evidence.confidence[0, 1] == 0).all()


def test_gather_removes_the_lens():
    camera = make((640, 480), focal=600.0, dist=[-0.2, 0.05, 0, 0, 0])
    X = np.array([0.5, -0.3, 2.0])
    evidence = gather(
        [observation(0, [1], project(X, camera.K, camera.dist))], {1: [(0, 0)]}, camera, (640, 480)
    )
    np.testing.assert_allclose(evidence.px_ideal[0, 0, 0], project(X, camera.K), atol=0.01)  # [px]


def test_keypoints_beyond_the_picture_are_not_believed():
    evidence = gather(
        [observation(0, [1], np.array([700.0, 100.0]))], {1: [(0, 0)]}, make((640, 480)), (640, 480)
    )
    assert (evidence.confidence == 0).all()
    np.testing.assert_allclose(evidence.trust, 0.2 * 0.9)


def test_a_clip_with_nobody_gives_empty_tables():
    evidence = gather(
        [empty_observation(t, t / 30) for t in range(4)], {}, make((640, 480)), (640, 480)
    )
    assert evidence.px.shape == (0, 4, K, 2) and evidence.present.shape == (0, 4)
