"""What the overlay shows of a take, as corners of lines and triangles. numpy only; for a thread and for a draw.

Skeletons, paths and ground are in the world. What was seen lies in the camera's own axes (x right, y up, z towards
the viewer) on a plane 1 m in front of it, so that the camera looks at it exactly over the clip.
"""

from dataclasses import dataclass

import numpy as np

from ..inference.motion import Motion, MotionError
from .take_data import NoTakeData

LIMBS = tuple(
    (f"{a}_{side}", f"{b}_{side}")
    for side in "lr"
    for a, b in (
        ("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "index"), ("shoulder", "hip"), ("hip", "knee"),
        ("knee", "ankle"), ("ankle", "heel"), ("heel", "big_toe"), ("ankle", "big_toe"),
    )
)  # fmt: skip
TRUNK = (("shoulder_l", "shoulder_r"), ("hip_l", "hip_r"), ("pelvis", "neck"), ("neck", "head_top"))
LOW, SURE = (0.95, 0.25, 0.20), (0.25, 0.85, 0.35)  # colours of confidence 0 and 1; between: yellow
MIDDLE = (0.98, 0.80, 0.20)
SEEN = 0.05  # confidence from which a keypoint is shown
POINT = 0.006  # of the picture's height: half the size of a keypoint
GRID = (0.6, 0.6, 0.6, 0.35)
MARGIN, MOST = 2.0, 40.0  # [m] of ground around the paths, and of ground at all
PATH = 0.7  # opacity


@dataclass(frozen=True)
class Shown:
    """A take made ready to be drawn: P people, T frames, L limbs, K keypoints; float32."""

    identity: np.ndarray  # (P,) int
    frames: np.ndarray  # (T,) scene frames
    limbs: np.ndarray  # (P,T,2L,3) ends of the limbs in the world, NaN where absent
    colours: np.ndarray  # (P,4) of the people
    points: np.ndarray  # (P,T,K,2) keypoints on the plane before the camera [m]
    confidence: np.ndarray  # (P,T,K)
    size: float  # [m] half a keypoint, on that plane
    ground: tuple  # (corners (n,3), colours (n,4)) of the grid's lines
    paths: tuple  # the same of everybody's paths

    def row_at(self, frame):
        """Row of the picture at a scene frame, None before and after the clip."""
        row = int(np.searchsorted(self.frames, frame + 0.5)) - 1
        if row < 0 or frame > self.frames[-1] + 1:
            return None
        return row

    def skeletons(self, row):
        """Lines of everybody in one picture: corners (n,3), colours (n,4)."""
        here = np.isfinite(self.limbs[:, row, 0, 0])
        corners = self.limbs[here, row]
        colours = np.repeat(self.colours[here], corners.shape[1], axis=0)
        return np.ascontiguousarray(corners.reshape(-1, 3)), colours

    def person_at(self, row, matrix, size, mouse, reach):
        """Identity of whose skeleton is nearest to the mouse in one picture, None where none is in reach.

        matrix   (4,4) world -> clip space of the viewport
        size     (width, height) of the viewport [px]; mouse (2,) in it, from below left; reach [px]
        """
        ends = _in_view(self.limbs[:, row], matrix, size)
        away = distances(np.asarray(mouse, float), ends[:, ::2], ends[:, 1::2])
        away = np.where(np.isfinite(away), away, np.inf).min(1)
        nearest = int(away.argmin()) if len(away) else -1
        return int(self.identity[nearest]) if nearest >= 0 and away[nearest] <= reach else None

    def keypoints(self, row):
        """Triangles of what was seen in one picture: corners (n,3), colours (n,4); a diamond is two."""
        seen = self.confidence[:, row] > SEEN
        middle, sure = self.points[:, row][seen], self.confidence[:, row][seen]
        corners = np.full((len(middle), 6, 3), -1.0, np.float32)
        corners[..., :2] = middle[:, None] + self.size * DIAMOND
        return corners.reshape(-1, 3), np.repeat(colours_of(sure), 6, axis=0)


DIAMOND = np.array([[-1, 0], [0, -1], [1, 0], [-1, 0], [1, 0], [0, 1]], np.float32)


def colours_of(confidence):
    """(N,) 0..1 -> (N,4): red, yellow, green."""
    stops = np.array([LOW, MIDDLE, SURE])
    rgb = [np.interp(confidence, (0.0, 0.5, 1.0), stops[:, channel]) for channel in range(3)]
    return np.stack([*rgb, np.full(len(confidence), 0.9)], -1).astype(np.float32)


def _in_view(X, matrix, size):
    """Points (...,3) of the world -> (...,2) [px] from below left; NaN behind the viewer."""
    clip = X @ matrix[:3, :3].T + matrix[:3, 3]
    w = X @ matrix[3, :3] + matrix[3, 3]
    w = np.where(w > 0, w, np.nan)
    return (clip[..., :2] / w[..., None] + 1) / 2 * np.asarray(size, float)


def distances(point, first, last):
    """From a point (2,) to line segments (...,2), (...,2) -> (...); NaN where an end is."""
    along = last - first
    length = np.maximum((along**2).sum(-1), 1e-12)
    share = np.clip(((point - first) * along).sum(-1) / length, 0.0, 1.0)
    return np.linalg.norm(point - first - share[..., None] * along, axis=-1)


def load(path, frames_of, palette):
    """OUT.npz -> Shown; raises NoTakeData.

    frames_of   function of the times (T,) [s] -> scene frames (T,)
    palette     sRGB colours, as the viewport draws them; identity 1 has the first
    """
    try:
        motion = Motion.load(path)
    except MotionError as error:
        raise NoTakeData(str(error)) from error
    names = list(motion.keypoint_names)
    pairs = [names.index(name) for limb in (*LIMBS, *TRUNK) for name in limb]
    X = _world(motion)
    colours = [(*palette[(int(i) - 1) % len(palette)], 1.0) for i in motion.identity]
    colours = np.array(colours, np.float32).reshape(-1, 4)
    way = X[:, :, names.index("pelvis"), :2]
    return Shown(
        identity=motion.identity,
        frames=frames_of(motion.time_s),
        limbs=X[:, :, pairs].astype(np.float32),
        colours=colours,
        points=_on_plane(motion),
        confidence=np.nan_to_num(motion.confidence).astype(np.float32),
        size=float(POINT * motion.image_size[1] / motion.K[1, 1]),
        ground=grid(way),
        paths=paths(way, colours),
    )


def _world(motion):
    """Fitted keypoints in the world (P,T,K,3)."""
    T = motion.T_world_camera
    return np.einsum("tij,ptkj->ptki", T[:, :3, :3], motion.X_cam) + T[None, :, None, :3, 3]


def _on_plane(motion):
    """Observed keypoints (P,T,K,2) [m], x right and y up, on the plane 1 m before the camera."""
    K = motion.K
    out = (motion.px - K[:2, 2]) / np.diag(K)[:2] * [1, -1]
    return np.nan_to_num(out).astype(np.float32)


def grid(way):
    """A line every metre of ground around paths (P,T,2): corners (n,3), colours (n,4)."""
    known = way[np.isfinite(way[..., 0])]
    if not len(known):
        known = np.zeros((1, 2))
    middle = np.median(known, 0)
    low = np.floor(np.maximum(known.min(0) - MARGIN, middle - MOST / 2))
    high = np.ceil(np.minimum(known.max(0) + MARGIN, middle + MOST / 2))
    lines = [[(x, low[1], 0), (x, high[1], 0)] for x in np.arange(low[0], high[0] + 1)]
    lines += [[(low[0], y, 0), (high[0], y, 0)] for y in np.arange(low[1], high[1] + 1)]
    corners = np.array(lines, np.float32).reshape(-1, 3)
    return corners, np.tile(np.array(GRID, np.float32), (len(corners), 1))


def paths(way, colours):
    """Everybody's path on the ground: corners (n,3), colours (n,4)."""
    corners, painted = [], []
    for one, colour in zip(way, colours):
        steps = np.stack([one[:-1], one[1:]], 1)
        steps = steps[np.isfinite(steps).all((1, 2))].reshape(-1, 2)
        corners.append(np.pad(steps, ((0, 0), (0, 1))))
        painted.append(np.tile(np.append(colour[:3], PATH), (len(steps), 1)))
    if not corners:
        return np.zeros((0, 3), np.float32), np.zeros((0, 4), np.float32)
    return np.concatenate(corners).astype(np.float32), np.concatenate(painted).astype(np.float32)
