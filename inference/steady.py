"""What a moving camera saw, as one camera that stands would have seen it: what everything after it works on.

Of a camera that only turns and zooms every picture is a part of one large picture: pixels are turned into
its axes, whatever is further than WIDEST from its middle is left out. The fit then knows nothing of the
camera's motion, and the solved world is looked at again through the path of the real camera.
"""

from dataclasses import dataclass, replace

import numpy as np

from . import crop_view
from .autocalibration import focal_length, up_direction
from .camera import towards
from .camera_path import CameraPath, camera_path, lens_scores
from .evidence import Evidence
from .focal import RATIOS
from .ground import Up

WIDEST = np.cos(np.radians(70.0))  # from the middle of the large picture


@dataclass(frozen=True)
class View:
    """What the fit starts from."""

    camera: object  # Camera of the large picture
    path: CameraPath
    evidence: Evidence  # in the large picture, 3D in its axes
    facing: Evidence  # the same, 3D as a network that looks straight at each person says it
    up: Up  # in the axes of the large picture


def view(observations, seen, time_s, clip, camera, first=None):
    """Evidence of a clip -> View; the pose of a given camera is that of the first picture.

    first    frames that may be looked at to learn of the camera's lens and of up, None = all
    """
    early = slice(None, first)
    turns = lens_scores(observations[early], clip.image_size, RATIOS)
    camera = focal_length(seen.until(first), time_s[early], clip, camera, turns)
    path = camera_path(observations, camera, clip.image_size)
    camera = replace(camera, T_world_camera=_turned(camera.T_world_camera, path.R[0].T))
    evidence = facing = steadied(seen, path, camera, clip.crops)
    if clip.crops:
        evidence = crop_view.in_camera_axes(facing, camera.K)
    else:
        facing = crop_view.facing(evidence, camera.K)
    clip = replace(clip, clues=_steady_lines(clip.clues, path, camera))
    up = up_direction(facing.until(first), time_s[early], clip, camera)
    return View(camera, path, evidence, facing, up)


def poses(camera, path):
    """T_world_camera (T,4,4) of the real camera; camera is that of the large picture."""
    return np.array([_turned(camera.T_world_camera, R) for R in path.R])


def _turned(T, R):
    """Pose (4,4) of a camera turned by R (3,3) in its own axes."""
    turned = T.copy()
    turned[:3, :3] = T[:3, :3] @ R
    return turned


def steadied(seen, path, camera, facing=False):
    """Evidence of P people in T pictures -> the same in the large picture; that of a still camera as it is."""
    if path.is_still:
        return seen
    px, _ = to_large(seen.px_ideal, path, camera)
    corners, cosines = to_large(seen.box.reshape(*seen.box.shape[:2], 2, 2), path, camera)
    now, then = (np.nan_to_num(one.mean(-1), nan=1.0) for one in cosines)
    stretch = (now / np.maximum(then, WIDEST)) ** 1.5 / path.zoom
    R = path.R
    if facing:
        middle = np.nan_to_num(seen.box.reshape(*seen.box.shape[:2], 2, 2).mean(-2))
        ray = _rays(middle[:, :, None], path, camera)[:, :, 0]
        R = np.swapaxes(towards((R @ ray[..., None])[..., 0]), -1, -2) @ R @ towards(ray)
    inside = np.isfinite(px).all(-1)
    present = seen.present & np.isfinite(corners).all((-1, -2))
    return replace(
        seen,
        present=present,
        box=np.concatenate([corners.min(-2), corners.max(-2)], -1),
        height_px=seen.height_px * stretch,
        px_ideal=px,
        confidence=np.where(inside & present[..., None], seen.confidence, 0.0),
        X=seen.X @ np.swapaxes(R, -1, -2),
    )


def to_large(px, path, camera):
    """Pixels (P,T,n,2) -> those of the large picture, NaN beyond it; cosines (P,T,n) off the axis in both."""
    rays = _rays(px, path, camera)
    turned = np.einsum("tij,ptnj->ptni", path.R, rays)
    length = np.linalg.norm(rays, axis=-1)
    now, then = rays[..., 2] / length, turned[..., 2] / length
    with np.errstate(invalid="ignore", divide="ignore"):
        found = turned[..., :2] / turned[..., 2:] * np.diag(camera.K)[:2] + camera.K[:2, 2]
        found[~(then > WIDEST)] = np.nan
    return found, (now, then)


def _rays(px, path, camera):
    """Pixels (P,T,n,2) -> (P,T,n,3) in the axes of their own picture, z = 1."""
    rays = (px - camera.K[:2, 2]) / np.diag(camera.K)[:2] / path.zoom[:, None, None]
    return np.append(rays, np.ones((*rays.shape[:-1], 1)), -1)


def _steady_lines(clues, path, camera):
    """Clues with the lines of the first picture in the large one."""
    if path.is_still or not len(clues.lines):
        return clues
    first = CameraPath(path.R[:1], path.zoom[:1], path.error)
    ends, _ = to_large(clues.lines.reshape(1, 1, -1, 2), first, camera)
    lines = ends.reshape(-1, 4)
    return replace(clues, lines=lines[np.isfinite(lines).all(1)])
