"""Real motions on our skeleton: joint angles over time that are known exactly, of bodies of any stature.

Motion capture files give joint positions; `analytic_pose` turns them into angles of our skeleton, kept
inside its limits, and forward kinematics of those angles is the truth. So the truth moves as people do,
and what our skeleton cannot do is no error of the fit. Where a limb is straight its twist is taken from
the frames around. Not in the files, so made up as slow small turns: twist of the forearm, wrist.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..inference.analytic_pose import analytic_pose
from ..inference.keypoints import INDEX, KEYPOINTS
from ..inference.kinematics import forward
from ..inference.rotations import exp, log, quaternion
from ..inference.skeleton import NUM_ROOT, SEGMENTS, SKELETON, Body, scaled_body, universal_body
from . import bvh, deepmimic

FPS = 30.0
SMOOTH = 0.04  # [s] standard deviation of the smoothing of the truth
SOLE = np.radians([-30.0, -5.0])
STATURES = (1.5, 1.95)  # [m]
PROPORTIONS = (
    0.04  # standard deviation of the logarithm of a segment's length, people of one stature
)
BENT = np.radians(15.0)  # hinge angle from which a limb's plane tells its twist
JOINT_NAMES = {
    "hip": ("{}UpLeg", "{}Hip"),
    "knee": ("{}Leg", "{}Knee"),
    "ankle": ("{}Foot", "{}Ankle"),
    "big_toe": ("{}ToeBase", "{}Toes"),
    "shoulder": ("{}Arm", "{}Shoulder"),
    "elbow": ("{}ForeArm", "{}Elbow"),
    "wrist": ("{}Hand", "{}Wrist"),
}
FACE = {"nose": (0, -0.12, 0.08), "ear_l": (0.075, -0.005, 0.1), "ear_r": (-0.075, -0.005, 0.1)}
# class, file, first second, seconds, speed
MOTIONS = [
    ("walk", "bvh/pymo_AV_8Walk_Meredith.bvh", 1.0, 5.0, 1.0),
    ("walk", "bvh/xia_neutral_01_000.bvh", 0.0, 2.6, 1.0),
    ("dance", "bvh/animdraw_jesse_dance.bvh", 1.0, 5.0, 1.0),
    ("dance", "deepmimic/humanoid3d_dance_b.txt", 0.0, 2.5, 1.0),
    ("jump", "bvh/animdraw_jumping.bvh", 0.5, 4.5, 1.0),
    ("jump", "bvh/assimp_01_01.bvh", 6.0, 5.0, 1.0),
    ("boxing", "bvh/assimp_Boxing_Toes.bvh.gz", 5.0, 5.0, 1.0),
    ("sitting", "bvh/animdraw_wave_hello.bvh", 0.5, 5.0, 1.0),
    ("crawling", "deepmimic/humanoid3d_crawl.txt", 0.0, 2.9, 1.0),
    ("getting up", "deepmimic/humanoid3d_getup_faceup.txt", 0.0, 3.7, 1.0),
    ("getting up", "deepmimic/humanoid3d_getup_facedown.txt", 0.0, 3.0, 1.0),
    ("lying", "deepmimic/humanoid3d_getup_faceup.txt", 0.0, 3.0, 0.33),
]  # fmt: skip
ON_THE_FLOOR = ("sitting", "crawling", "getting up", "lying")
MADE_UP = ("forearm_twist", "hand_bend", "hand_side")


@dataclass(frozen=True)
class Performance:
    """The truth of one clip: one person, T frames at FPS."""

    kind: str
    q: np.ndarray  # (T,D), world Z up, ground at 0
    body: Body

    @property
    def time_s(self):
        return np.arange(len(self.q)) / FPS

    @property
    def pose(self):
        return forward(self.q, self.body)


def available(data):
    """MOTIONS whose files are in the folder of measuring material (or None)."""
    folder = Path(data) / "media" / "motion" if data else None
    return [
        (motion, folder / motion[1])
        for motion in MOTIONS
        if folder and (folder / motion[1]).exists()
    ]


def perform(motion, path, rng):
    """One of MOTIONS and its file -> Performance by somebody of random stature."""
    kind, _, first, seconds, speed = motion
    X, fps, sole = from_deepmimic(path) if path.suffix == ".txt" else from_bvh(path)
    frames = (first + speed * np.arange(0, seconds, 1 / FPS)) * fps
    X = at_frames(X, frames[frames <= len(X) - 1])
    q = angles(X, sole)
    for name in MADE_UP:
        for side in "LR":
            q[:, column(f"{name}.{side}")] = 0.35 * np.sin(
                np.arange(len(q)) / FPS * rng.uniform(1, 3) + rng.uniform(0, 6)
            )
    if kind == "sitting":
        sit_down(q)
    body = person(rng)
    q[:, :3] = path_of_root(X, body)
    q = smoothed(np.clip(q, SKELETON.lower, SKELETON.upper))
    q[:, 2] -= np.quantile(forward(q, body).markers[..., 2].min(-1), 0.1)
    return Performance(kind, q, body)


def person(rng):
    """Body of somebody of random stature and proportions."""
    return scaled_body(
        universal_body(rng.uniform(*STATURES)), rng.normal(0, PROPORTIONS, len(SEGMENTS))
    )


def from_bvh(path):
    """-> keypoints (F,K,3) Z up, NaN where the file has none, frames per second, slope of the soles [rad]."""
    clip, places, turns = bvh.z_up(bvh.read(path))
    X = np.full((len(clip.positions), len(KEYPOINTS), 3), np.nan)
    still = np.full((len(KEYPOINTS), 3), np.nan)
    for keypoint, patterns in JOINT_NAMES.items():
        for side, word in (("l", "Left"), ("r", "Right")):
            joint = clip.index(*(pattern.format(word) for pattern in patterns))
            X[:, INDEX[f"{keypoint}_{side}"]] = clip.positions[:, joint]
            still[INDEX[f"{keypoint}_{side}"]] = places[joint]
    across = still[INDEX["hip_l"]] - still[INDEX["hip_r"]]
    R_heading = exp(np.array([0, 0, np.arctan2(across[1], across[0])]))
    head = clip.index("Head")
    R_head = clip.rotations[:, head] @ turns[head].T @ R_heading
    return with_face(X, clip.positions[:, head], R_head), clip.fps, sole_slope(still)


def from_deepmimic(path):
    """As `from_bvh`."""
    clip = deepmimic.read(path)
    X = np.full((len(clip.head), len(KEYPOINTS), 3), np.nan)
    for name, places in clip.positions.items():
        keypoint = name.replace("toe", "big_toe")
        if keypoint in INDEX:
            X[:, INDEX[keypoint]] = places
    return with_face(X, clip.positions["neck"], clip.head), clip.fps, deepmimic.SOLE


def with_face(X, head, R_head):
    """Adds nose, ears, and pelvis and neck as the middles of hips and shoulders."""
    size = np.nanmean(np.linalg.norm(X[:, INDEX["knee_l"]] - X[:, INDEX["hip_l"]], axis=-1)) / 0.42
    for name, place in FACE.items():
        X[:, INDEX[name]] = head + R_head @ (size * np.asarray(place))
    for middle, sides in (("pelvis", "hip"), ("neck", "shoulder")):
        X[:, INDEX[middle]] = X[:, [INDEX[f"{sides}_l"], INDEX[f"{sides}_r"]]].mean(1)
    return X


def sole_slope(still):
    """Slope [rad] of ankle to toe in the reference pose, as far as feet flat on the ground can have it."""
    foot = still[INDEX["big_toe_l"]] - still[INDEX["ankle_l"]]
    return np.clip(np.arctan2(foot[2], np.hypot(foot[0], foot[1])), *SOLE)


def at_frames(X, frames):
    """X (F,...) between its frames, linearly."""
    before = np.minimum(frames.astype(int), len(X) - 2)
    share = (frames - before).reshape(-1, *[1] * (X.ndim - 1))
    return (1 - share) * X[before] + share * X[before + 1]


def angles(X, sole):
    """Keypoints (T,K,3) -> q (T,D) without the root's place."""
    q = analytic_pose(X)
    for side in "LR":
        for hinge, twist in (("elbow_bend", "upper_arm_twist"), ("shin_bend", "thigh_twist")):
            bridge_twist(q, column(f"{hinge}.{side}"), column(f"{twist}.{side}"))
        R_shin = forward(q, universal_body(1.7)).R_world_link[
            :, SKELETON.link_names.index(f"shin.{side}")
        ]
        foot = X[:, INDEX[f"big_toe_{side.lower()}"]] - X[:, INDEX[f"ankle_{side.lower()}"]]
        foot = (np.swapaxes(R_shin, -1, -2) @ foot[..., None])[..., 0]
        q[:, column(f"foot_raise.{side}")] = np.arctan2(foot[:, 2], -foot[:, 1]) - sole
    return q


