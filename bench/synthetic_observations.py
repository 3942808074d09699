"""What the networks would say of a known motion: a random camera, and the errors that networks make.

Seeded: the same numbers give the same observations. The camera stands still, so that everything is in
its field of view; its pose is not told to the fit, its focal length is.
"""

from dataclasses import dataclass

import numpy as np

from ..inference import camera as cameras
from ..inference import catalogue
from ..inference.keypoints import INDEX, KEYPOINTS
from ..inference.kinematics import joint_transforms
from ..inference.rotations import exp
from ..inference.take import Observation
from .motions import FPS

IMAGE_SIZE = (1280, 720)
FIELD_OF_VIEW, PITCH, ROLL = (35.0, 80.0), (-20.0, 5.0), (-12.0, 12.0)  # [deg]
MARGIN = 0.06  # of the picture, free around the person
HIDDEN_SECONDS, OUTLIER_SECONDS = (0.2, 1.0), (0.03, 0.12)
HIDDEN_PX, HIDDEN_X = 0.05, 0.10  # guesses of hidden joints: of the height in the picture, [m]
OUTLIER_PX, OUTLIER_X = (0.08, 0.35), (0.15, 0.5)
SURE, UNSURE, WRONG = (0.6, 0.95), (0.02, 0.15), (0.4, 0.8)  # confidence seen, hidden, outlier
LIMBS = [
    ("shoulder", "elbow", ("elbow", "wrist", "thumb", "index", "pinky")),
    ("elbow", "wrist", ("wrist", "thumb", "index", "pinky")),
    ("hip", "knee", ("knee", "ankle", "heel", "big_toe", "small_toe")),
    ("knee", "ankle", ("ankle", "heel", "big_toe", "small_toe")),
]
IN_2D, IN_3D = (
    np.isin(KEYPOINTS, catalogue.network(name).keypoints + more)
    for name, more in (("rtmpose-s-halpe26", ()), ("blazepose-heavy", ("pelvis", "neck")))
)


@dataclass(frozen=True)
class Errors:
    """Standard deviations and shares."""

    px: float = 3.0  # [px] of both networks
    X: float = 0.03  # [m] along each axis of the camera
    depth: float = 1.0  # the error along the view is so much larger
    drift: float = 0.5  # share of the variance that drifts slowly
    drift_seconds: float = 0.7
    short: tuple = (0.0, 0.0)  # the limbs come out shorter by this share
    outliers: float = 0.10  # of the joints, in each network
    hidden: float = 0.20


PLAIN = Errors()
HABITS = Errors(depth=2.0, short=(0.10, 0.20))  # as networks are: depth is worse, limbs are short


@dataclass(frozen=True)
class Filmed:
    """A performance in front of a camera. Truth in camera axes."""

    kind: str
    observations: list
    camera: cameras.Camera  # as the fit gets it: focal length right, pose unknown
    X: np.ndarray  # (T,K,3) [m]
    R: np.ndarray  # (T,J,3,3) joints


def film(performance, rng, errors=PLAIN):
    """Performance -> Filmed."""
    pose = performance.pose
    camera = random_camera(pose.markers, rng)
    X = camera.to_camera(pose.markers)
    R = camera.R_camera_world @ joint_transforms(pose)[..., :3, :3]
    seen = observe(X, camera.K, performance.time_s, rng, errors)
    return Filmed(performance.kind, seen, cameras.make(IMAGE_SIZE, focal=camera.K[0, 0]), X, R)


def random_camera(markers, rng):
    """A camera that has all markers (T,K,3) in its picture."""
    fov, pitch, roll = (np.radians(rng.uniform(*span)) for span in (FIELD_OF_VIEW, PITCH, ROLL))
    focal = IMAGE_SIZE[0] / 2 / np.tan(fov / 2)
    turn = exp(np.array([0, 0, rng.uniform(0, 2 * np.pi)])) @ exp(np.array([pitch, 0, 0]))
    T = np.eye(4)
    T[:3, :3] = turn @ cameras.R_WORLD_LEVEL @ exp(np.array([0, 0, roll]))
    points = markers.reshape(-1, 3)
    middle = (points.min(0) + points.max(0)) / 2
    free = MARGIN * np.asarray(IMAGE_SIZE)
    for distance in np.arange(1.5, 60.0, 0.25):
        T[:3, 3] = middle - distance * T[:3, 2]
        camera = cameras.make(IMAGE_SIZE, focal=focal, T_world_camera=T.copy())
        X = camera.to_camera(points)
        px = cameras.project(X, camera.K)
        if (X[:, 2] > 1.0).all() and (px > free).all() and (px < IMAGE_SIZE - free).all():
            return camera
    raise ValueError("the motion goes too far for one picture")


