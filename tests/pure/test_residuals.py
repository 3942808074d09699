"""One check for every term of the fit: its Jacobian is the derivative of its residual."""

import inspect
import tomllib
from pathlib import Path

import numpy as np
import pytest
from differences import assert_jacobian, central_differences
from monorig.inference import residuals
from monorig.inference.camera import make, project
from monorig.inference.fit_live import LiveSettings
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.kinematics import forward, marker_jacobian
from monorig.inference.rotations import exp
from monorig.inference.skeleton import NUM_ROOT, SKELETON, universal_body
from monorig.inference.targets import Targets
from monorig.inference.terms import FrameTerms

BODY = universal_body(1.72)
K, B = len(KEYPOINTS), residuals.PAIRS["bones"].count


def tilted_camera():
    """1.6 m above the ground, rolled and looking down a little."""
    T = np.eye(4)
    T[:3, :3] = exp(np.array([-0.2, 0.1, 0.3])) @ make((1280, 720)).T_world_camera[:3, :3]
    T[:3, 3] = [0.3, -0.2, 1.6]
    return make((1280, 720), focal=1100.0, T_world_camera=T)


CAMERA = tilted_camera()
R = CAMERA.R_camera_world
draw = np.random.default_rng(5)
VECTORS, MARKERS, PIXELS = (
    draw.normal(0, 0.3, (B, 3)),
    draw.normal(0, 1, (K, 3)),
    draw.uniform(0, 700, (K, 2)),
)
PX_WEIGHT = 1 / draw.uniform(3, 9, K)
POSE, TURN_WEIGHT = draw.normal(0, 0.5, 50), draw.uniform(1, 9, 50)


def at(q):
    """Markers in camera axes (K,3) and their derivative (K,3,D)."""
    pose = forward(q, BODY)
    return CAMERA.to_camera(pose.markers), marker_jacobian(pose, R)


def on_markers(term, markers=slice(None)):
    """A term on markers as (r, d r / d q): its own derivative taken to the pose."""

    def by_pose(q):
        X, J = at(q)
        r, S = term(X[markers])
        return r, S @ J[markers]

    return by_pose


def between_markers(pairs):
    pairs = residuals.PAIRS[pairs]

    def by_pose(q):
        X, J = at(q)
        target = np.resize(VECTORS, (pairs.count, 3))
        r, slope = residuals.vectors(X, pairs, target, 1 / np.array([0.04, 0.05, 0.06]))
        return r, slope[:, None] * (J[pairs.end] - J[pairs.start])

    return by_pose


def at_root(r, S):
    return r, np.pad(S, ((0, 0), (0, 47)))


def on_pose(term):
    def by_pose(q):
        r, S = term(q)
        return r, np.diag(S)

    return by_pose


FEET = [3, 30, 8]
TERMS = {
    "vectors": between_markers("bones"),
    "vectors, positions": between_markers("positions"),
    "reprojection": on_markers(lambda X: residuals.reprojection(X, CAMERA.K, PIXELS, PX_WEIGHT)),
    "planted": on_markers(lambda X: residuals.planted(X, MARKERS[:3], 0.02), FEET),
    "limits": on_pose(lambda q: residuals.limits(q, 0.07)),
    "depth": lambda q: at_root(*residuals.depth(q[:3], R[2], np.array([4.0]), np.array([9.0]))),
    "expected": on_pose(lambda q: residuals.expected(q, POSE, TURN_WEIGHT)),
    "natural": on_pose(lambda q: residuals.natural(q, 1.5)),
}
LOSSES = ("charbonnier", "geman_mcclure")


def pose_before_the_camera(rng, share):
    """q (50,): joint angles of up to `share` of their limits, 4 m away."""
    limited = np.isfinite(SKELETON.lower)
    low, high = np.where(limited, SKELETON.lower, -0.5), np.where(limited, SKELETON.upper, 0.5)
    q = share * rng.uniform(low, high)
    q[:3] += [0.2, 4.0, 1.0]
    return q


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("share", [0.0, 0.6, 1.3])
def test_the_jacobian_of_every_term_is_its_derivative(rng, term, share):
    q = pose_before_the_camera(rng, share)
    q[NUM_ROOT:] += 1e-3  # away from the kink of a limit
    assert_jacobian(lambda x: TERMS[term](x)[0], TERMS[term](q)[1], q)


