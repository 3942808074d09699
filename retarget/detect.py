"""Which bone plays which role, found by the bones' names; by the rig's shape where names say nothing.

Three readings in turn: the tables of families (`maps/`), words that people use for parts of the body, and
the rest pose itself (`shape.py`). The first that finds every required role is taken; else the one that finds
most, completed by the shape.
"""

import functools
from dataclasses import dataclass, replace

from . import bone_map, bone_names, roles, shape

LEAST = 0.5  # of the required roles: below this a reading by names is chance
EXACT, FOUND, MARKED = 0.10, 0.10, 0.20  # what settles it between families that name bones alike
# words for the parts of the body, the most telling first; `keys` has taken sides and prefixes away
SPOKEN = {
    "pelvis": ("pelvis", "hips", "hip", "cog", "centerofmass"),
    "head": ("head",),
    "clavicle": ("clavicle", "collar", "collarbone", "shoulder", "scapula"),
    "upper_arm": ("upperarm", "uparm", "armupper", "bicep", "shldr", "shoulder", "arm"),
    "forearm": ("forearm", "lowerarm", "loarm", "lowarm", "armlower", "elbow"),
    "hand": ("hand", "wrist", "palm"),
    "thigh": ("thigh", "upperleg", "upleg", "legupper", "femur", "hip"),
    "shin": ("shin", "calf", "lowerleg", "lowleg", "loleg", "leglower", "knee", "leg"),
    "foot": ("foot", "ankle", "feet"),
    "toe": ("toe", "toes", "toebase", "ball", "toe0"),
}
SPOKEN_CHAINS = {
    "spine": (
        "spine",
        "torso",
        "waist",
        "abdomen",
        "belly",
        "chest",
        "ribcage",
        "upperchest",
        "ab",
    ),
    "neck": ("neck",),
}


@dataclass(frozen=True)
class Detected:
    """What was found. `sure` is the part of the required roles that has a bone, 0..1."""

    bone_map: bone_map.BoneMap
    how: str  # "names", "words" or "shape"

    @property
    def sure(self):
        return 1 - len(self.bone_map.missing) / len(roles.REQUIRED)


def detect(rest):
    """RigRest -> Detected; its map holds only bones of the rig and may lack roles."""
    readings = []
    for how, read in (("names", by_family), ("words", by_words), ("shape", by_shape)):
        found = read(rest)
        if found is not None:
            readings.append(Detected(found, how))
            if not found.missing:
                return readings[-1]
    if not readings:
        return Detected(bone_map.BoneMap("Unknown", {}), "shape")
    best = max(readings, key=lambda detected: detected.sure)
    return _completed(best, readings[-1]) if readings[-1].how == "shape" else best


def by_family(rest):
    """The BoneMap of the family whose names fit best, or None where none fits."""
    index = _by_key(rest.bone_names)
    scored = [
        (score, found, sum(len(chain) for chain in found.bones.values()))
        for table, spelled in _families()
        for score, found in [_fit(table, spelled, rest.bone_names, index)]
    ]
    score, found, _count = max(scored, key=lambda entry: (round(entry[0], 6), entry[2]))
    return found if score >= LEAST else None


def by_words(rest):
    """BoneMap from words for parts of the body, or None where they say too little."""
    index = _by_key(rest.bone_names)
    found, used = {}, set()
    for name, words in SPOKEN.items():
        for role in [name] if name in roles.CENTRE else [f"{name}.{side}" for side in roles.SIDES]:
            bone = next((index[k] for k in _spelled(role, words) if k in index), None)
            if bone is not None and bone not in used:
                found[role] = (bone,)
                used.add(bone)
    for role, words in SPOKEN_CHAINS.items():
        found[role] = _numbered(rest, words, used)
    result = bone_map.BoneMap("By names", {role: chain for role, chain in found.items() if chain})
    enough = 1 - len(result.missing) / len(roles.REQUIRED) >= LEAST
    return result if enough else None


def by_shape(rest):
    """BoneMap from the rest pose, or None where it looks like nobody."""
    found = shape.read(rest)
    return bone_map.BoneMap("By shape", found) if found else None


@functools.cache
def _families():
    """Built-in maps, each with {bone: key} of its bones."""
    found = []
    for table in bone_map.built_in().values():
        names = [bone for chain in table.bones.values() for bone in chain]
        found.append((table, dict(zip(names, bone_names.keys(names)))))
    return found


def _by_key(names):
    """{key: the first bone that is called so}."""
    return dict(reversed(list(zip(bone_names.keys(names), names))))


def _fit(table, spelled, names, index):
    """-> (score, the map in the rig's own names). Exact names count most, then names by their keys."""
    there = set(names)
    bones, exact = {}, 0
    for role, chain in table.bones.items():
        found = [bone if bone in there else index.get(spelled[bone]) for bone in chain]
        exact += sum(bone in there for bone in chain)
        bones[role] = tuple(dict.fromkeys(bone for bone in found if bone))
    bones = _without_repeats(bones)
    result = replace(table.within(names), bones=bones)
    required = 1 - len(result.missing) / len(roles.REQUIRED)
    count = sum(len(chain) for chain in bones.values())
    marked = (0.5 if there & set(table.marks) else -0.5) if table.marks else 0.0
    bonus = EXACT * exact / len(spelled) + FOUND * count / len(spelled) + MARKED * marked
    return required + bonus, result


def _without_repeats(bones):
    """Each bone keeps the first of its roles."""
    used, kept = set(), {}
    for role in roles.ROLES:
        chain = tuple(bone for bone in bones.get(role, ()) if bone not in used)
        used.update(chain)
        if chain:
            kept[role] = chain
    return kept


def _spelled(role, words):
    side = roles.split(role)[1]
    return [(side, word) for word in words]


def _numbered(rest, words, used):
    """Bones in the middle whose text is one of the words, a number behind it or not, from the root on."""
    chain = []
    for bone, (side, text) in zip(rest.bone_names, bone_names.keys(rest.bone_names)):
        if not side and text.rstrip("0123456789") in words and bone not in used:
            chain.append(bone)
    return tuple(chain)


def _completed(best, by_the_shape):
    """The best reading, with the shape's bones for roles it lacks."""
    bones = dict(best.bone_map.bones)
    used = {bone for chain in bones.values() for bone in chain}
    for role in best.bone_map.missing:
        chain = tuple(b for b in by_the_shape.bone_map.bones.get(role, ()) if b not in used)
        if chain:
            bones[role] = chain
    return replace(best, bone_map=replace(best.bone_map, bones=bones))
