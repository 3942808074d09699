"""Bone maps: which bones of a rig play which role. One small TOML file per family of rigs, or of the user's own.

    name = "Unreal"                      as the panel shows it
    marks = ["FACIAL_C_FacialRoot"]      bones that only this family has; optional
    [bones]
    "upper_arm.L" = ["upperarm_l"]       role (roles.py) = chain of bones; those that a rig lacks are left out
    [switches]                           properties to be keyed while the motion plays; optional
    "upper_arm_parent.L" = { IK_FK = 1.0 }
    [ik]                                 IK controls of hands, feet and toes, keyed where the user wants them
    "hand.L" = { control = "hand_ik.L", pole = "arm_pole.L", switches = { "arm.L" = { IK_FK = 0.0 } } }
                                         with `base = "arm_ik.L"`: the first bone of an IK chain that
                                         stretches, where that is a control (ik_stretch.py)

Built-in maps lie in `maps/`; a user's are read and written by the same functions.
"""

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import bone_names, roles
from .trouble import Trouble

STEERED = ("hand", "foot", "toe")  # ends of limbs that IK controls may steer
PLACED = ("hand", "foot")  # those that have a place to be brought to; the others are only turned
FOLDER = Path(__file__).resolve().parent / "maps"


class BoneMapError(Trouble):
    """The text is no bone map."""


@dataclass(frozen=True)
class IkControl:
    """What steers the end of a limb."""

    control: str
    pole: str = ""
    switches: dict = field(default_factory=dict)  # bone -> {property: value} where IK is wanted
    turns_mapped: bool = (
        False  # IK turns the mapped bones themselves, from where their channels have them
    )
    base: str = ""  # control that the chain starts with, where IK may stretch the chain

    @property
    def bones(self):
        return (self.control, self.pole) if self.pole else (self.control,)


@dataclass(frozen=True)
class BoneMap:
    name: str
    bones: dict  # role -> tuple of bone names
    switches: dict = field(default_factory=dict)  # bone -> {property: value}
    marks: tuple = ()
    ik: dict = field(default_factory=dict)  # role -> IkControl that the rig has
    steering: dict = field(default_factory=dict)  # those of them that are wanted; not in the file

    @property
    def missing(self):
        """Required roles without a bone."""
        return tuple(role for role in roles.REQUIRED if not self.bones.get(role))

    def within(self, names):
        """The part of the map that a rig with these bone names has."""
        there = set(names)
        found = {role: tuple(b for b in chain if b in there) for role, chain in self.bones.items()}
        return replace(
            self,
            bones={role: chain for role, chain in found.items() if chain},
            switches={bone: s for bone, s in self.switches.items() if bone in there},
            ik={
                role: ik if ik.base in there else replace(ik, base="")
                for role, ik in self.ik.items()
                if there.issuperset(ik.bones)
            },
        )

    def steered_by_ik(self, limbs, always=()):
        """The map that wants the IK controls of these limbs ("hand", "foot" with its toe), switched on.

        always  roles whose IK cannot be switched off, wanted or not
        """
        wanted = {*limbs, *(["toe"] if "foot" in limbs else [])}
        steering = {
            role: control
            for role, control in self.ik.items()
            if roles.split(role)[0] in wanted or role in always
        }
        switches = dict(self.switches)
        for control in steering.values():
            for bone, properties in control.switches.items():
                switches[bone] = {**switches.get(bone, {}), **properties}
        return replace(self, steering=steering, switches=switches)

    def assigned(self, role, chain):
        """The map with other bones for one role; an empty chain takes the role out."""
        if role not in roles.ROLES:
            raise BoneMapError('There is no role "{role}".', role=role)
        kept = {r: c for r, c in self.bones.items() if r != role}
        return replace(self, bones={**kept, role: tuple(chain)} if chain else kept)

    def mirrored(self, side="L"):
        """The map with the bones of one side taken over to the other, by their names."""
        kept = {r: c for r, c in self.bones.items() if roles.split(r)[1] in ("", side)}
        other = {
            roles.mirrored(role): tuple(bone_names.mirrored(bone) for bone in chain)
            for role, chain in kept.items()
            if roles.split(role)[1] == side
        }
        return replace(self, bones={**kept, **other})


