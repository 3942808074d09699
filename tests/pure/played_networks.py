"""ONNX networks that say, picture by picture, what perfect networks with some noise would say of a known motion.

A picture tells its index by its red, and where each of its pixels lies by its blue and green, so that a network
that gets a crop knows which part of the picture it sees.
"""

import hashlib

import clips
import data_files
import known_crowd
import numpy as np
from monorig.bench import rendered_maps
from monorig.inference import catalogue, kinematic_tree, orpm
from monorig.inference.keypoints import INDEX
from monorig.training.joints import LIMBS, ORPM_JOINTS, ORPM_PARENTS
from onnx import TensorProto
from standins import Graph
from synthetic_motion import IMAGE_SIZE

SIZE, STRIDE, CROP = (512, 288), 8, (368, 368)
SCALE = SIZE[0] / IMAGE_SIZE[0]
RED_STEP, PLACE_STEP = 10, 8  # levels per picture, pixels per level
HEAT_NOISE, FIELD_NOISE, X_NOISE = 0.02, 0.05, 0.01  # standard deviation; of X [m]
NAMED = [name for name in ORPM_JOINTS if name]
TREE = {"limbs": LIMBS, "parents": ORPM_PARENTS}


def write_clip(path, frames):
    """A clip whose pictures tell their index and places."""
    recipe = clips.Recipe(
        path.name, frames=frames, size=IMAGE_SIZE, pix_fmt="yuv444p",
        options={"preset": "ultrafast", "qp": "0"},
    )  # fmt: skip
    return clips.write(path, recipe, picture)


def picture(index, size):
    """(H,W,3) uint8 RGB"""
    width, height = size
    image = np.empty((height, width, 3), np.uint8)
    image[..., 0] = RED_STEP * index
    image[..., 1] = (np.arange(height) / PLACE_STEP)[:, None]
    image[..., 2] = np.arange(width) / PLACE_STEP
    return image


def write_all(folder, X, px):
    """Networks and chains of the three layouts -> the folder. X (P,T,K,3) [m], px (P,T,K,2): the truth."""
    rng = np.random.default_rng(5)
    crowds = [
        rendered_maps.crowd((px[:, t] + 0.5) * SCALE - 0.5, X[:, t]) for t in range(X.shape[1])
    ]
    planes = {
        "heatmaps": noisy(rng, [rendered_maps.peaks(c, SIZE, STRIDE) for c in crowds], HEAT_NOISE),
        "fields": noisy(rng, [rendered_maps.fields(c, SIZE, STRIDE) for c in crowds], FIELD_NOISE),
    }
    maps = noisy(rng, [orpm_maps(c) for c in crowds], X_NOISE)
    write_played(folder, "orpm", {**planes, "maps": maps}, metres_per_unit=1.0, **TREE)
    encoding = noisy(rng, [xnect_maps(c) for c in crowds], X_NOISE)
    write_played(folder, "xnect", {**planes, "encoding": encoding}, **TREE)
    write_played(folder, "part_affinity", planes, limbs=LIMBS)
    write_stage_two(folder)
    for person in range(len(X)):
        write_location_maps(folder, f"location-maps-{person}", X, px, person, rng)
    for name, steps in {
        "known-orpm": ("", "orpm", ""),
        "known-xnect": ("", "xnect", "stage-two"),
        "known-vnect-0": ("", "", "location-maps-0"),
        "known-vnect-1": ("", "", "location-maps-1"),
    }.items():
        write_chain(folder, name, steps)
    return folder


def write_chain(folder, name, steps, options=""):
    """A chain file in the folder's `chains`."""
    (folder / "chains").mkdir(exist_ok=True)
    lines = [f'name = "{name}"', 'description = "a test"']
    lines += [f'{key} = "{step}"' for key, step in zip(("detector", "pose_2d", "pose_3d"), steps)]
    path = folder / "chains" / f"{name}.toml"
    path.write_text("\n".join([*lines, "[options]", options]) + "\n", encoding="utf-8")


def noisy(rng, maps, noise):
    """List of T arrays -> (T,…) float32 with noise."""
    maps = np.stack(maps)
    return (maps + rng.normal(0, noise, maps.shape)).astype(np.float32)


