"""Camera profiles: what is known of a camera, as a small JSON file that clips of that camera share.

    K               (3,3) intrinsics [px] at `calibrated_at`
    dist            (5,) lens distortion k1 k2 p1 p2 k3
    calibrated_at   (2,) width, height [px] of the pictures that K belongs to; other sizes of that shape are scaled
    lens_mm         instead of K: focal length on a sensor 36 mm wide, as Blender's cameras have it
    T_world_camera  (4,4) where it stands: Z up, the ground at z = 0, metres

Each may be missing. No OpenCV, so that Blender may read them.
"""

import json
from pathlib import Path

import numpy as np

from .refusals import unreadable

SHAPES = {"K": (3, 3), "dist": (5,), "calibrated_at": (2,), "lens_mm": (), "T_world_camera": (4, 4)}
POSITIVE = ("calibrated_at", "lens_mm")


class ProfileError(ValueError):
    """What is said of the camera cannot be used; one sentence for the user."""


def check(profile):
    """Raises ProfileError at the first value that is none, or has another name, of a dict."""
    for name, value in profile.items():
        if value is None:
            continue
        try:
            array = np.asarray(value, float)
        except (TypeError, ValueError) as error:
            raise ProfileError(f"The camera's {name} is not an array of numbers.") from error
        if array.shape != SHAPES.get(name) or not np.isfinite(array).all():
            expected = SHAPES.get(name, "a name other than this")
            raise ProfileError(
                f"The camera's {name} cannot be used; expected are finite numbers, {expected}."
            )
        if name in POSITIVE and not (array > 0).all():
            raise ProfileError(f"The camera's {name} must be more than 0.")


def read(path):
    """The profile in a file; raises ProfileError."""
    name = Path(path).name
    try:
        profile = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProfileError(unreadable(name, error)) from error
    if not isinstance(profile, dict) or not {"K", "lens_mm"} & set(profile):
        raise ProfileError(f"{name} is no camera profile: it holds neither K nor lens_mm.")
    try:
        check(profile)
    except ProfileError as error:
        raise ProfileError(f"{name}: {error}") from error
    return profile


def intrinsics(image_size, K=None, calibrated_at=None, lens_mm=None):
    """K (3,3) at the size (width, height) of a clip's pictures; None where the profile does not tell it.

    Raises ProfileError where the calibration was made with pictures of another shape.
    """
    width, height = image_size
    if K is None:
        if lens_mm is None:
            return None
        focal = lens_mm / 36 * max(image_size)
        return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])
    K = np.array(K, float)
    if calibrated_at is None:
        return K
    across, down = width / calibrated_at[0], height / calibrated_at[1]
    if abs(across / down - 1) > 0.01:
        made = " x ".join(f"{side:g}" for side in calibrated_at)
        raise ProfileError(
            f"The camera was calibrated at {made} pixels, and this clip has {width} x {height}: "
            "another part of the sensor. Calibrate with pictures of the same shape."
        )
    scale = np.array([[across], [down]])
    K[:2, :2] *= scale
    K[:2, 2] = (K[:2, 2] + 0.5) * scale[:, 0] - 0.5
    return K