def parse(text, called="the text"):
    """TOML text -> BoneMap; raises BoneMapError with a sentence."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BoneMapError("{map} is no bone map: {trouble}.", map=called, trouble=error) from error
    bones, switches = table.get("bones"), table.get("switches", {})
    if not isinstance(bones, dict) or not bones:
        raise BoneMapError("{map} is no bone map: it has no table [bones].", map=called)
    unknown = [role for role in bones if role not in roles.ROLES]
    if unknown:
        raise BoneMapError('{map}: there is no role "{role}".', map=called, role=unknown[0])
    chains = {role: _chain(role, value, called) for role, value in bones.items()}
    twice = _twice(chains)
    if twice:
        raise BoneMapError('{map}: the bone "{bone}" has two roles.', map=called, bone=twice)
    _check_switches(switches, called)
    ik = {role: _ik(role, value, called) for role, value in table.get("ik", {}).items()}
    marks = tuple(str(mark) for mark in table.get("marks", ()))
    return BoneMap(str(table.get("name", called)), chains, switches, marks, ik)


def load(path):
    """File -> BoneMap; raises BoneMapError also where there is no file."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BoneMapError("{path} cannot be read: {trouble}.", path=path, trouble=error) from error
    return parse(text, Path(path).name)


def save(bone_map, path):
    """Writes the file; a whole one or none."""
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text_of(bone_map), encoding="utf-8", newline="\n")
    partial.replace(path)


def text_of(bone_map):
    """BoneMap -> TOML text that `parse` reads."""
    lines = [f"name = {_quoted(bone_map.name)}"]
    if bone_map.marks:
        lines.append(f"marks = {_listed(bone_map.marks)}")
    lines += ["", "[bones]"]
    lines += [
        f"{_quoted(r)} = {_listed(bone_map.bones[r])}" for r in roles.ROLES if r in bone_map.bones
    ]
    if bone_map.switches:
        lines += ["", "[switches]"]
    lines += _switch_lines(bone_map.switches)
    if bone_map.ik:
        lines += ["", "[ik]"]
    for role, ik in bone_map.ik.items():
        parts = [f"control = {_quoted(ik.control)}"]
        named = (("pole", ik.pole), ("base", ik.base))
        parts += [f"{key} = {_quoted(bone)}" for key, bone in named if bone]
        parts += (
            [f"switches = {{ {', '.join(_switch_lines(ik.switches))} }}"] if ik.switches else []
        )
        lines.append(f"{_quoted(role)} = {{ {', '.join(parts)} }}")
    return "\n".join(lines) + "\n"


def built_in():
    """{file name without ending: BoneMap} of all families."""
    return {path.stem: load(path) for path in sorted(FOLDER.glob("*.toml"))}


def _chain(role, value, called):
    chain = [value] if isinstance(value, str) else value
    if not isinstance(chain, list) or not all(isinstance(b, str) and b for b in chain):
        raise BoneMapError('{map}: "{role}" has to be a list of bone names.', map=called, role=role)
    return tuple(chain)


def _twice(chains):
    """The first bone that plays two roles, or None."""
    seen = set()
    for chain in chains.values():
        for bone in chain:
            if bone in seen:
                return bone
            seen.add(bone)
    return None


def _check_switches(switches, called):
    for bone, properties in switches.items():
        values = properties.values() if isinstance(properties, dict) else [None]
        if not all(isinstance(value, int | float) for value in values):
            raise BoneMapError(
                '{map}: the switches of "{bone}" have to be numbers.', map=called, bone=bone
            )


def _switch_lines(switches):
    """TOML "bone = { property = value }" of each bone."""
    return [
        f"{_quoted(bone)} = {{ {', '.join(f'{_quoted(k)} = {v}' for k, v in properties.items())} }}"
        for bone, properties in switches.items()
    ]


def _ik(role, value, called):
    """IkControl of one entry of [ik]."""
    if roles.split(role)[0] not in STEERED or not roles.split(role)[1]:
        raise BoneMapError(
            '{map}: IK controls are of hands, feet and toes, not of "{role}".',
            map=called,
            role=role,
        )
    said = value if isinstance(value, dict) else {}
    control, pole, base = (said.get(key, "") for key in ("control", "pole", "base"))
    if not control or not all(isinstance(name, str) for name in (control, pole, base)):
        raise BoneMapError(
            '{map}: the IK control of "{role}" has to be the name of a bone.', map=called, role=role
        )
    switches = said.get("switches", {})
    _check_switches(switches, called)
    return IkControl(control, pole, switches, base=base)


def _quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _listed(names):
    return "[" + ", ".join(_quoted(name) for name in names) + "]"
