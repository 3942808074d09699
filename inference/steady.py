"""What a moving camera saw, as one camera that stands would have seen it: what everything after it works on.

Of a camera that only turns and zooms every picture is a part of one large picture: pixels are turned into
its axes, whatever is further than WIDEST from its middle is left out. What a camera saw that travelled besides
is put at the depth that people's size tells, and looked at from the middle of its way. The fit then knows
nothing of the camera's motion, and the solved world is looked at again through the path of the real camera.
"""

from dataclasses import dataclass, replace

import numpy as np

from . import crop_view
from .autocalibration import told_of_lens, up_direction
from .camera import towards
from .camera_path import CameraPath, camera_path, lens_scores
from .evidence import Evidence
from .focal import RATIOS
from .ground import Up
from .proportions import statures
from .travel import may_travel, people_depths, travelled

WIDEST = np.cos(np.radians(70.0))  # from the middle of the large picture
ASIDE = np.cos(np.radians(50.0))  # the same of somebody, from which it looks elsewhere


@dataclass(frozen=True)
class View:
    """What the fit starts from."""

    camera: object  # Camera of the large picture
    path: CameraPath
    evidence: Evidence  # in the large picture, 3D in its axes
    facing: Evidence  # the same, 3D as a network that looks straight at each person says it
    up: Up  # in the axes of the large picture
    shown: np.ndarray = None  # (P,) statures [m] that a way was measured by, NaN of who is not seen

    def path_of(self, height):
        """The CameraPath as long as it is before people of other statures (P,) [m] than the networks show."""
        if self.path.place is None:
            return self.path
        return replace(self.path, place=np.nanmedian(height / self.shown) * self.path.place)


def told(observations, seen, time_s, clip, first=None):
    """Evidence of a shot -> `focal.Told` of its focal length; arguments as for `view`."""
    early = slice(None, first)
    turns = lens_scores(observations[early], clip.image_size, RATIOS)
    return told_of_lens(seen.until(first), time_s[early], clip, turns)


def view(observations, seen, time_s, clip, camera, first=None):
    """Evidence of a shot -> View; the pose of a given camera is that of the first picture.

    first    frames that may be looked at to learn of the camera's lens and of up, None = all
    """
    early = slice(None, first)
    path, depths = camera_path(observations, camera, clip.image_size), None
    if may_travel(path):
        depths = people_depths(seen, time_s, camera.K, clip.crops)
        path = travelled(path, observations, seen, depths, time_s, camera, clip.image_size)
    path = towards_people(path, seen, camera)
    camera = replace(camera, T_world_camera=_first_pose(camera.T_world_camera, path))
    evidence = facing = steadied(seen, path, camera, clip.crops, depths)
    if clip.crops:
        evidence = crop_view.in_camera_axes(facing, camera.K)
    else:
        facing = crop_view.facing(evidence, camera.K)
    clip = replace(clip, clues=_steady_lines(clip.clues, path, camera))
    up = up_direction(facing.until(first), time_s[early], clip, camera)
    shown = np.where(seen.present.any(1), statures(seen), np.nan)
    return View(camera, path, evidence, facing, up, shown)


def poses(camera, path):
    """T_world_camera (T,4,4) of the real camera; camera is that of the large picture."""
    T = np.tile(camera.T_world_camera, (len(path.R), 1, 1))
    T[:, :3, :3] = camera.T_world_camera[:3, :3] @ path.R
    if path.place is not None:
        T[:, :3, 3] += path.place @ camera.T_world_camera[:3, :3].T
    return T


def towards_people(path, seen, camera):
    """CameraPath of one shot whose large picture looks at the people, if they are far from its middle.

    A camera that pans further than a picture is wide looks elsewhere most of the time.
    """
    if path.is_still or not seen.present.any():
        return path
    middle = seen.box.reshape(*seen.box.shape[:2], 2, 2).mean(-2)[:, :, None]
    ray = np.einsum("tij,ptnj->ptni", path.R, _rays(middle, path, camera))[seen.present][:, 0]
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    if ray[:, 2].min() > ASIDE:
        return path
    R = towards(ray.mean(0) * [1, 0, 1]).T
    place = None if path.place is None else path.place @ R.T
    return replace(path, R=R @ path.R, place=place)


def _first_pose(T, path):
    """Pose (4,4) of the large picture's camera where T is that of the first picture."""
    pose = T.copy()
    pose[:3, :3] = T[:3, :3] @ path.R[0].T
    if path.place is not None:
        pose[:3, 3] -= pose[:3, :3] @ path.place[0]
    return pose


def steadied(seen, path, camera, facing=False, depths=None):
    """Evidence of P people in T pictures -> the same in the large picture; that of a still camera as it is.

    depths    the people's `travel.Depths`, of a camera that travelled
    """
    if path.is_still:
        return seen
    box = seen.box.reshape(*seen.box.shape[:2], 2, 2)
    each, whole = (depths.keypoint, depths.root[..., None]) if depths else (None, None)
    px, _ = to_large(seen.px_ideal, path, camera, each)
    corners, cosines = to_large(box, path, camera, whole)
    now, then = (np.nan_to_num(one.mean(-1), nan=1.0) for one in cosines)
    stretch = (now / np.maximum(then, WIDEST)) ** 1.5 / path.zoom
    R = path.R
    middle = np.nan_to_num(box.mean(-2))[:, :, None]
    ray, there = _rays(middle, path, camera), _seen(middle, path, camera, whole)
    if path.place is not None:
        nearer = np.linalg.norm(ray * whole[..., None], axis=-1) / np.linalg.norm(there, axis=-1)
        stretch = stretch * np.nan_to_num(nearer[..., 0], nan=1.0)
    if facing:
        turned = np.nan_to_num(there[:, :, 0]) + [0, 0, 1e-9]
        R = np.swapaxes(towards(turned), -1, -2) @ R @ towards(ray[:, :, 0])
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


def to_large(px, path, camera, depth=None):
    """Pixels (P,T,n,2) -> those of the large picture, NaN beyond it; cosines (P,T,n) off the axis in both.

    depth    (P,T,n) [m], of a camera that travelled
    """
    rays, turned = _rays(px, path, camera), _seen(px, path, camera, depth)
    now, then = (one[..., 2] / np.linalg.norm(one, axis=-1) for one in (rays, turned))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = turned[..., :2] / turned[..., 2:] * np.diag(camera.K)[:2] + camera.K[:2, 2]
        found[~(then > WIDEST)] = np.nan
    return found, (now, then)


def _seen(px, path, camera, depth=None):
    """The same -> (P,T,n,3) where they are from the large picture's camera, in its axes."""
    rays = _rays(px, path, camera)
    if path.place is None:
        return np.einsum("tij,ptnj->ptni", path.R, rays)
    return np.einsum("tij,ptnj->ptni", path.R, rays * depth[..., None]) + path.place[:, None]


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
