"""A camera that moves, found from the background: real video seen through a window that turns like a camera.

A part of each picture of pose2sim's clips is looked at as a camera of the same place would see it that pans,
or is held by hand: a homography K R^T K^-1 of the original picture, so the turn of every picture is known
exactly and people, noise and blur are real. Beside it rendered clips whose cameras also travel, where they
were made (`bench synthetic`, set "camera"), and somebody who stands for 10 s in a made-up room (`camera_room`):
how far the solved feet go from where they stand is what the camera's path is wrong by.
"""

from pathlib import Path

import cv2
import numpy as np

from ..inference import cache
from ..inference import camera as cameras
from ..inference.fit import Clip, fit
from ..inference.fit_settings import FitSettings
from ..inference.rotations import exp, log
from ..inference.take import read_description, read_log
from ..inference.video import Video
from . import camera_room, synthetic
from .camera import need
from .clips import RATE, pictures, write
from .real_takes import CLIPS, REFERENCE, VIEWS, TruthMissing, captured
from .tables import header, number, row

VERSION = 1  # of the clips
WINDOW = 0.72  # of the picture's sides
TURNS = {  # seconds -> turns (T,3) about x, y, z [deg]
    "pan": lambda t: np.stack([0 * t, 6 * np.sin(2 * np.pi * t / 1.6), 0 * t], -1),
    "hand-held": lambda t: np.stack(
        [0.9 * np.sin(5.1 * t) + 0.3 * np.sin(17 * t), 1.2 * np.sin(4.3 * t + 1), 0.6 * np.sin(3 * t)], -1
    ),
}  # fmt: skip


def main(args):
    """One table; returns its numbers."""
    header("camera that moves", "said to be", "turn, median [deg]", "turn, worst [deg]")
    result = {}
    try:
        for view, name in enumerate(VIEWS[:1] if args.short else VIEWS):
            for move in TURNS:
                result[f"{name}, {move}"] = windowed(args.data, view, name, move)
    except TruthMissing as missing:
        print(f"\nReal video is left out: {missing}.")
    for clip in synthetic.find(["camera"]):
        result[clip.video.stem] = rendered(clip)
    header("camera in a made-up room", "found", "turn, worst [deg]", "place, worst [m]", "of [m]",
           "feet drift in 10 s, take [cm]", "live [cm]")  # fmt: skip
    for name in list(camera_room.MOVES)[:: 3 if args.short else 1]:
        result[name] = in_the_room(name)
    return result


def in_the_room(name):
    """Prints and returns the errors of one of `camera_room.MOVES`, its focal length given."""
    filmed = camera_room.film(camera_room.moved(name))
    clip, true = Clip(camera_room.SIZE, camera_room.RATE), filmed.T_world_camera
    take, live = (
        fit(filmed.observations, clip, filmed.camera, FitSettings(solver=solver))
        for solver in ("take", "live")
    )
    turn = float(turn_errors(take, true[:, :3, :3]).max())
    ways = [(T[:, :3, 3] - T[0, :3, 3]) @ T[0, :3, :3] for T in (take.T_world_camera, true)]
    place = float(np.linalg.norm(ways[0] - ways[1], axis=-1).max())
    far = float(np.linalg.norm(np.ptp(ways[1], axis=0)))
    drifts = [100 * drift(motion) for motion in (take, live)]
    row(name, take.camera_motion, number(turn, 2), number(place, 2), number(far, 2),
        *(number(one) for one in drifts))  # fmt: skip
    return {
        "turn_deg": turn,
        "place_m": place,
        "take_drift_cm": drifts[0],
        "live_drift_cm": drifts[1],
    }


def drift(motion):
    """How far [m] the first person's ankles go from where they mostly are."""
    feet = [list(motion.joint_names).index(f"foot.{side}") for side in "LR"]
    places = motion.T_world_joint[0][motion.present[0]][:, feet][..., :3, 3]
    return float(np.linalg.norm(places - np.median(places, axis=0), axis=-1).max())


def windowed(data, view, name, move):
    """Prints and returns the errors of a real clip through a turning window."""
    video = need(data, f"{CLIPS}/{name}.mp4")
    with np.load(need(data, REFERENCE), allow_pickle=False) as truth:
        K = truth["K"][view].astype(float)
    moved, true, K_window = turning(video, K, move)
    return table_row(f"{name}, {move}", fitted(moved, K_window), true)


def rendered(clip):
    """The same of a rendered clip, whose camera may also travel."""
    truth = clip.load()
    found = fitted(clip.video, truth.K)
    return table_row(clip.video.stem, found, truth.T_world_camera[:, :3, :3])


def table_row(name, found, true):
    errors = turn_errors(found, true)
    median, worst = float(np.median(errors)), float(errors.max())
    row(name, found.camera_motion, number(median, 2), number(worst, 2))
    return {"turn_deg": median, "worst_deg": worst}


def turning(video, K, move):
    """Clip of the window, true turns (T,3,3) of its axes in those of the original camera, its intrinsics."""
    source = Video(video)
    T, size = source.announced, (source.width, source.height)
    source.close()
    window = tuple(int(WINDOW * side) // 2 * 2 for side in size)
    K_window = K.copy()
    K_window[:2, 2] = (np.array(window) - 1) / 2
    R = exp(np.radians(TURNS[move](np.arange(T) / RATE)))
    path = cache.folder() / "bench" / f"moves-{VERSION}-{video.stem}-{move}.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        write(part, (seen(image, K_window @ turn.T @ np.linalg.inv(K), window)
                     for image, turn in zip(pictures(video), R)))  # fmt: skip
        part.replace(path)
    return path, R, K_window


def seen(image, H, size):
    """A picture through a homography; beyond its edge the edge goes on."""
    return cv2.warpPerspective(image, H, size, borderMode=cv2.BORDER_REPLICATE)


def fitted(video, K):
    """Motion of a clip, captured if it is not yet, with its focal length given."""
    folder = captured(Path(video))
    observations, _, _ = read_log(folder / "observations.log")
    told = read_description(folder / "take.json")
    size = tuple(told["image_size"])
    return fit(observations, Clip(size, told["fps"]), cameras.make(size, K=K), FitSettings())


def turn_errors(found, true):
    """[deg] (T,) of the turns since the first picture."""
    frames = found.frame[found.frame < len(true)]
    first = found.T_world_camera[0, :3, :3].T @ found.T_world_camera[: len(frames), :3, :3]
    wanted = true[frames[0]].T @ true[frames]
    return np.degrees(np.linalg.norm(log(np.swapaxes(wanted, -1, -2) @ first), axis=-1))
