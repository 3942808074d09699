"""The steps of a retargeting: source read, target read, worked out on a thread, written, played."""

from dataclasses import dataclass

import numpy as np

from ..retarget import (
    bone_map,
    detect,
    fingers,
    ik_limbs,
    keys,
    person_motion,
    posing,
    reduce,
    retargeting,
    rig,
    rig_curves,
    root_motion,
    t_pose,
    timing,
)
from ..retarget.action import write
from ..retarget.channels import CONSTANT, LINEAR, OBJECT_GROUP
from . import faces, retarget_confidence, retarget_goals, retarget_play, target_steps
from .background import WorkError
from .datablocks import named_object
from .language import say, told
from .role_words import some_spoken
from .steps import OWN_TICK, aside, free_hands

EXPECTED = 25 * 4 * 4 + 150  # steps of a usual rig


@dataclass(frozen=True)
class _Read:
    """A rig as it was read. `T_pose` is None where the rest pose is the one to go by."""

    rest: rig.RigRest
    bone_map: bone_map.BoneMap
    T_pose: np.ndarray | None

    def t_pose(self):
        try:
            return t_pose.t_pose(self.rest, self.bone_map, self.T_pose)
        except t_pose.NoBodyError as error:
            raise WorkError(told(error)) from error


def read_steps(request):
    """Generator: reads both armatures; returns PersonMotion, frames of the source's keys, Target, notes."""
    source = yield from _rig_steps(request.source, request.source_in_t_pose, _moved_itself)
    person, keyed = yield from _person_steps(request, source)
    target = yield from _rig_steps(
        request.target, request.target_in_t_pose, lambda rest: map_of(rest, request.map_text)
    )
    shape = yield from aside(target.t_pose)
    travel = root_motion.travel(request.root, request.per_axis)
    described, notes = yield from target_steps.steps(
        request.target,
        target.rest,
        target.bone_map,
        shape,
        travel,
        request.ik,
        retarget_goals.chosen,
    )
    return person, keyed, described, notes


def steps(made, request):
    """Generator: makes the action and lets the target play it; returns (sentence, notes)."""
    person, keyed, described, notes = yield from read_steps(request)
    travel = root_motion.travel(request.root, request.per_axis)
    options = retargeting.Options(travel, request.at_home, request.planted, request.touching)
    seconds = person.frames / request.scene_fps
    result = yield from aside(lambda: retargeting.retarget(person, described, options, seconds))
    found = yield from _channels_steps(described, person, result, request)
    reached = yield from aside(
        lambda: keys.goal_channels(result, described, person, request.reduce)
    )
    take = retarget_confidence.take_of(named_object(request.source))
    confidence = yield from aside(lambda: retarget_confidence.of_keys(take, keyed, person.frames))
    found += retarget_confidence.channels(confidence, person)
    shown = yield from faces.read_steps(request.source)
    name = retarget_play.empty_action(
        made, named_object(request.source), named_object(request.target)
    )
    yield from write(name, found + shown)
    written = yield from retarget_goals.write_steps(made, request, reached)
    yield from faces.shape_key_steps(made, request.target, request.source[0], shown)
    yield OWN_TICK
    yield from free_hands()
    made.find("actions", name)
    faces.give_properties(named_object(request.target), shown)
    retarget_confidence.mark(named_object(request.target), name, confidence, person)
    sentence, more = retarget_play.play(named_object(request.target), name, request.existing)
    more += retarget_goals.play(written, request.existing)
    return sentence, tuple(notes + more)


def _rig_steps(named, in_t_pose, read_map):
    """Generator: reads an armature and its bone map, read_map(RigRest) on a thread; returns _Read."""
    yield OWN_TICK
    owner = named_object(named)
    rest = rig.read(owner)
    T_pose = rig.posed(owner, rest.bone_names) if in_t_pose else None
    yield OWN_TICK
    found = yield from aside(lambda: read_map(rest))
    if found.missing:
        raise WorkError(
            say(
                "{name} has no bone for {roles}.",
                name=rest.object_name,
                roles=some_spoken(found.missing),
            )
        )
    return _Read(rest, found, T_pose)


def _moved_itself(rest):
    """On a thread: the map of a source, whose bones tell the motion themselves."""
    return detect.detect(rest).bone_map


def map_of(rest, map_text):
    """On a thread: the edited map as far as the rig has its bones, or what is found."""
    if not map_text:
        return ik_limbs.on_controls(rest, detect.detect(rest).bone_map)
    try:
        return bone_map.parse(map_text, say("The bone map")).within(rest.bone_names)
    except bone_map.BoneMapError as error:
        raise WorkError(told(error)) from error


def _person_steps(request, source):
    """Generator: reads the keys of the source; returns PersonMotion, frames of the source's keys (N,)."""
    named = request.source
    owner = named_object(named)
    mapped = [bone for chain in source.bone_map.bones.values() for bone in chain]
    if not rig.can_move(owner, mapped):
        trouble = "{name} is moved by constraints or drivers: bake its action first."
        raise WorkError(say(trouble, name=owner.name))
    wanted = set(mapped)
    for bone in mapped:
        wanted.update(above.name for above in owner.data.bones[bone].parent_recursive)
    told = {
        bone for chain in fingers.chains(source.rest, source.bone_map).values() for bone in chain
    }
    curves = rig_curves.bone_curves(owner, wanted | told)
    if not curves:
        raise WorkError(
            say("The action of {name} moves none of its mapped bones.", name=owner.name)
        )
    yield
    keyed, kinds = yield from rig_curves.key_steps(named, curves, named_object)
    frames = keyed
    if request.whole_frames:
        frames, held = timing.whole_frames(keyed, kinds == CONSTANT)
        kinds = np.where(held, CONSTANT, LINEAR).astype(np.uint8)
    yield
    basis = yield from rig_curves.basis_steps(named, curves, named_object, frames)
    shape = source.t_pose()

    def moved():
        moved_too = {*mapped, *(told & basis.keys())}
        pose = posing.pose(source.rest, basis, moved_too)
        T_world = {bone: source.rest.T_world_armature @ pose[bone] for bone in moved_too}
        return person_motion.person_motion(
            source.rest, source.bone_map, shape, T_world, frames, kinds
        )

    return (yield from aside(moved)), keyed


def _channels_steps(described, person, result, request):
    """Generator: returns the channels of everything that is keyed."""
    yield OWN_TICK
    found = keys.switch_channels(described.bone_map, person)
    if result.object_shift is not None:
        found += _object_channels(request, person, result.object_shift)
    found += yield from aside(lambda: keys.bone_channels(result, described, person, request.reduce))
    more = request.relaxed_fingers, request.reduce
    return found + (yield from aside(lambda: fingers.channels(described, person, *more)))


def _object_channels(request, person, shift):
    """Location of the armature object that moves by `shift` (N,3) in the world."""
    owner = named_object(request.target)
    carrying = np.array(owner.matrix_world @ owner.matrix_basis.inverted(), float)[:3, :3]
    moved = np.array(owner.location, float) + shift @ np.linalg.inv(carrying).T
    error = reduce.location_error(1.0)
    bound = request.reduce[1] if request.reduce else None
    return keys.curves("location", moved, person, OBJECT_GROUP, error, bound)