def observe(X, K, time_s, rng, errors):
    """True keypoints X (T,K,3) in camera axes -> Observations with the errors of networks."""
    T, num = X.shape[:2]
    px = cameras.project(X, K)
    box = np.concatenate([px.min(1), px.max(1)], -1)
    size = np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])[:, None]
    hidden = runs(T, num, errors.hidden, HIDDEN_SECONDS, rng)
    wrong_2d, wrong_3d = (runs(T, num, errors.outliers, OUTLIER_SECONDS, rng) for _ in range(2))
    seen_2d, seen_3d = (
        px
        + noise(px.shape, errors.px, 0.0, errors, rng)
        + guess(px.shape, hidden, HIDDEN_PX, errors, rng) * size[..., None]
        for _ in range(2)
    )
    X_seen = shortened(X - X[:, INDEX["pelvis"], None], errors.short, rng)
    X_seen = X_seen + guess(X.shape, hidden, HIDDEN_X, errors, rng)
    X_seen += noise(X.shape, errors.X, errors.drift, errors, rng) * [1, 1, errors.depth]
    seen_2d += far(wrong_2d, OUTLIER_PX, 2, rng) * size[..., None]
    seen_3d += far(wrong_3d, OUTLIER_PX, 2, rng) * size[..., None]
    X_seen += far(wrong_3d, OUTLIER_X, 3, rng)
    X_seen -= X_seen[:, [INDEX["hip_l"], INDEX["hip_r"]]].mean(1, keepdims=True)
    for middle, sides in (("pelvis", "hip"), ("neck", "shoulder")):
        X_seen[:, INDEX[middle]] = X_seen[:, [INDEX[f"{sides}_l"], INDEX[f"{sides}_r"]]].mean(1)
    confidence = certainty(hidden, wrong_2d, rng) * IN_2D
    visibility = certainty(hidden, wrong_3d, rng) * IN_3D
    seen_2d[:, ~IN_2D], seen_3d[:, ~IN_3D], X_seen[:, ~IN_3D] = np.nan, np.nan, np.nan
    rows = zip(box, seen_2d, confidence, seen_3d, visibility, X_seen)
    return [
        Observation(t, float(time_s[t]), np.array([1]), *(v[None] for v in row), np.array([0.95]))
        for t, row in enumerate(rows)
    ]


def runs(frames, num, share, seconds, rng):
    """(frames, num) bool: True for `share` of the frames, in runs that last `seconds` (least, most)."""
    flags = np.zeros((frames, num), bool)
    shown = np.mean(seconds) * (1 - share) / max(share, 1e-9)
    for k in range(num):
        at = -rng.uniform(0, shown)
        while at < frames / FPS and share > 0:
            at += rng.exponential(shown)
            end = at + rng.uniform(*seconds)
            flags[max(0, round(at * FPS)) : max(0, round(end * FPS)), k] = True
            at = end
    return flags


def noise(shape, sigma, drift, errors, rng):
    """Gaussian of standard deviation `sigma`, of which a share of the variance drifts."""
    white = rng.normal(0, sigma * np.sqrt(1 - drift), shape)
    return (
        white + sigma * np.sqrt(drift) * drifting(shape, errors.drift_seconds, rng)
        if drift
        else white
    )


def drifting(shape, seconds, rng):
    """Ornstein-Uhlenbeck process of unit variance over the first axis, forgotten after `seconds`."""
    keep = np.exp(-1 / FPS / seconds)
    steps = rng.normal(0, 1, shape)
    for t in range(1, shape[0]):
        steps[t] = keep * steps[t - 1] + np.sqrt(1 - keep**2) * steps[t]
    return steps


def guess(shape, hidden, sigma, errors, rng):
    """What hidden joints are off more than seen ones."""
    return sigma * drifting(shape, errors.drift_seconds, rng) * hidden[..., None]


def far(wrong, reach, axes, rng):
    """Outliers: vectors (T,K,axes) in any direction, their length within `reach`; 0 where not wrong."""
    way = rng.normal(size=(*wrong.shape, axes))
    way /= np.linalg.norm(way, axis=-1, keepdims=True)
    return way * (rng.uniform(*reach, wrong.shape) * wrong)[..., None]


def certainty(hidden, wrong, rng):
    """(T,K) what the network says of its own confidence."""
    chances = (rng.uniform(*span, hidden.shape) for span in (SURE, UNSURE, WRONG))
    sure, unsure, mistaken = chances
    return np.where(wrong, mistaken, np.where(hidden, unsure, sure))


def shortened(X, share, rng):
    """Keypoints (T,K,3) with every limb segment shorter by one factor per clip, the same on both sides."""
    out = X.copy()
    for start, end, moved in LIMBS:
        factor = rng.uniform(*share)
        for side in "lr":
            bone = X[:, INDEX[f"{end}_{side}"]] - X[:, INDEX[f"{start}_{side}"]]
            for name in moved:
                out[:, INDEX[f"{name}_{side}"]] -= factor * bone
    return out
