"""What live mode drives: the user's rigs, read once, and the armatures that it makes for the people itself."""

from dataclasses import dataclass

import bpy

from ..retarget import retargeting, rig, root_motion, t_pose
from ..retarget.rest_pose import rest_pose
from . import marks, target_steps
from .background import WorkError
from .datablocks import DatablockLost, Made, block_name, by_uid, named_object
from .language import say, told
from .live_pose import WITH_FINGERS
from .live_puppet import OwnPuppet, RigPuppet
from .person import armature_steps, mannequin_steps, shape_steps
from .reshaping import Reshaping
from .retarget_steps import map_of
from .role_words import some_spoken
from .steps import OWN_TICK, aside

TAKE = "Live"  # what the people are named after
LIVE = "monorig_live"  # custom property of what live mode made


@dataclass(frozen=True)
class LiveRig:
    """A rig to drive, as the user chose it."""

    named: tuple  # name and session id of the armature object
    person: int  # identity, 0 = who is nearest
    at_home: bool
    map_text: str = ""  # of the bone map; "" = find it
    ik: tuple = ()  # "hand", "foot": limbs whose IK controls are driven too


def rig_steps(chosen):
    """Generator: reads a LiveRig; returns its RigPuppet. Raises WorkError, DatablockLost."""
    yield OWN_TICK
    owner = named_object(chosen.named)
    rest = rig.read(owner)
    yield OWN_TICK
    found = yield from aside(lambda: map_of(rest, chosen.map_text))
    if found.missing:
        raise WorkError(
            say(
                "{name} has no bone for {roles}.",
                name=rest.object_name,
                roles=some_spoken(found.missing),
            )
        )
    try:
        shape = yield from aside(lambda: t_pose.t_pose(rest, found))
    except t_pose.NoBodyError as error:
        raise WorkError(told(error)) from error
    target, _notes = yield from target_steps.steps(
        chosen.named, rest, found, shape, root_motion.HIPS, chosen.ik
    )
    options = retargeting.Options(root_motion.HIPS, chosen.at_home, planted=0.0)
    return (yield from aside(lambda: RigPuppet(chosen.named, target, chosen.person, options)))


def refusal(owner):
    """Why an armature cannot be driven live, as a sentence without its full stop; "" where it can."""
    if owner is None or owner.type != "ARMATURE":
        return "Choose an armature"
    if owner.library is not None:
        return say("{name} is linked: make a library override of it first", name=owner.name)
    if not owner.data.bones:
        return say("{name} has no bones", name=owner.name)
    if owner.matrix_world.determinant() <= 0:
        return say("{name} is mirrored, or has a scale of 0: remove that first", name=owner.name)
    return ""


def own_steps(made, identity, body, scene):
    """Generator: the armature of one person, made, or found from an earlier session and given this body.

    Returns its OwnPuppet. scene: name and session id
    """
    yield OWN_TICK
    rest = rest_pose(body, 0)
    known = _known(identity, scene, rest.names)
    if known is None:
        name = yield from armature_steps(made, rest, TAKE, identity)
        yield OWN_TICK
        mesh = yield from mannequin_steps(made, rest, name, TAKE, identity)
        yield OWN_TICK
        known = _link(made, name, mesh, identity, scene)
    else:
        yield from _reshape_steps(known, rest)
    yield OWN_TICK
    owner = named_object(known)
    return OwnPuppet(known, rig.read(owner), identity)


def _known(identity, scene, joints):
    """Name and session id of the armature that live mode made for an identity in this scene, or None.

    joints   names of those that it has to have: one without fingers is none for who has fingers, and the reverse
    """
    for owner in scene_of(scene).objects:
        live = owner.type == "ARMATURE" and LIVE in owner
        if live and owner.get(marks.IDENTITY) == identity and _joints(owner) == set(joints):
            return owner.name, owner.session_uid
    return None


def _joints(owner):
    return {name for name in WITH_FINGERS if name in owner.data.bones}


def _link(made, name, mesh, identity, scene):
    """Both objects into the collection of live people; returns name and session id of the armature."""
    within = scene_of(scene).collection
    inside = [c for c in within.children if LIVE in c]
    if not inside:
        inside = [bpy.data.collections.new(block_name(TAKE))]
        inside[0][LIVE] = True
        within.children.link(inside[0])
    for owner in (made.find("objects", name), made.find("objects", mesh)):
        owner[LIVE], owner[marks.IDENTITY] = True, identity
        inside[0].objects.link(owner)
    return name, made.find("objects", name).session_uid


def _reshape_steps(known, rest):
    shape = yield from shape_steps(rest)
    yield OWN_TICK
    owner, reshaping = named_object(known), Reshaping()
    reshaping.lengths(owner.data, rest)
    yield OWN_TICK
    for child in named_object(known).children:
        if child.type == "MESH" and LIVE in child:
            reshaping.corners(child.data, shape.vertices)


def scene_of(named):
    """The scene with this name and session id; raises DatablockLost."""
    name, uid = named
    return by_uid("scenes", uid, name)


class OwnPeople:
    """Armatures of the people, each under its identity."""

    def __init__(self, scene):
        self._scene, self.puppets = scene, {}

    def steps(self, identity, body):
        """Generator: makes or changes one; what was made is taken back where that does not succeed."""
        made = Made()
        try:
            self.puppets[identity] = yield from own_steps(made, identity, body, self._scene)
        except BaseException:  # GeneratorExit as well
            made.discard()
            raise

    def lost(self):
        """Identities whose armature is gone."""
        gone = []
        for identity, puppet in self.puppets.items():
            try:
                puppet.owner()
            except DatablockLost:
                gone.append(identity)
        return gone
