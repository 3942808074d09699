"""What a person does over a clip: steps one after the other, each from where the last one ended.

World: Z up, ground at 0, metres; somebody who faces 0 degrees looks to -Y, 90 degrees to +X.
"""

from dataclasses import dataclass

import numpy as np

from ..inference.rotations import between, exp, log
from . import synthetic_body as bodies
from . import synthetic_moves as moves

FPS = 25.0
BLEND = 0.48  # [s] from one step to the next
GROUND_SECONDS = 1.6  # in which somebody touches the ground at least once
GROUND_STEP = 3  # frames between those in which the lowest point is looked for
# name: file, first second, last second, and what happens at the end of the file's stretch:
# "stop" stays as it is, "back" plays backwards, "loop" goes on with the first frame
MOTIONS = {
    "walk 8": ("bvh/pymo_AV_8Walk_Meredith.bvh", 0.5, 8.6, "stop"),
    "walk": ("deepmimic/humanoid3d_walk.txt", 0.0, 1.3, "loop"),
    "sway": ("bvh/xia_sexy_01_000.bvh", 0.0, 2.1, "back"),
    "jog": ("deepmimic/humanoid3d_jog.txt", 0.0, 0.84, "loop"),
    "zombie": ("bvh/animdraw_zombie.bvh", 3.0, 25.0, "back"),
    "jumps": ("bvh/assimp_01_01.bvh", 5.0, 21.0, "back"),
    "jumping": ("bvh/animdraw_jumping.bvh", 0.5, 5.0, "back"),
    "hop": ("deepmimic/humanoid3d_jump.txt", 0.0, 1.75, "back"),
    "dance": ("bvh/animdraw_jesse_dance.bvh", 0.5, 9.8, "back"),
    "dab": ("bvh/animdraw_dab.bvh", 1.0, 11.0, "back"),
    "ballet": ("deepmimic/humanoid3d_dance_b.txt", 0.0, 2.5, "back"),
    "boxing": ("bvh/assimp_Boxing_Toes.bvh.gz", 4.0, 28.0, "back"),
    "kick": ("deepmimic/humanoid3d_spinkick.txt", 0.0, 1.25, "back"),
    "cartwheel": ("deepmimic/humanoid3d_cartwheel.txt", 0.0, 2.7, "back"),
    "crawl": ("deepmimic/humanoid3d_crawl.txt", 0.0, 2.9, "loop"),
    "get up from the back": ("deepmimic/humanoid3d_getup_faceup.txt", 0.0, 3.7, "back"),
    "wave": ("bvh/animdraw_wave_hello.bvh", 2.7, 6.9, "back"),
    "stand": ("bvh/animdraw_wave_hello.bvh", 6.1, 6.95, "back"),
}
# Poses laid over a motion: bone -> direction of the limb in the axes of the hips (facing -Y, Z up).
SIT = {
    f"{side}{bone}": (sign * x, y, z)
    for side, sign in (("Left", 1), ("Right", -1))
    for bone, (x, y, z) in {"UpLeg": (0.2, -1, -0.06), "Leg": (0.0, -0.12, -1)}.items()
}
HUG = {
    f"{side}{bone}": (sign * x, y, z)
    for side, sign in (("Left", 1), ("Right", -1))
    for bone, (x, y, z) in {"Arm": (0.62, -0.75, -0.15), "ForeArm": (-0.72, -0.68, 0.1)}.items()
}
SHAPES = {"": {}, "sit": SIT, "hug": HUG}


@dataclass(frozen=True)
class Step:
    """One of MOTIONS for some seconds or, walking, until a place is reached."""

    motion: str
    seconds: float = 0.0
    to: tuple | None = None  # (x, y) [m]
    shape: str = ""  # one of SHAPES
    start: float = 0.0  # [s] into the motion
    speed: float = 1.0


@dataclass(frozen=True)
class Actor:
    """Somebody (a name in the table of people) and what he or she does."""

    person: str
    at: tuple  # (x, y) [m]
    facing: float  # [deg]
    steps: tuple


def files(actor):
    """Motion files that an actor needs."""
    return {MOTIONS[step.motion][0] for step in actor.steps}


def perform(actor, body, figure, seconds, data):
    """-> Move of round(seconds * FPS) frames at FPS, standing on the ground."""
    place, facing = np.array(actor.at, float), np.radians(actor.facing)
    D, root = [], []
    for step in actor.steps:
        if step.to is not None:
            way = np.array(step.to, float) - place
            facing = np.arctan2(way[0], -way[1])
        move = grounded(step_move(step, place, facing, body, data), body, figure)
        if D:
            move = blended(moves.Move(D[-1], root[-1]), move)
        D.append(move.D)
        root.append(move.root)
        place, facing = move.root[-1, :2], heading(move.D[-1, 0])
    frames = np.minimum(np.arange(round(seconds * FPS)), sum(map(len, root)) - 1)
    return moves.Move(np.concatenate(D)[frames], np.concatenate(root)[frames])