def column(dof):
    return SKELETON.dof_names.index(dof)


def bridge_twist(q, hinge, twist):
    """Twist of a straight limb, in place: between those of the frames before and after where it is bent."""
    bent = np.flatnonzero(np.abs(q[:, hinge]) > BENT)
    if len(bent):
        q[:, twist] = np.interp(np.arange(len(q)), bent, np.unwrap(q[bent, twist]))
    else:
        q[:, twist] = 0.0


def sit_down(q):
    """Legs as on a chair, in place; they sway a little."""
    sway = 0.1 * np.sin(np.arange(len(q))[:, None] / FPS * [1.1, 1.7, 2.3])
    for side in "LR":
        for name, angle, moved in (
            ("hip_raise", 1.45, 0),
            ("shin_bend", 1.5, 1),
            ("hip_spread", 0.2, 2),
        ):
            q[:, column(f"{name}.{side}")] = angle + sway[:, moved]
        q[:, column(f"foot_raise.{side}")] = 0.0


def path_of_root(X, body):
    """Place of the pelvis (T,3) [m], made longer or shorter as the legs are."""
    leg = sum(
        np.median(np.linalg.norm(X[:, INDEX[a]] - X[:, INDEX[b]], axis=-1))
        for a, b in (("hip_l", "knee_l"), ("knee_l", "ankle_l"))
    )
    ours = -sum(body.offsets[SKELETON.link_names.index(link), 2] for link in ("shin.L", "foot.L"))
    return (X[:, INDEX["pelvis"]] - X[0, INDEX["pelvis"]] * [1, 1, 0]) * ours / leg


def smoothed(q):
    """q (T,D) after a Gaussian over time; the root's rotation as quaternions."""
    turns = quaternion(exp(q[:, 3:NUM_ROOT]))
    flips = np.sign((turns[1:] * turns[:-1]).sum(-1))
    turns[1:] *= np.cumprod(np.where(flips == 0, 1, flips))[:, None]
    both = gaussian(np.concatenate([q, turns], 1))
    out, turns = both[:, :-4], both[:, -4:]
    half = np.arctan2(np.linalg.norm(turns[:, 1:], axis=-1), turns[:, 0])
    axis = turns[:, 1:] / np.maximum(np.linalg.norm(turns[:, 1:], axis=-1, keepdims=True), 1e-12)
    out[:, 3:NUM_ROOT] = log(exp(2 * half[:, None] * axis))
    return out


def gaussian(values):
    """Values (T,n) smoothed over time; the ends are held."""
    reach = int(np.ceil(3 * SMOOTH * FPS))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (SMOOTH * FPS)) ** 2)
    padded = np.pad(values, ((reach, reach), (0, 0)), "edge")
    return np.stack([np.convolve(column, kernel / kernel.sum(), "valid") for column in padded.T], 1)
