"""Side by side: the demo clip, the solved skeleton, and the same motion on a Rigify, a Mixamo and a VRM character.

One sheet of frames around the jump and the crossing (in a short run of every fourth); what is rendered stands in
the solved camera's picture.
Characters are as tall as the people whom they play.
Needs the demo (run.py demo), Blender's module and, for the characters, the measuring material; what is missing is
left out. A process of its own renders, because Blender's module cannot be unloaded.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from ..cli import demo, environment, fetch
from ..cli.usage import say
from ..inference.motion import Motion
from ..inference.video import Video

CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
import run
run.alias_package()
from monorig.bench.side_by_side_stage import main
main(*sys.argv[2:])
"""
FRAMES = {  # of the demo clip: who is shown
    40: (1, 2), 80: (1, 2), 110: (1, 2), 132: (1, 2), 146: (1,), 154: (1,), 158: (1,), 164: (1,),
    190: (1,), 200: (1,), 210: (1,), 220: (1,),
}  # fmt: skip
SPARSE = 4  # of so many frames one is shown in a short run
CHARACTERS = {"Mixamo": "Xbot.glb", "VRM": "vrmaddon_Example.vrm"}
TILE = (150, 190)  # [px] width, height
ROOM = 1.15  # around the people
DIMMED = 0.45  # the clip behind what is rendered
QUALITY = 62  # of the .jpg


def main(args):
    """Writes the sheet into the folder of plots; returns what stands in it."""
    npz = demo.OUT / "demo.npz"
    missing = environment.why_no_bpy() or ("" if npz.exists() else f"{npz} is not there")
    if missing:
        say(f"Nothing is rendered: {missing}.")
        return {}
    motion = Motion.load(npz)
    frames = list(FRAMES)[:: SPARSE if args.short else 1]
    clip, shown = pictures(fetch.clip(), frames), characters(args.data)
    views = {frame: view(motion, frame, FRAMES[frame]) for frame in clip}
    with tempfile.TemporaryDirectory() as scratch:
        render(npz, views, shown, scratch)
        columns = ["Skeleton", *shown]
        rows = [
            row(clip[f], views[f], [Path(scratch) / f"{c}-{f}.png" for c in columns]) for f in clip
        ]
    path = args.plots / "side-by-side.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet = np.vstack([titles(["Clip", *columns]), *rows])
    cv2.imwrite(str(path), sheet, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    say(f"wrote {path}")
    return {"frames": len(rows), "columns": 1 + len(columns)}


def characters(data):
    """{title: file, "" = made by Rigify} of the characters that there are."""
    folder = Path(data) / "media" / "rigs" if data else None
    there = {title: folder / name for title, name in CHARACTERS.items()} if folder else {}
    found = {title: str(path) for title, path in there.items() if path.exists()}
    return {"Rigify": "", **found}


def pictures(path, frames):
    """{frame: (H,W,3)} of a clip, those that it has."""
    video = Video(path)
    found = {p.index: p.image for p in video.pictures(0, max(frames) + 1) if p.index in frames}
    video.close()
    return found


def view(motion, frame, people):
    """[x, y, width, height] of the part of the picture around some people in a frame [px]."""
    at = list(motion.frame).index(frame)
    boxes = motion.box[np.isin(motion.identity, people), at]
    boxes = boxes[np.isfinite(boxes).all(1)]
    width, height = motion.image_size
    if not len(boxes):
        return [0, 0, int(width), int(height)]
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    tall = max((high - low)[1], (high - low)[0] * TILE[1] / TILE[0]) * ROOM
    size = np.minimum([tall * TILE[0] / TILE[1], tall], [width, height])
    corner = np.clip((low + high - size) / 2, 0, [width, height] - size)
    return [int(v) for v in (*corner, *size)]


def render(npz, views, shown, scratch):
    """Pictures "<title>-<frame>.png" of the parts of the frames, with nothing behind them."""
    job = Path(scratch) / "job.json"
    job.write_text(json.dumps({"views": views, "characters": shown}), encoding="utf-8")
    command = [sys.executable, "-c", CHILD, *map(str, (environment.ROOT, npz, job, scratch))]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise RuntimeError(f"rendering ended with status {done.returncode}:\n{done.stderr[-2000:]}")


def row(picture, part, paths):
    """The part of the clip, then each of the rendered pictures over it, in tiles."""
    x, y, width, height = part
    cut = cv2.resize(picture[y : y + height, x : x + width], TILE, interpolation=cv2.INTER_AREA)
    tiles = [cut]
    for path in paths:
        over = cv2.resize(cv2.imread(str(path), -1), TILE, interpolation=cv2.INTER_AREA)
        share = over[..., 3:] / 255.0
        tiles.append((cut * DIMMED * (1 - share) + over[..., :3] * share).astype(np.uint8))
    return np.hstack(tiles)


def titles(words):
    """A strip with a title above every column."""
    strip = np.full((24, TILE[0] * len(words), 3), 255, np.uint8)
    for column, word in enumerate(words):
        at = (column * TILE[0] + 6, 17)
        cv2.putText(strip, word, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (40, 40, 40), 1, cv2.LINE_AA)
    return strip
