"""BlazePose as this project runs it against the runtime that it was made for, on frames of a real clip.

The same weights in MediaPipe's pose solution and here, neither smoothing, in two ways: on the very crops that
MediaPipe cut, where only the conversion can differ; and each following one person by itself (here: chain solo).
Compared are the frames in which both are on the same person; both also with the clip's 3D truth. Skipped where
there is no MediaPipe or no material.
"""

import dataclasses

import numpy as np

from ..cli import fetch
from ..inference import blazepose, catalogue, weights
from ..inference.keypoints import INDEX, KEYPOINTS, indices
from ..inference.network import Network
from ..inference.observer import Observer
from ..inference.video import Video
from . import metrics, real_takes
from .peers import peer as peers
from .tables import header, number, row

VIEW, FRAMES = 0, (0, 150)
PAIRS = (("MediaPipe 1", "blazepose-full"), ("MediaPipe 2", "blazepose-heavy"))
DETECTOR = "yolox-tiny-humanart"
HIPS = ("hip_l", "hip_r")
SEEN = 0.5  # visibility in both
SAME_PERSON = 0.15  # of the height, between the two mid hips
MOST_2D, MOST_3D = 0.015, 0.03  # of the height; [m]
# Pixel i of a crop is what lies at i / 256 of the region's width with MediaPipe, with us at (i + 1/2) / 256.
HALF_A_PIXEL = 0.5


@dataclasses.dataclass(frozen=True)
class Seen:
    """One person in one picture, canonical keypoints."""

    px: np.ndarray  # (K,2)
    X: np.ndarray  # (K,3) [m] pelvis-relative
    visibility: np.ndarray  # (K,)
    frame: int


def main(args):
    clip = args.data and args.data / real_takes.CLIPS / f"{real_takes.VIEWS[VIEW]}.mp4"
    if not clip or not clip.exists():
        print("No measuring material was named (--data): nothing measured.")
        return {}
    truth = true_joints(args.data / real_takes.REFERENCE)
    header(
        "BlazePose against MediaPipe", "crops", "frames", "2D, mean [% of the height]", "target",
        "3D, mean [cm]", "target", "from the truth [mm]", "MediaPipe from it [mm]",
    )  # fmt: skip
    result = {}
    for name, network in PAIRS:
        try:
            peer = peers.PEERS[name]
            peer = dataclasses.replace(peer, options=(*peer.options, "--unsmoothed"))
            theirs = peers.run(peer, clip, FRAMES)
        except peers.PeerError as error:
            print(error)
            continue
        for crops, follow in (("MediaPipe's", in_their_crops), ("each its own", by_itself)):
            found = compared(theirs, follow(clip, network, theirs), truth)
            print_row(network, crops, found)
            result |= {f"{network}_{crops}_{key}": value for key, value in found.items()}
    return result


def print_row(network, crops, found):
    row(
        network, crops, found["frames"],
        number(100 * found["2d_share"], 3), f"<= {100 * MOST_2D}",
        number(100 * found["3d_m"], 2), f"<= {100 * MOST_3D:.0f}",
        number(found["truth_mm"], 1), number(found["mediapipe_truth_mm"], 1),
    )  # fmt: skip


def true_joints(path):
    """(T,14,3) [m] of the clip's man, rows as in `metrics.JOINTS`, in the camera's axes."""
    with np.load(path, allow_pickle=False) as truth:
        names = [real_takes.canonical(name) for name in truth["joint_names"]]
        return metrics.limb_joints(truth["X_cam_smooth"][VIEW, 0].astype(float), names)


def loaded(name):
    spec = catalogue.network(name)
    return Network(spec, weights.find(spec), 1)


def in_their_crops(clip, name, theirs):
    """{frame: Seen} of a network in the regions that the peer looked at."""
    fetch.fetch_networks([name])
    network, video = loaded(name), Video(clip)
    region = dict(zip(theirs.frame.tolist(), shifted(theirs.region, network.spec.size)))
    found = {}
    for picture in video.pictures(*FRAMES):
        if np.isfinite(region.get(picture.index, [np.nan])).all():
            here = blazepose.estimate_in(network, picture.image, region[picture.index][None])
            found[picture.index] = Seen(here.px[0], here.X[0], here.visibility[0], picture.index)
    video.close()
    return found


def shifted(regions, size):
    """Regions (T,5) of MediaPipe -> those from which we cut the same crops of `size` (width, height)."""
    by = HALF_A_PIXEL * regions[:, 2:4] / size
    cos, sin = np.cos(regions[:, 4]), np.sin(regions[:, 4])
    moved = np.stack([cos * by[:, 0] - sin * by[:, 1], sin * by[:, 0] + cos * by[:, 1]], -1)
    return np.concatenate([regions[:, :2] - moved, regions[:, 2:]], -1)


def by_itself(clip, name, theirs):
    """{frame: Seen} of chain solo with a network."""
    fetch.fetch_networks([DETECTOR, name])
    networks = {"detector": loaded(DETECTOR), "pose_2d": None, "pose_3d": loaded(name)}
    video, observer = Video(clip), Observer(networks, max_people=1)
    seen = [found for picture in video.pictures(*FRAMES) for found in observer.observe(picture)]
    seen += observer.flush()
    observer.close()
    video.close()
    return {
        found.index: Seen(found.px_3d[0], found.X[0], found.visibility[0], found.index)
        for found in seen
        if len(found.id)
    }


def compared(theirs, ours, truth):
    """Peer's Seen, {frame: Seen}, joints (T,14,3) -> numbers of the frames in which both follow the same man."""
    pelvis = theirs.X[:, indices(HIPS)].mean(1, keepdims=True)
    theirs = [
        Seen(*one) for one in zip(theirs.px, theirs.X - pelvis, theirs.visibility, theirs.frame)
    ]
    found = [one for one in theirs if np.isfinite(one.px).any() and one.frame in ours]
    pairs = [(one, ours[one.frame]) for one in found]
    pairs = [pair for pair in pairs if apart(*pair)[INDEX["hip_l"]] < SAME_PERSON]
    seen = [(one.visibility > SEEN) & (other.visibility > SEEN) for one, other in pairs]
    away = [np.linalg.norm(one.X - other.X, axis=-1) for one, other in pairs]
    true = truth[[one.frame for one, _ in pairs]]
    errors = [
        metrics.mpjpe(metrics.limb_joints(np.array([one.X for one in side]), KEYPOINTS), true)
        for side in zip(*pairs)
    ]
    return {
        "frames": len(pairs),
        "2d_share": mean([apart(*pair)[both] for pair, both in zip(pairs, seen)]),
        "3d_m": mean([values[both] for values, both in zip(away, seen)]),
        **dict(zip(("mediapipe_truth_mm", "truth_mm"), errors or [np.nan] * 2)),
    }


def apart(one, other):
    """(K,) distance in the picture, of the person's height there."""
    height = np.nanmax(one.px[:, 1]) - np.nanmin(one.px[:, 1])
    return np.linalg.norm(one.px - other.px, axis=-1) / height


def mean(parts):
    return float(np.nanmean(np.concatenate(parts))) if parts else float("nan")
