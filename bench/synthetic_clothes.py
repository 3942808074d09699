"""A dressed figure: body, clothes, shoes and hair as one mesh that the bones move.

Clothes are MakeHuman's core assets (CC0), in the folder `makehuman_core` of the measuring material. Where
it is not there, the body itself is coloured as if it wore plain clothes. Each vertex of a garment hangs on
three vertices of the base mesh, so that it fits every body (.mhclo files).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import synthetic_makehuman as makehuman

FOLDER = "media/makehuman_core"
EYES = ("helper-l-eye", "helper-r-eye")
PUPIL, EYE_SCALE = (
    np.array([0.294, 0.30]),
    59.0,
)  # place and size of an eyeball in the eyes' textures
BLOCKS = ("verts", "delete_verts")
LONGEST_HEM = 0.25  # [m] above the ground; what ends higher are no trousers
SOCKS_SHOW = 0.03  # [m] above the hem
LEAST_WEIGHT = 0.005  # of a bone on a garment's vertex
OBJ_AXES = {"x_scale": 0, "y_scale": 1, "z_scale": 2}
WEARS = {  # zone: bones that dominate it
    "shirt": ("Spine", "Spine1", "Spine2", "Shoulder", "Arm"),
    "trousers": ("Hips", "UpLeg", "Leg"),
    "shoes": ("Foot", "ToeBase"),
}
SCALP = 0.035  # [m] above the middle of the eyes and behind the ears there is hair
PLAIN_COLOURS = {
    "shirt": (0.55, 0.12, 0.12),
    "trousers": (0.10, 0.14, 0.32),
    "shoes": (0.06, 0.06, 0.06),
    "hair": (0.10, 0.06, 0.03),
}
SKIN_COLOURS = {
    "caucasian": (0.78, 0.56, 0.45),
    "asian": (0.76, 0.58, 0.42),
    "african": (0.30, 0.19, 0.13),
}
EYE_COLOUR = (0.85, 0.85, 0.85)


@dataclass(frozen=True)
class Look:
    """What somebody wears: names of assets, and how their colours are changed."""

    outfit: str = "male_casualsuit02"
    shoes: str = "shoes01"
    hair: str = "short01"
    skin: str = "young_lightskinned_male_diffuse"
    eyes: str = "brownlight"
    tint: tuple = (0.0, 1.0, 1.0)  # of the outfit: hue [deg], saturation and brightness as factors
    hair_tint: tuple = (0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Material:
    """Surface of some faces."""

    name: str
    texture: str = ""  # image file; empty = plain
    colour: tuple = (1.0, 1.0, 1.0)  # of a plain one, sRGB
    tint: tuple = (0.0, 1.0, 1.0)
    see_through: bool = False  # the texture's alpha counts


@dataclass(frozen=True)
class Figure:
    """One mesh, at rest. V vertices, F faces with L corners in all."""

    vertices: np.ndarray  # (V,3) [m]
    weights: np.ndarray  # (V,B) float32
    corners: np.ndarray  # (L,) vertex indices, face by face
    corner_uv: np.ndarray  # (L,2)
    sizes: np.ndarray  # (F,) corners of each face
    face_material: np.ndarray  # (F,) index in materials
    materials: tuple


@dataclass(frozen=True)
class _Part:
    """A piece of the figure before they are joined."""

    vertices: np.ndarray
    weights: np.ndarray
    faces: list
    face_uv: list
    uv: np.ndarray
    materials: list  # one per face


def dress(body, look, data):
    """Body and Look -> Figure; `data` is the folder of measuring material or None."""
    home = Path(data) / FOLDER if data else None
    if home is None or not home.exists():
        return _join([_plain_body(body)])
    pieces = [
        read_garment(home / "clothes" / look.outfit, look.tint, False),
        read_garment(home / "clothes" / look.shoes, (0.0, 1.0, 1.0), False),
        read_garment(home / "eyebrows" / "eyebrow001", look.hair_tint, True),
        read_garment(home / "eyelashes" / "eyelashes01", (0.0, 1.0, 1.0), True),
    ]
    if look.hair:
        pieces.append(read_garment(home / "hair" / look.hair, look.hair_tint, True))
    hidden = set().union(*(piece.hides for piece in pieces))
    skin = Material("skin", str(home / "skins/textures" / f"{look.skin}.png"))
    eyes = Material("eyes", str(home / "eyes/materials" / f"{look.eyes}_eye.png"))
    parts = [_body_part(body, hidden, {**dict.fromkeys(EYES, eyes), "body": skin})]
    outfit, shoes, *rest = (piece.on(body) for piece in pieces)
    return _join([*parts, outfit, _under(shoes, outfit), *rest])


@dataclass(frozen=True)
class Garment:
    """A .mhclo file and its mesh: where each of n vertices hangs on the base mesh."""

    mesh: makehuman.Mesh
    anchors: np.ndarray  # (n,3) vertices of the base mesh
    shares: np.ndarray  # (n,3)
    offsets: np.ndarray  # (n,3) [dm] before scaling
    scales: tuple  # (axis, vertex, vertex, distance) whose distance scales the offsets
    hides: frozenset  # vertices of the body that are under it
    material: Material

    def on(self, body):
        """-> _Part on a body."""
        lift = [0, 0, body.floor]
        base = (body.vertices - lift) @ np.linalg.inv(makehuman.TO_METRES).T
        scale = np.ones(3)
        for axis, a, b, distance in self.scales:
            scale[axis] = abs(base[a, axis] - base[b, axis]) / distance
        places = np.einsum("nk,nkd->nd", self.shares, base[self.anchors]) + self.offsets * scale
        weights = np.einsum("nk,nkb->nb", self.shares.clip(0), body.rig.weights[self.anchors])
        weights[weights < LEAST_WEIGHT * weights.sum(1, keepdims=True)] = 0
        weights = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
        return _Part(
            places @ makehuman.TO_METRES.T + lift,
            weights,
            self.mesh.faces,
            self.mesh.face_uv,
            self.mesh.uv,
            [self.material] * len(self.mesh.faces),
        )


def read_garment(folder, tint, see_through):
    """Folder of an asset -> Garment."""
    mesh = makehuman.read_obj((folder / f"{folder.name}.obj").read_text(encoding="utf-8"))
    lines = (folder / f"{folder.name}.mhclo").read_text(encoding="utf-8").splitlines()
    anchors, shares, offsets, scales, hides, block = [], [], [], [], set(), ""
    for words in (line.split() for line in lines):
        if not words or words[0].startswith("#"):
            continue
        if words[0] in BLOCKS:
            block = words[0]
        elif words[0] in OBJ_AXES:
            scales.append((OBJ_AXES[words[0]], int(words[1]), int(words[2]), float(words[3])))
        elif not words[0].lstrip("-").isdigit():
            continue  # other keywords may stand between "verts" and its numbers
        elif block == "verts" and len(words) == 1:
            anchors.append([int(words[0])] * 3)
            shares.append([1.0, 0, 0])
            offsets.append([0.0, 0, 0])
        elif block == "verts":
            anchors.append([int(word) for word in words[:3]])
            shares.append([float(word) for word in words[3:6]])
            offsets.append([float(word) for word in words[6:9]])
        elif block == "delete_verts":
            hides |= _ranges(words)
    texture = _texture(folder / f"{folder.name}.mhmat")
    material = Material(folder.name, texture, tint=tint, see_through=see_through)
    table = np.array(anchors), np.array(shares), np.array(offsets)
    return Garment(mesh, *table, tuple(scales), frozenset(hides), material)


def _ranges(words):
    """["1", "-", "3", "7"] -> {1, 2, 3, 7}."""
    found, at = set(), 0
    while at < len(words):
        if at + 2 < len(words) and words[at + 1] == "-":
            found |= set(range(int(words[at]), int(words[at + 2]) + 1))
            at += 3
        else:
            found.add(int(words[at]))
            at += 1
    return found


def _texture(path):
    """Image file that a .mhmat names as its colour."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("diffuseTexture"):
            return str(path.parent / line.split(maxsplit=1)[1].strip())
    raise ValueError(f"{path.name} names no texture")


