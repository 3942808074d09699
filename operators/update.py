"""From another Motion of the same take to the result that is in the scene already: updated, not doubled.

    armature, mannequin   stay the same objects; their lengths become the new fit's where the user has not
                          changed them; the pelvis rests where it rested, so that every action fits
    action                a new one is played. The one of before stays, for comparison. Only one that nobody
                          has changed or uses gives its place to a new one of the same solver
    camera                stands where the new fit has it, unless it was moved by hand
    new people            are made; people who are not in the fit are kept, hidden

All is made beside what is there; the last step, one tick long, puts it in its place.
"""

from dataclasses import dataclass, replace

import bpy
import numpy as np

from ..retarget import rig
from ..retarget.action import assign
from ..retarget.rest_pose import rest_pose
from ..retarget.timing import scene_frames
from . import fingerprints, marks, people_list, results, solved_camera
from . import person as people
from .datablocks import Made, block_name
from .language import say
from .reshaping import Reshaping
from .scene import expected_steps, list_rows
from .steps import OWN_TICK, free_hands, share_done

TWEAKED = '{name} is tweaked in the NLA: assign "{action}" yourself.'


@dataclass(frozen=True)
class Updated:
    collection: str
    people: int
    notes: tuple  # sentences for the user


def update(result, motion):
    """Generator: yields as `share_done` does, returns Updated. Closing it, or an error, takes all back."""
    made, reshaping = Made(), Reshaping()
    steps = _steps(made, reshaping, result, motion)
    try:
        return (yield from share_done(steps, expected_steps(motion)))
    except BaseException:  # GeneratorExit as well: the update was given up
        reshaping.take_back()
        made.discard()
        raise


def _steps(made, reshaping, result, motion):
    collection = result.collection()
    frames = scene_frames(motion.time_s, collection[marks.RATE], collection[marks.START])
    known, camera = results.known_people(result), results.known_camera(result)
    fresh, actions, notes = [], {}, []
    seen = np.flatnonzero(motion.present.any(1)).tolist()
    for person in seen:
        identity = int(motion.identity[person])
        if identity not in known:
            fresh += yield from people.person_steps(made, motion, person, frames, result.called)
            continue
        yield OWN_TICK
        rig_rest = rig.read(known[identity].object)
        actions[identity] = yield from people.action_steps(
            made, motion, person, rig_rest, frames, result.called
        )
    camera_action = yield from _camera_steps(made, result, motion, camera, frames)
    yield from free_hands()
    for person in seen:
        if int(motion.identity[person]) in actions:
            notes += yield from _lengths(reshaping, motion, person, known)
    outdated = yield from _outdated(result, known, actions)
    yield OWN_TICK
    rows = list_rows(motion)
    yield OWN_TICK
    _link(result, fresh)
    people_list.fill(result.collection(), rows, result.edits)
    gaps = {int(motion.identity[p]) for p in seen if not motion.present[p].all()}
    for identity, action in actions.items():
        notes += _play(known[identity].object, action, result.called, identity in gaps)
    notes += _leave_out(result, {int(motion.identity[person]) for person in seen})
    notes += _move_camera(camera, camera_action, motion)
    _remove(outdated)
    return Updated(result.collection().name, len(seen), tuple(notes))


def _camera_steps(made, result, motion, camera, frames):
    """Generator: returns the name of the action of a camera that moves, or None."""
    if camera is None:
        return None
    steps = solved_camera.motion_steps(made, camera.object.name, result.called, motion, frames)
    return (yield from steps)


def _lengths(reshaping, motion, person, known):
    """Generator: gives a known person the lengths of the new fit; returns what could not be done."""
    one = known[int(motion.identity[person])]
    yield OWN_TICK
    armature = one.object.data
    if armature.is_editmode or not fingerprints.rest_is_ours(armature):
        return [
            say(
                "The bones of {name} were changed by hand: they keep their lengths.",
                name=one.object.name,
            )
        ]
    rest, now = rest_pose(motion, person), fingerprints.rest_of(armature)
    root = rest.names[int(np.flatnonzero(rest.parents < 0)[0])]
    shift = now.heads[now.index(root)] - rest.heads[rest.index(root)]
    rest = replace(rest, heads=rest.heads + shift, tails=rest.tails + shift)
    if fingerprints.same_places(now, rest):
        return []
    shape = yield from people.shape_steps(rest)
    yield OWN_TICK
    reshaping.lengths(one.object.data, rest)
    mesh = _mannequin(one.object)
    if mesh is None:
        return []
    mesh = mesh.data
    if mesh.is_editmode or not fingerprints.shape_is_ours(mesh):
        return [say("{name} was changed by hand: it keeps its shape.", name=mesh.name)]
    reshaping.corners(mesh, shape.vertices)
    return []


