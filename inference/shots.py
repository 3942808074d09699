"""The shots of a clip: what lies between two cuts has a camera, an up and a ground of its own.

Each shot is looked at by itself (`steady`); only shots that seem to have one focal length find it together. Then
its people are put into the picture of the first shot's camera, where another focal length is another scale about
the middle. So the fit knows one camera, and the rows at which everybody jumps. After it the world of each shot is
levelled by itself: its camera is above the origin and looks along +Y. Who somebody is and how tall is the same in
all of them.
"""

from dataclasses import dataclass, replace

import numpy as np

from . import shot_rows, steady
from .autocalibration import AHEAD, bodies_on_ground, is_assumed, level_world, with_lenses
from .clues import Clues
from .evidence import joined
from .proportions import TYPICAL
from .skeleton import universal_body

HARDLY = 1e-9  # frames, so that somebody who is seen in none has a height too


@dataclass(frozen=True)
class Shot:
    """T pictures between two cuts, and what the fit starts from there."""

    frames: slice  # rows of the clip's pictures
    view: steady.View  # from its own camera
    zoom: float  # focal length, of the first shot's

    @property
    def evidence(self):
        """Evidence in the picture of the first shot's camera."""
        return scaled(self.view.evidence, 1 / self.zoom, self.view.camera.K[:2, 2])


def within(identities, frames):
    """Identities {id: [(frame row, person row)]} of a clip -> of one shot, rows from its first picture on."""
    inside = range(frames.start, frames.stop)
    return {
        identity: [(row - frames.start, person) for row, person in places if row in inside]
        for identity, places in identities.items()
    }


def filmed(observations, seen, time_s, clip, camera, first=None):
    """Evidence of a clip -> [Shot]; the pose of a given camera is that of every shot's first picture.

    clip     its straight lines are those of the first picture
    first    frames of each shot that may be looked at to learn of its camera, None = all
    """
    ranges = shot_rows.ranges(observations)
    later = replace(clip, clues=Clues(focal_35mm=clip.clues.focal_35mm))
    clips = [clip] + [later] * (len(ranges) - 1)
    parts = [
        (observations[frames], seen.during(frames), time_s[frames], shown)
        for frames, shown in zip(ranges, clips)
    ]
    cameras = lenses(parts, camera, first)
    views = [steady.view(*part, one, first) for part, one in zip(parts, cameras)]
    zooms = [float(view.camera.K[0, 0] / views[0].camera.K[0, 0]) for view in views]
    return [Shot(*shot) for shot in zip(ranges, views, zooms)]


def lenses(parts, camera, first=None):
    """Camera of each shot, [(observations, evidence, times, clip)]; those of one focal length share it."""
    if not is_assumed(camera):
        return [camera] * len(parts)
    return with_lenses([steady.told(*part, first) for part in parts], parts[0][-1], camera)


def scaled(evidence, scale, centre):
    """Evidence in a picture so many times as large about its centre (2,) [px]."""
    if scale == 1:
        return evidence
    return replace(
        evidence,
        px_ideal=centre + scale * (evidence.px_ideal - centre),
        box=np.tile(centre, 2) + scale * (evidence.box - np.tile(centre, 2)),
        height_px=scale * evidence.height_px,
    )


def evidence_of(shots):
    """Evidence of all shots in the picture of the first one's camera."""
    return joined([shot.evidence for shot in shots])


def bodies(shots, time_s, typed, first=None):
    """Body of P people, as tall in every shot; who is seen for longer there counts for more.

    typed (P,) [m] by the user, NaN where not; first as for `filmed`
    """
    height, weight = [], []
    for shot in shots:
        view, early = shot.view, shot.view.facing.until(first)
        here = early.present.any(1) | (len(shots) == 1)
        part = early.of(here), time_s[shot.frames][:first], view.camera, view.up, typed[here]
        statures = np.full(len(typed), TYPICAL)
        statures[here] = bodies_on_ground(*part).height
        height.append(statures)
        weight.append(early.present.sum(1) + HARDLY)
    return universal_body(np.average(height, axis=0, weights=weight))


def levelled(shots, q, contact, body, evidence, level):
    """Solved q (P,T,D), contact (P,T,4) -> q in a world with Z up, T_world_camera (T,4,4).

    evidence    as from `evidence_of`
    level       False: the camera's pose is that of the first shot's camera, as it was given
    """
    moved, poses, camera = q.copy(), [], shots[0].view.camera
    for shot in shots:
        view, frames, own = shot.view, shot.frames, camera
        path = view.path_of(body.height)
        if level:
            part = q[:, frames], contact[:, frames], body, evidence.during(frames), camera, view.up
            first = path.R[0] @ AHEAD, path.start
            moved[:, frames], own = level_world(*part, *first)
        poses.append(steady.poses(own, path))
    return moved, np.concatenate(poses)


def zoom_of(shots):
    """(T,) focal length of every picture, in those of the first shot's camera."""
    return np.concatenate([shot.zoom * shot.view.path.zoom for shot in shots])


def description(shots):
    """What the camera does, in a few words for a report."""
    each = [shot.view.path.description for shot in shots]
    return each[0] if len(shots) == 1 else f"{len(shots)} shots: {'; '.join(dict.fromkeys(each))}"
