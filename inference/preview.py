"""One picture of a clip, small, and what the file says of itself: what a panel shows before a capture."""

import contextlib

import cv2
import numpy as np

from .video import Video, VideoError

LONGEST = 320  # [px] of the small picture's longer side


def look(job, parent):
    """Sends `picture` with rgba (h,w,4) uint8, rows from the bottom, of the first frame -> fields of `done`."""
    first = job.frames[0] if job.frames else 0
    with contextlib.closing(Video(job.clip, job.fps)) as video:
        picture = next(video.pictures(first, first + 1), None)
        if picture is None:
            raise VideoError(f"{job.clip} has no picture {first}.")
        parent.send("picture", {"rgba": small(picture.image)})
        size = [video.width, video.height]
        return {"size": size, "fps": video.fps, "frames": video.announced}


def small(image):
    """Picture (H,W,3) BGR -> (h,w,4) RGBA, rows from the bottom, as Blender wants them."""
    scale = min(1.0, LONGEST / max(image.shape[:2]))
    size = [max(1, round(side * scale)) for side in image.shape[1::-1]]
    shrunk = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(cv2.cvtColor(shrunk, cv2.COLOR_BGR2RGBA)[::-1])