def orpm_maps(people):
    """(3J,h,w) at a quarter of the input."""
    where = [[1, 14] for _ in ORPM_JOINTS]
    for places, members in orpm.limbs_of(known_crowd.spec_of("orpm")):
        for joint in members:
            where[joint] = [1, 14, *places]
    return rendered_maps.values_at(people, SIZE, STRIDE // 2, rendered_maps.bones(people.X), where)


def xnect_maps(people):
    """(3J,h,w): each bone at both of its ends."""
    meets = kinematic_tree.bones_at(ORPM_PARENTS)
    where = [np.flatnonzero(meets[:, bone]) for bone in range(len(ORPM_JOINTS))]
    return rendered_maps.values_at(people, SIZE, STRIDE, rendered_maps.bones(people.X), where)


def write_played(folder, decoder, says, **decoding):
    """A network that takes the whole picture and says {output: (T,C,h,w)} of the index that it sees."""
    spec = described(folder, decoder, ORPM_JOINTS, SIZE, decoding)
    graph = Graph()
    index = index_of(graph, spec.tensor)
    for name, maps in says.items():
        graph.add("Gather", maps, index, axis=0, out=spec.outputs[name])
    written(folder, graph, spec, [1, 3, SIZE[1], SIZE[0]], ORPM_JOINTS, SIZE, decoding)


def index_of(graph, image):
    """(N,) int64: which picture of the clip an RGB tensor (N,3,h,w) shows, by its middle."""
    middle = part(graph, image, 0)
    level = graph.add("ReduceMean", middle, axes=[1, 2, 3], keepdims=0)
    whole = graph.add("Floor", graph.add("Add", graph.add("Div", level, float(RED_STEP)), 0.5))
    return graph.add("Cast", whole, to=TensorProto.INT64)


def part(graph, image, channel, columns=(-100, -84), rows=(-100, -84)):
    """A part (N,1,…) of one channel; places are counted from the end."""
    starts, ends = ([place[side] for place in (rows, columns)] for side in (0, 1))
    return graph.add(
        "Slice", image, graph.ints(channel, *starts), graph.ints(channel + 1, *ends),
        graph.ints(1, 2, 3),
    )  # fmt: skip


def write_stage_two(folder):
    """A Stage II that adds bones up: each is the mean of what its seen ends say. It fills nothing in."""
    joints = len(ORPM_JOINTS)
    decoding = {"inputs": NAMED, "encoding": 3 * joints, "metres_per_unit": 1.0}
    spec = described(folder, "lifter", ORPM_JOINTS, (1, 1), decoding, "stage-two")
    graph = Graph()
    said = graph.add("Slice", spec.tensor, graph.ints(3), graph.ints(3 + 3 * joints), graph.ints(2))
    said = graph.add("Reshape", said, graph.ints(0, len(NAMED), joints, 3))
    told = graph.add("ReduceMax", graph.add("Abs", said), axes=[3], keepdims=1)
    told = graph.add("Cast", graph.add("Greater", told, 0.0), to=TensorProto.FLOAT)
    axis = graph.ints(1)
    count = graph.add("Max", graph.add("ReduceSum", told, axis, keepdims=0), 1.0)
    bones = graph.add("Div", graph.add("ReduceSum", said, axis, keepdims=0), count)
    pose = graph.add("MatMul", kinematic_tree.from_root(ORPM_PARENTS), bones)
    graph.add("Reshape", pose, graph.ints(-1, 3 * joints), out=spec.outputs["pose"])
    shape = ["N", len(NAMED), 3 + 3 * joints]
    written(folder, graph, spec, shape, ORPM_JOINTS, (1, 1), decoding)


def write_location_maps(folder, name, X, px, person, rng):
    """One person of the truth, in any crop; heatmaps show nothing of joints that somebody nearer hides."""
    decoding = {"metres_per_unit": 1.0}
    spec = described(folder, "location_maps", ORPM_JOINTS, CROP, decoding, name)
    graph, shape = Graph(), (len(ORPM_JOINTS), CROP[1] // STRIDE, CROP[0] // STRIDE)
    index = index_of(graph, spec.tensor)
    truth = [one_of(X[:, t], px[:, t], person) for t in range(X.shape[1])]
    away = None
    for axis, channel in ((0, 2), (1, 1)):
        centre, step = line(graph, spec.tensor, channel, axis)
        place = graph.add("Gather", np.stack([one.px[0, :, axis] for one in truth]), index, axis=0)
        cell = graph.add("Div", graph.add("Sub", place, centre), graph.add("Mul", step, 8.0))
        cell = graph.add("Add", cell, (CROP[0] / STRIDE - 1) / 2)
        grid = np.arange(CROP[0] // STRIDE, dtype=float)
        grid = grid[None, None, None] if axis == 0 else grid[None, None, :, None]
        gap = graph.add("Sub", grid, graph.add("Unsqueeze", cell, graph.ints(2, 3)))
        square = graph.add("Mul", gap, gap)
        away = square if away is None else graph.add("Add", away, square)
    bumps = graph.add("Exp", graph.add("Mul", away, -0.5 / rendered_maps.SIGMA**2))
    seen = np.stack([one.seen[0] for one in truth]).astype(float)[..., None, None]
    seen = graph.add("Mul", bumps, graph.add("Gather", seen, index, axis=0))
    graph.add("Add", seen, rng.normal(0, HEAT_NOISE, (1, *shape)), out=spec.outputs["heatmaps"])
    for axis, output in enumerate("xyz"):
        maps = np.stack([one.X[0, :, axis] for one in truth])[..., None, None]
        maps = maps + rng.normal(0, X_NOISE, (len(truth), *shape))
        graph.add("Gather", maps, index, axis=0, out=spec.outputs[output])
    written(folder, graph, spec, ["N", 3, *CROP], ORPM_JOINTS, CROP, decoding)


def one_of(X, px, person):
    """Crowd of one person of a picture, X (P,K,3) and px (P,K,2), as a crop round the person shows it."""
    everybody = rendered_maps.crowd(px, X)
    row = int(np.argsort(np.argsort(-X[:, INDEX["pelvis"], 2]))[person])
    turned = known_crowd.turned_to(X[person], px[person])
    alone = rendered_maps.crowd(px[person, None], turned[None])
    return rendered_maps.Crowd(alone.px, alone.X, everybody.seen[row, None])


def line(graph, image, channel, axis):
    """Where a crop lies: picture pixel at its middle (N,1), picture pixels per crop pixel (N,1)."""
    means = []
    for side in ((-276, -184), (-184, -92)):
        place = {"columns": side, "rows": (-276, -92)} if axis == 0 else {
            "rows": side, "columns": (-276, -92)
        }  # fmt: skip
        half = part(graph, image, channel, **place)
        means.append(graph.add("ReduceMean", half, axes=[2, 3], keepdims=0))
    middle = graph.add("Div", graph.add("Add", *means), 2.0)
    step = graph.add("Mul", graph.add("Sub", means[1], means[0]), PLACE_STEP / 92)
    lost = (PLACE_STEP - 1) / 2  # [px] that whole levels are too small, in the mean
    return graph.add("Add", graph.add("Mul", middle, float(PLACE_STEP)), lost), step


def described(folder, decoder, joints, size, decoding, name=None):
    """The record of a network whose file is not written yet."""
    path = folder / f"{name or decoder}.toml"
    text = data_files.text(path.stem, decoder, joints, size=size, **decoding)
    path.write_text(text, encoding="utf-8")
    return catalogue.load_network(path)


def written(folder, graph, spec, shape, joints, size, decoding):
    """Writes the ONNX file, and the data file anew with its sha256."""
    outputs = dict.fromkeys(spec.outputs.values(), TensorProto.FLOAT)
    graph.write(folder / spec.onnx, spec.tensor, shape, outputs)
    digest = hashlib.sha256((folder / spec.onnx).read_bytes()).hexdigest()
    text = data_files.text(spec.name, spec.decoder, joints, size=size, sha256=digest, **decoding)
    (folder / f"{spec.name}.toml").write_text(text, encoding="utf-8")