def _mannequin(armature):
    """The mannequin that an armature moves, or None."""
    meshes = (o for o in armature.children if o.type == "MESH" and marks.IDENTITY in o)
    return next(meshes, None)


def _outdated(result, known, actions):
    """Generator: returns {new action: earlier ones of the same solver that nobody has changed or uses}."""
    earlier = {action: [] for action in actions.values()}
    for identity, new in actions.items():
        for name in [action.name for action in bpy.data.actions]:
            action = bpy.data.actions.get(name)
            if action is None or name in earlier or not _is_same_kind(action, result, identity):
                continue
            if _used_by_others(action, known[identity].object):
                continue
            if (yield from fingerprints.unchanged_steps(name)):
                earlier[new].append(name)
    return earlier


def _is_same_kind(action, result, identity):
    """Whether an action comes from the same take, person and solver."""
    takes = (result.folder, result.collection()[marks.TAKE])  # it may have moved with the file
    person = action.get(marks.IDENTITY), action.get(marks.SOLVER)
    return action.get(marks.TAKE) in takes and person == (identity, result.solver)


def _used_by_others(action, armature):
    """Whether more than this armature and the fake user hold on to an action, or it is an asset."""
    plays = armature.animation_data is not None and armature.animation_data.action == action
    return action.asset_data is not None or action.users > action.use_fake_user + plays


def _link(result, fresh):
    """New people into the collection, which now shows another fit."""
    collection = result.collection()
    for owner in results.objects_of(result):
        owner[marks.TAKE] = result.folder
    for name in fresh:
        collection.objects.link(bpy.data.objects[name])
    collection[marks.TAKE], collection[marks.SOLVER] = result.folder, result.solver


def _play(armature, action_name, called, gaps):
    """An armature plays another action; the one of before stays. Returns what could not be done."""
    if gaps:
        people.show_only_in_shot(armature, _mannequin(armature))
    animation = armature.animation_data
    if animation is not None and animation.use_tweak_mode:
        return [say(TWEAKED, name=armature.name, action=action_name)]
    if animation is not None and animation.action is not None:
        animation.action.use_fake_user = True
    assign(armature, action_name)
    armature[marks.SOLVER] = called.solver
    return []


def _leave_out(result, identities):
    """People who are not in the fit go into a hidden collection, and those who are come back from there."""
    collection, called = result.collection(), result.called
    hidden = next((c for c in collection.children if marks.LEFT_OUT in c), None)
    objects = [o for o in results.objects_of(result) if marks.IDENTITY in o]
    back = [o for o in objects if o[marks.IDENTITY] in identities]
    gone = [o for o in objects if o[marks.IDENTITY] not in identities]
    if gone and hidden is None:
        hidden = bpy.data.collections.new(block_name(called.take, "Left Out"))
        hidden[marks.LEFT_OUT] = hidden.hide_viewport = hidden.hide_render = True
        collection.children.link(hidden)
    _move([o for o in gone if collection.objects.get(o.name)], collection, hidden)
    if hidden is None:
        return []
    _move([o for o in back if hidden.objects.get(o.name)], hidden, collection)
    if not hidden.objects:
        bpy.data.collections.remove(hidden)
        return []
    left = sorted({o[marks.IDENTITY] for o in gone})
    names = ", ".join(people_list.default_name(identity) for identity in left)
    told = "Not in this fit: {names}, kept in the hidden collection {collection}."
    return [say(told, names=names, collection=hidden.name)]


def _move(objects, source, target):
    for owner in objects:
        source.objects.unlink(owner)
        target.objects.link(owner)


def _move_camera(camera, action_name, motion):
    """The camera goes where the new fit has it; returns what could not be done."""
    if camera is None:
        return []
    owner = camera.object
    solved_camera.turn_clip(owner.data, motion)
    if action_name:
        assign(owner, action_name)
        return []
    if owner.animation_data is not None and owner.animation_data.action is not None:
        return [say("{name} has keys of its own and stays where it is.", name=owner.name)]
    if not fingerprints.pose_is_ours(owner):
        return [say("{name} was moved by hand and stays where it is.", name=owner.name)]
    solved_camera.place(owner, motion)
    return []


def _remove(outdated):
    """Removes earlier actions; the new one gets the first one's name."""
    for new, earlier in outdated.items():
        for name in earlier:
            bpy.data.actions.remove(bpy.data.actions[name])
        action = bpy.data.actions[new]
        action.name = min(earlier, default=new)
        action[marks.NAME] = action.name