def _body_part(body, hidden, materials):
    """The drawn faces of the base mesh; `materials` by group."""
    mesh = makehuman.base_mesh()
    rows = [
        i
        for i, (face, group) in enumerate(zip(mesh.faces, mesh.groups))
        if group in materials and not (group == "body" and hidden.intersection(face.tolist()))
    ]
    return _Part(
        body.vertices,
        body.rig.weights,
        [mesh.faces[i] for i in rows],
        [mesh.face_uv[i] for i in rows],
        _eyes_uv(mesh),
        [materials[mesh.groups[i]] for i in rows],
    )


def _under(shoes, outfit):
    """Shoes without the socks that are inside trousers, through which they would be seen."""
    hem = outfit.vertices[:, 2].min()
    if hem > LONGEST_HEM:
        return shoes
    low = [i for i, f in enumerate(shoes.faces) if shoes.vertices[f, 2].min() < hem + SOCKS_SHOW]
    kept = ([rows[i] for i in low] for rows in (shoes.faces, shoes.face_uv, shoes.materials))
    faces, face_uv, materials = kept
    return _Part(shoes.vertices, shoes.weights, faces, face_uv, shoes.uv, materials)


def _eyes_uv(mesh):
    """Texture places of the base mesh (M,2), the eyes' moved onto their own textures."""
    uv = mesh.uv.copy()
    for eye in EYES:
        faces = [i for i, group in enumerate(mesh.groups) if group == eye]
        vertices, rows = (np.concatenate([t[i] for i in faces]) for t in (mesh.faces, mesh.face_uv))
        front = uv[rows[mesh.vertices[vertices, 2].argmax()]]
        rows = np.unique(rows)
        uv[rows] = PUPIL + (uv[rows] - front) * EYE_SCALE
    return uv


