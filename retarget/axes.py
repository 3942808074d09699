"""From the solved camera (OpenCV axes and pixels) to Blender's camera: the only place a basis changes.

OpenCV camera: x right, y down, z away; image x right, y down, pixel centres at integers, so a W x H
image covers x from -0.5 to W - 0.5. Blender camera: x right, y up, z towards the viewer.
World coordinates are the same on both sides: metres, Z up.
"""

from dataclasses import dataclass

import numpy as np

OPENCV_FROM_BLENDER = np.diag([1.0, -1.0, -1.0, 1.0])
SENSOR_MM = 36.0


@dataclass(frozen=True)
class Lens:
    """Settings of a Blender camera."""

    focal_mm: float
    sensor_fit: str  # HORIZONTAL or VERTICAL: the side of the render frame that the clip fills
    sensor_width_mm: float
    sensor_height_mm: float
    shift_x: float  # in units of the filled side
    shift_y: float


def blender_camera_pose(T_world_camera):
    """T_world_camera (...,4,4) with OpenCV axes -> the same camera with Blender's axes."""
    return np.asarray(T_world_camera, float) @ OPENCV_FROM_BLENDER


def lens(K, image_size, frame_aspect=None):
    """Lens that projects as K does, when the clip is fitted whole into the render frame.

        pixel = K X / z;   shift = distance of the principal point from the image centre / filled side

    K             (3,3) [px]; Blender has one focal length, the geometric mean of fx and fy is taken
    image_size    width, height [px]
    frame_aspect  width / height of the render frame, None = that of the clip
    returns Lens. Lens distortion has no counterpart here and is left out.
    """
    width, height = (float(n) for n in image_size)
    clip_aspect = width / height
    horizontal = clip_aspect >= (clip_aspect if frame_aspect is None else frame_aspect)
    filled = width if horizontal else height
    return Lens(
        focal_mm=float(np.sqrt(K[0, 0] * K[1, 1])) * SENSOR_MM / filled,
        sensor_fit="HORIZONTAL" if horizontal else "VERTICAL",
        sensor_width_mm=SENSOR_MM,
        sensor_height_mm=SENSOR_MM,
        shift_x=((width - 1) / 2 - float(K[0, 2])) / filled,
        shift_y=(float(K[1, 2]) - (height - 1) / 2) / filled,
    )
