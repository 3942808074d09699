"""Two rigs of different families, for plays."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "blender"))

import bpy  # noqa: E402
import conftest  # noqa: E402, F401
from monorig.retarget import bone_map  # noqa: E402
from retarget_scenes import armature  # noqa: E402
from stand_in_rigs import stand_in  # noqa: E402


def two_rigs():
    """Two rigs beside the origin, selected, and nothing else; -> their names."""
    rigs = []
    for name, family, x in (("Hero", "unreal", -1.5), ("Friend", "mixamo", 1.5)):
        rigs.append(armature(stand_in(bone_map.built_in()[family], 45.0), name=name))
        rigs[-1].location.x = x
    for other in bpy.context.scene.objects:
        other.select_set(other in rigs)
    return [rig.name for rig in rigs]
