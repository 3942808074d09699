"""Fingers: known angles from what a network would see of them, and down to which size a real hand can be read.

Synthetic hands (`synthetic_hands`): 4 hands, 300 pictures each. Sizes: hands of the material's clips that are at
least 85 pixels long, in pictures made smaller, with a region as far off as where a hand is followed; against what
the same network sees of the whole picture.
"""

import tempfile
from pathlib import Path

import cv2
import numpy as np

from ..cli import fetch
from ..inference import catalogue, hand_finder, hand_fit, hands, weights
from ..inference import hand_skeleton as hand
from ..inference.client import Client
from ..inference.easing import SOLVERS
from ..inference.hand_motion import FINGERS
from ..inference.job import Job
from ..inference.network import Network
from ..inference.take import read_log
from ..inference.video import Video
from . import synthetic_hands as made
from .tables import header, number, row

HANDS, PICTURES = 4, 300
BENDS = [k for k, name in enumerate(hand.DOF_NAMES) if name.endswith("bend")]
CLIPS = {"cam01.mp4": (20, 60), "cam02.mp4": (30, 70)}  # pictures of each that are captured
FOLDER = "media/pose2sim_single"
SIZES = (80, 60, 48, 40, 34, 28, 24, 20, 16, 12)  # [px]
LARGE, SURE = 85.0, 0.8  # hands that others are compared with: length [px], score
OFF = {
    "place": 0.04,
    "size": 0.06,
    "turn": 0.08,
}  # deviation of regions: of the side, of its log, [rad]


def main(args):
    result = known_hands()
    folder = Path(args.data or "", FOLDER)
    if not (args.data and folder.exists()):
        print("No measuring material (--data): sizes of real hands are not measured.")
        return result
    return {**result, **sizes(folder)}


def known_hands():
    """Table of the solvers on synthetic hands."""
    found = {name: [] for name in ("closed form", *SOLVERS)}
    time_s = np.arange(PICTURES) / made.FPS
    for seed in range(HANDS):
        rng = np.random.default_rng(seed)
        angles, R = made.moving(PICTURES, rng), made.turning(PICTURES, rng)
        seen = made.seen(angles, R, False, rng)
        poses = hand_fit.fit(seen.px, seen.X, np.zeros(PICTURES, bool))
        start = hand_fit.closed_form_of(seen.px, seen.X)
        found["closed form"].append(errors(start, angles))
        for name, solve in SOLVERS.items():
            values = solve(poses.angles, poses.sureness, time_s, hand.RELAXED, FINGERS)
            found[name].append(errors(values, angles))
    header("fit of fingers", "median [deg]", "worst tenth [deg]", "acceleration [deg/s^2]")
    result = {}
    for name, values in found.items():
        median, tenth, acceleration = np.mean(values, 0)
        row(name, number(median, 1), number(tenth, 1), number(acceleration, 0))
        result[f"fingers_deg_{name}"] = median
    return result


def errors(found, angles):
    """Angles (T,21) -> median and ninth decile of the bends' errors [deg], rms acceleration [deg/s^2]."""
    error = np.degrees(np.abs(found - angles))[:, BENDS]
    acceleration = np.degrees(np.diff(found, 2, axis=0)) * made.FPS**2
    return np.median(error), np.percentile(error, 90), np.sqrt((acceleration**2).mean())


def sizes(folder):
    """Table of sizes, from the hands of the clips."""
    fetch.fetch_chain("hands")
    spec = catalogue.network("hand-landmark-full")
    network, rng = Network(spec, weights.find(spec), threads=1), np.random.default_rng(0)
    found = {size: [] for size in SIZES}
    seen_large = (one for name, part in CLIPS.items() for one in large_hands(folder / name, part))
    for image, px, X, right in seen_large:
        length, region = hand_finder.lengths(px, X)[0], hands.regions_of_points(px)
        whole = hands.estimate(network, image, region)
        bends = hand_fit.fit(whole.px, whole.X, right).angles[:, BENDS]
        for size in SIZES:
            seen, presence = smaller(network, image, region, size / length, rng)
            away = np.linalg.norm(seen.px - whole.px, axis=-1).mean() / length
            off = np.degrees(
                np.median(np.abs(hand_fit.fit(seen.px, seen.X, right).angles[:, BENDS] - bends))
            )
            found[size].append((100 * away, off, presence))
    header("hand [px]", "hands", "points [%]", "bends [deg]", "worst tenth", "presence")
    result = {}
    for size, values in found.items():
        away, off, presence = np.median(values, 0)
        worst = np.percentile(np.array(values)[:, 1], 90)
        row(
            size,
            len(values),
            number(away, 1),
            number(off, 1),
            number(worst, 1),
            number(presence, 2),
        )
        result[f"small_hand_deg_{size}"] = off
    return result


def large_hands(clip, frames):
    """Generator: picture, points (1,21,2), X (1,21,3), whether it is a right one (1,), of every second picture."""
    with tempfile.TemporaryDirectory() as folder:
        client = Client()
        client.start(Job(str(clip), folder, chain="hands", frames=frames, threads=1))
        try:
            client.wait(lambda message: None)
        finally:
            client.close()
        seen = {one.index: one for one in read_log(Path(folder, "observations.log"))[0]}
    video = Video(clip)
    for picture in video.pictures(*frames):
        one = seen[picture.index]
        for person, side in zip(*np.nonzero(one.hand_score > SURE)):
            values = one.hands[person, side][None]
            if (
                picture.index % 2 == 0
                and hand_finder.lengths(values[..., :2], values[..., 2:])[0] > LARGE
            ):
                yield picture.image, values[..., :2], values[..., 2:], np.array([side == 1])
    video.close()


def smaller(network, image, region, factor, rng):
    """Hands of a region in a picture made smaller, its points in pixels of the whole one; presence."""
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    scale = np.array(small.shape[1::-1]) / image.shape[1::-1]
    there = region.copy()
    there[:, :2] = (there[:, :2] + 0.5) * scale - 0.5
    there[:, 2:4] *= factor * np.exp(rng.normal(0, OFF["size"]))
    there[:, :2] += rng.normal(0, OFF["place"], 2) * there[:, 2:3]
    there[:, 4] += rng.normal(0, OFF["turn"])
    seen = hands.estimate(network, small, there)
    px = (seen.px + 0.5) / scale - 0.5
    return hands.Hands(px, seen.X, seen.presence, seen.right), float(seen.presence[0])