def step_move(step, place, facing, body, data):
    """Move of one step, beginning at a place (2,) in a direction [rad]."""
    name, first, last, ending = MOTIONS[step.motion]
    source = moves.read(name, data)
    last = min(last, (len(source.hips) - 1) / source.fps)
    if step.to is not None:
        return walk(step, source, (first, last), place, facing, body)
    times = step.start + step.speed * np.arange(round(step.seconds * FPS)) / FPS
    whole = last - first
    wrapped = {
        "stop": np.minimum(times, whole),
        "back": whole - np.abs(whole - times % (2 * whole)),
        "loop": times % whole,
    }[ending]
    move = moves.put_on(moves.at_times(source, (first + wrapped) * source.fps), body)
    if ending == "loop":
        move = going_on(move, source, (first, last), np.floor(times / whole), body)
    return shaped(turned(move, heading(move.D[0, 0]), facing, place), step.shape, body)


def going_on(move, source, stretch, rounds, body):
    """A looped Move that keeps the way of each round; rounds (T,)."""
    ends = moves.put_on(moves.at_times(source, np.array(stretch) * source.fps), body)
    return moves.Move(move.D, move.root + rounds[:, None] * way_of(ends))


def way_of(ends):
    """(3,) horizontal way between the two frames of a Move."""
    return (ends.root[1] - ends.root[0]) * [1, 1, 0]


def walk(step, source, stretch, place, facing, body):
    """Move of somebody who walks straight from a place to step.to; the motion is a loop."""
    ends = moves.put_on(moves.at_times(source, np.array(stretch) * source.fps), body)
    way, whole = way_of(ends), stretch[1] - stretch[0]
    distance = np.linalg.norm(np.asarray(step.to) - place)
    seconds = distance / np.linalg.norm(way) * whole / step.speed
    times = step.start + step.speed * np.arange(max(round(seconds * FPS), 2)) / FPS
    frames = (stretch[0] + times % whole) * source.fps
    move = moves.put_on(moves.at_times(source, frames), body)
    move = going_on(move, source, stretch, np.floor(times / whole), body)
    return turned(move, np.arctan2(way[0], -way[1]), facing, place)


def heading(R_hips):
    """Angle [rad] about Z in which somebody with these hips faces."""
    front = R_hips @ [0, -1.0, 0]
    return np.arctan2(front[0], -front[1])


def turned(move, facing, wanted, place):
    """Move turned about Z from one heading to another, its first frame above a place."""
    R = exp(np.array([0, 0, wanted - facing]))
    root = (move.root - move.root[0] * [1, 1, 0]) @ R.T
    return moves.Move(R @ move.D, root + [*place, 0])


def shaped(move, shape, body):
    """Move with the limbs of one of SHAPES; what hangs on a limb goes with it."""
    rig, D = body.rig, move.D.copy()
    for bone, direction in SHAPES[shape].items():
        side = "Left" if bone.startswith("Left") else "Right"
        end = side + moves.LIMBS[bone.removeprefix(side)]
        along = body.heads[rig.index(end)] - body.heads[rig.index(bone)]
        inside = _with_below(rig, rig.index(bone))
        change = between(D[:, inside[0]] @ along, D[:, 0] @ np.array(direction))
        D[:, inside] = change[:, None] @ D[:, inside]
    return moves.Move(D, move.root)


def _with_below(rig, row):
    """A bone and the bones that hang on it."""
    inside = [row]
    for bone, parent in enumerate(rig.parents):
        if parent in inside:
            inside.append(bone)
    return inside


def blended(before, move):
    """Move whose first frames come from the last pose of the one before."""
    n = min(round(BLEND * FPS), len(move.root))
    share = (np.arange(1, n + 1) / (n + 1))[:, None]
    share = share * share * (3 - 2 * share)
    D, root = move.D.copy(), move.root.copy()
    change = log(np.swapaxes(before.D[-1], -1, -2) @ move.D[:n])
    D[:n] = before.D[-1] @ exp(share[..., None] * change)
    root[:n] = (1 - share) * before.root[-1] + share * move.root[:n]
    return moves.Move(D, root)


def grounded(move, body, figure):
    """Move lifted or lowered so that somebody stands on the ground, also where the file's height drifts.

    The ground is what the lowest point of the figure reaches around each moment, so jumps stay jumps.
    """
    frames = np.unique(np.append(np.arange(0, len(move.root), GROUND_STEP), len(move.root) - 1))
    heads = bodies.pose(body, move.D, move.root)
    lowest = [
        bodies.skin(figure.vertices, figure.weights, body, move.D[t], heads[t])[:, 2].min()
        for t in frames
    ]
    reach = round(GROUND_SECONDS / 2 * FPS / GROUND_STEP)
    around = np.pad(lowest, reach, "edge")
    ground = np.lib.stride_tricks.sliding_window_view(around, 2 * reach + 1).min(1)
    smooth = np.convolve(np.pad(ground, reach // 2, "edge"), np.ones(2 * (reach // 2) + 1), "valid")
    ground = np.interp(np.arange(len(move.root)), frames, smooth / (2 * (reach // 2) + 1))
    return moves.Move(move.D, move.root - ground[:, None] * [0, 0, 1])
