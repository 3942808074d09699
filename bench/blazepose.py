"""BlazePose as this project runs it against the runtime that it was made for, on frames of a real clip.

Both follow one person by themselves (chain solo; MediaPipe's pose solution), with the same weights, and neither
smooths. Compared are the frames in which both are on the same person. Skipped where there is no MediaPipe or no
material.
"""

import dataclasses

import numpy as np

from ..cli import fetch
from ..inference import catalogue, weights
from ..inference.keypoints import INDEX
from ..inference.network import Network
from ..inference.observer import Observer
from ..inference.video import Video
from .peers import peer as peers
from .tables import header, number, row

CLIP, FRAMES = "media/pose2sim_single/cam01.mp4", (0, 150)
PAIRS = (("MediaPipe 1", "blazepose-full"), ("MediaPipe 2", "blazepose-heavy"))
SEEN = 0.5  # visibility in both
SAME_PERSON = 0.15  # of the height, between the two mid hips
MOST_2D, MOST_3D = 0.015, 0.03  # of the height; [m]


def main(args):
    clip = args.data and args.data / CLIP
    if not clip or not clip.exists():
        print("No measuring material was named (--data): nothing measured.")
        return {}
    header(
        "BlazePose against MediaPipe", "frames", "2D, mean [% of the height]", "target",
        "3D, mean [cm]", "target",
    )  # fmt: skip
    result, plane_target, space_target = {}, f"<= {100 * MOST_2D}", f"<= {100 * MOST_3D:.0f}"
    for name, network in PAIRS:
        try:
            peer = peers.PEERS[name]
            peer = dataclasses.replace(peer, options=(*peer.options, "--unsmoothed"))
            theirs = peers.run(peer, clip, FRAMES)
        except peers.PeerError as error:
            print(error)
            continue
        frames, plane, space = compared(theirs, ours(clip, network))
        row(
            network,
            frames,
            number(100 * plane, 2),
            plane_target,
            number(100 * space, 1),
            space_target,
        )
        result |= {f"{network}_2d_share": plane, f"{network}_3d_m": space}
    return result


def ours(clip, name):
    """{frame: Observation} of chain solo with a network."""
    fetch.fetch_networks(["yolox-tiny-humanart", name])
    networks = {
        step: chosen and Network(catalogue.network(chosen), weights.find(catalogue.network(chosen)), 1)
        for step, chosen in (("detector", "yolox-tiny-humanart"), ("pose_2d", None), ("pose_3d", name))
    }  # fmt: skip
    video, observer = Video(clip), Observer(networks, max_people=1)
    seen = [found for picture in video.pictures(*FRAMES) for found in observer.observe(picture)]
    seen += observer.flush()
    observer.close()
    video.close()
    return {found.index: found for found in seen if len(found.id)}


def compared(theirs, ours):
    """-> frames in which both follow the same, mean distance in the picture [of the height] and in space [m]."""
    plane, space, frames = [], [], 0
    for t, frame in enumerate(theirs.frame):
        found = ours.get(int(frame))
        if found is None or not np.isfinite(theirs.px[t]).any():
            continue
        both = (theirs.visibility[t] > SEEN) & (found.visibility[0] > SEEN)
        height = np.nanmax(theirs.px[t, :, 1]) - np.nanmin(theirs.px[t, :, 1])
        away = np.linalg.norm(theirs.px[t] - found.px_3d[0], axis=-1) / height
        if not away[INDEX["hip_l"]] < SAME_PERSON:
            continue
        frames += 1
        plane.append(away[both])
        space.append(np.linalg.norm(theirs.X[t] - found.X[0], axis=-1)[both])
    if not frames:
        return 0, np.nan, np.nan
    return frames, *(float(np.nanmean(np.concatenate(values))) for values in (plane, space))
