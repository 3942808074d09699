"""What is left of people who leave the picture, or have hardly come into it: an arm is nobody to be fitted.

Networks that are shown an arm at the border put a whole body into what they see of it, small and far away. So at
both ends of somebody's way through a shot, pictures are left out in which the box goes over the border and shows
far less of the person than around that time: sure keypoints, or area in the picture.
"""

import numpy as np

from . import shot_rows
from .take import rows

SURE = 0.5  # confidence
LEFT = 0.5  # of the median around that time
AROUND = 2.0  # [s] before and after
BORDER = 0.005  # of the picture's longer side


def without_remains(observations, image_size):
    """Observations without people of whom next to nothing is in the picture any more, or yet."""
    out = [np.ones(len(seen.id), bool) for seen in observations]
    for frames in shot_rows.ranges(observations):
        places = {}
        for t in range(frames.start, frames.stop):
            for row, number in enumerate(observations[t].id.tolist()):
                places.setdefault(number, []).append((t, row))
        for way in places.values():
            remains = _remains(observations, way, image_size)
            for t, row in [*_first(way, remains), *_first(way[::-1], remains[::-1])]:
                out[t][row] = False
    return [seen if kept.all() else rows(seen, kept) for seen, kept in zip(observations, out)]


def _remains(observations, way, image_size):
    """(n,) bool of somebody's [(frame row, person row)]: at the border, and hardly anything is shown."""
    box = np.array([observations[t].box[row] for t, row in way])
    sure = np.array([(observations[t].confidence[row] > SURE).sum() for t, row in way])
    time_s = np.array([observations[t].time_s for t, _ in way])
    size = np.asarray(image_size, float)
    margin = BORDER * size.max()
    over = ((box[:, :2] < margin) | (box[:, 2:] > size - 1 - margin)).any(1)
    inside = np.clip(box[:, 2:], 0, size) - np.clip(box[:, :2], 0, size)
    for place in np.flatnonzero(over):
        around = np.abs(time_s - time_s[place]) < AROUND
        over[place] = any(
            shown[place] < LEFT * np.median(shown[around]) for shown in (sure, inside.prod(1))
        )
    return over


def _first(way, remains):
    """Places of a way as long as they are remains."""
    return way[: len(way) if remains.all() else int(np.argmin(remains))]
