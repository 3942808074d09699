"""MakeHuman's rigs as stand-ins: bones where the base mesh has its joints. The data are fetched, not kept here."""

import json
import zipfile

import numpy as np
import pytest
from monorig.bench import synthetic_makehuman as makehuman
from monorig.retarget.rig import RigRest
from stand_in_rigs import StandIn, bone_matrices, parents_first

RIGS = {
    "mixamo": "standard/rig.mixamo",
    "game engine": "standard/rig.game_engine",
    "default": "standard/rig.default",
    "default without toes": "standard/rig.default_no_toes",
    "cmu": "standard/rig.cmu_mb",
    "rigify": "rigify/rig.human_toes",
}


def makehuman_rig(name):
    """StandIn of one of RIGS, without a truth; the test is skipped where the data have not been fetched."""
    if not makehuman.is_here():
        pytest.skip("MakeHuman's mesh has not been fetched (python3 run.py bench synthetic)")
    with zipfile.ZipFile(makehuman.wheel()) as package:
        table = json.loads(package.read(f"{makehuman.INSIDE}rigs/{RIGS[name]}.json"))
    bones = table.get("bones", table)
    bones = {
        name: bone for name, bone in bones.items() if isinstance(bone, dict) and "head" in bone
    }
    names = list(bones)
    parents = [names.index(b["parent"]) if b["parent"] in bones else -1 for b in bones.values()]
    heads, tails = (
        np.array([_end(bone[end]) for bone in bones.values()]) for end in ("head", "tail")
    )
    order = parents_first(parents)
    place = {old: new for new, old in enumerate(order)}
    rest = RigRest(
        name,
        tuple(names[b] for b in order),
        np.array([place[parents[b]] if parents[b] >= 0 else -1 for b in order]),
        bone_matrices(heads[order], tails[order], np.random.default_rng(3)),
        ("QUATERNION",) * len(order),
        np.eye(4),
    )
    return StandIn(rest, np.linalg.norm(tails - heads, axis=-1)[order], {})


def _end(end):
    """(3,) [m] one end of a bone in the base mesh, soles on z = 0."""
    vertices = makehuman.base_mesh().vertices @ makehuman.TO_METRES.T
    floor = vertices[makehuman.group_vertices("body"), 2].min()
    if end["strategy"] == "CUBE":
        chosen = makehuman.group_vertices(end["cube_name"])
    elif end["strategy"] == "VERTEX":
        chosen = [end["vertex_index"]]
    else:
        chosen = end["vertex_indices"]
    return vertices[chosen].mean(0) - [0, 0, floor]