def test_no_term_is_left_out_of_the_check():
    public = {
        name
        for name, item in vars(residuals).items()
        if inspect.isfunction(item) and item.__module__ == residuals.__name__ and name[0] != "_"
    }
    assert public == {name.split(",")[0] for name in TERMS} | set(LOSSES) | {"squared"}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_robust_weight_is_half_the_slope_of_its_loss(rng, loss):
    """d cost / d r = 2 w r, so that weighed least squares go downhill on the loss."""
    function = getattr(residuals, loss)
    for r in rng.normal(0, 4, (20, 3)):
        weight, _ = function(r @ r, 2.5)
        slope = central_differences(lambda x: np.asarray(function(x @ x, 2.5)[1]), r)
        np.testing.assert_allclose(slope, 2 * weight * r, atol=1e-7)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_small_residual_is_squared_and_a_large_one_weighs_less(loss):
    weight, cost = getattr(residuals, loss)(np.array([1e-4, 50.0]) ** 2, 3.0)
    assert cost[0] == pytest.approx(1e-8, rel=1e-6) and weight[0] == pytest.approx(1.0)
    assert weight[1] < 0.1 and cost[1] < 0.15 * 50.0**2


def test_a_perfect_pose_has_no_residual(rng):
    q = pose_before_the_camera(rng, 0.6)
    X, _ = at(q)
    bones = residuals.PAIRS["bones"]
    exact = X[bones.end] - X[bones.start]
    px = project(X, CAMERA.K)
    assert np.abs(residuals.vectors(X, bones, exact, np.ones(3))[0]).max() < 1e-12
    assert np.abs(residuals.reprojection(X, CAMERA.K, px, np.ones(K))[0]).max() < 1e-9
    assert residuals.depth(q[:3], R[2], R[2:] @ q[:3], np.ones(1))[0] == 0
    assert (residuals.expected(q, q, TURN_WEIGHT)[0] == 0).all()
    assert (residuals.limits(q, 1.0)[0] == 0).all()


def test_limits_pull_back_from_outside_only():
    inside = np.where(np.isfinite(SKELETON.upper), SKELETON.upper, 100.0)
    outside = inside + 0.1
    r, J = residuals.limits(outside, 0.1)
    np.testing.assert_allclose(r[NUM_ROOT:], 1.0, atol=1e-12)
    assert (r[:NUM_ROOT] == 0).all() and (J[:NUM_ROOT] == 0).all()
    assert (residuals.limits(inside, 0.1)[0] == 0).all()


def test_a_marker_behind_the_camera_gives_finite_numbers():
    X = np.zeros((K, 3)) + [0, 1.0, -3.0]
    r, S = residuals.reprojection(X, CAMERA.K, PIXELS, PX_WEIGHT)
    assert np.isfinite(r).all() and np.isfinite(S).all()


def test_what_is_unseen_pulls_at_nothing(rng):
    X, _ = at(pose_before_the_camera(rng, 0.5))
    r, S = residuals.reprojection(X, CAMERA.K, PIXELS, np.zeros(K))
    assert (r == 0).all() and (S == 0).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_of_a_frame_is_the_slope_of_its_cost(rng, loss):
    q = pose_before_the_camera(rng, 1.1)
    target = Targets(VECTORS, draw.uniform(0.2, 1, B), PIXELS, PX_WEIGHT)
    settings = LiveSettings()
    expected = residuals.expected(np.zeros(50), POSE, TURN_WEIGHT)
    depth = residuals.depth(np.zeros(3), R[2], np.array([4.0]), np.array([9.0]))
    terms = FrameTerms(BODY, CAMERA, target, settings, loss, [expected], [depth])
    cost, H, g = terms.evaluate(q)
    slope = central_differences(lambda x: np.asarray(terms.cost(x)), q)
    assert terms.cost(q) == pytest.approx(cost, rel=1e-12)
    np.testing.assert_allclose(2 * g, slope, rtol=1e-5, atol=1e-5 * np.abs(slope).max())
    np.testing.assert_allclose(H, H.T, atol=1e-9 * np.abs(H).max())
    assert np.linalg.eigvalsh(H)[0] > -1e-6 * np.abs(H).max() and cost > 0


def test_natural_poses_are_of_our_skeleton_and_within_its_limits():
    mean, spread = residuals.NATURAL
    assert mean.shape == spread.shape == (50,)
    assert (spread[NUM_ROOT:] >= np.radians(3)).all() and (mean[:NUM_ROOT] == 0).all()
    assert (mean[NUM_ROOT:] >= SKELETON.lower[NUM_ROOT:]).all()
    assert (mean[NUM_ROOT:] <= SKELETON.upper[NUM_ROOT:]).all()
    table = tomllib.loads((Path(residuals.__file__).parent / "natural_poses.toml").read_text())
    known = {name.removesuffix(".L").removesuffix(".R") for name in SKELETON.dof_names}
    assert set(table) == known - {name for name in known if name.startswith("pelvis.")}