def _plain_body(body):
    """The whole body, coloured by zones."""
    skin = Material("skin", colour=SKIN_COLOURS[body.build.race])
    eyes = Material("eyes", colour=EYE_COLOUR)
    zones = {zone: Material(zone, colour=colour) for zone, colour in PLAIN_COLOURS.items()}
    part = _body_part(body, set(), {**dict.fromkeys(EYES, eyes), "body": skin})
    names = [name.removeprefix("Left").removeprefix("Right") for name in body.rig.names]
    bone = np.array(names)[body.rig.weights.argmax(1)]
    zone_of = {name: zone for zone, worn_by in WEARS.items() for name in worn_by}
    between_eyes = body.vertices[np.concatenate([*map(makehuman.group_vertices, EYES)])].mean(0)
    materials = []
    for face, material in zip(part.faces, part.materials):
        _, behind, above = body.vertices[face].mean(0) - between_eyes
        scalp = above > SCALP or (behind > 2 * SCALP and above > -SCALP)
        zone = "hair" if bone[face[0]] == "Head" and scalp else zone_of.get(bone[face[0]])
        materials.append(zones.get(zone, skin) if material is skin else material)
    return _Part(part.vertices, part.weights, part.faces, part.face_uv, part.uv, materials)


def _join(parts):
    """Parts -> Figure, without vertices that no face uses."""
    materials = list(dict.fromkeys(material for part in parts for material in part.materials))
    vertices, weights, corners, corner_uv, sizes, owner, count = [], [], [], [], [], [], 0
    for part in parts:
        flat = np.concatenate(part.faces)
        used, renumbered = np.unique(flat, return_inverse=True)
        vertices.append(part.vertices[used])
        weights.append(part.weights[used])
        corners.append(renumbered + count)
        corner_uv.append(part.uv[np.concatenate(part.face_uv)])
        sizes += [len(face) for face in part.faces]
        owner += [materials.index(material) for material in part.materials]
        count += len(used)
    joined = [np.concatenate(rows) for rows in (vertices, weights, corners, corner_uv)]
    return Figure(*joined, np.array(sizes), np.array(owner), tuple(materials))
