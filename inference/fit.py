"""Observations of a whole clip -> Motion: identities, bodies, fit, and one world for everybody."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from . import contacts, edits, fit_live, people, retouch, shot_rows, shots, unmirrored
from .autocalibration import stand_on_ground
from .camera import Camera
from .clues import Clues
from .evidence import Evidence, gather, joined
from .face_channels import with_face
from .fit_raw import raw_poses
from .fit_settings import FitSettings
from .fit_take import TakeSettings, continuous, fit_person
from .hand_motion import with_hands
from .keypoints import KEYPOINTS
from .kinematics import forward, joint_transforms
from .motion import Motion
from .skeleton import NUM_ROOT, SKELETON, Body

AT_ONCE = 1000  # frames posed at once: what lies in between takes 10 kB a frame


@dataclass(frozen=True)
class Clip:
    """What the fit needs to know of the clip."""

    image_size: tuple  # width, height [px]
    fps: float
    clues: Clues = Clues()  # of its camera
    crops: bool = False  # 3D is as crops show it, see `crop_view`


@dataclass(frozen=True)
class Task:
    """What the solvers work on: P people in T frames."""

    evidence: Evidence
    time_s: np.ndarray  # (T,)
    cuts: list  # frames with which another shot begins
    camera: Camera
    settings: FitSettings
    said: retouch.Said
    on_progress: Callable  # is told the share that is done


def fit(observations, clip, camera, settings=FitSettings(), on_progress=lambda share: None):
    """All observations of a take -> Motion; on_progress is called with the share that is done, 0..1.

    Raises EditsError, FitSettingsError.
    """
    settings.check()
    if settings.mirrored:
        observations, clip = unmirrored.unmirrored(observations, clip)
    identities = people.identities(observations, clip.fps)
    identities = edits.apply(settings.edits, identities, [o.index for o in observations])
    identities = longest(identities, settings.max_people)
    time_s = np.array([o.time_s for o in observations], float)
    said = retouch.said(settings.edits, list(identities), [o.index for o in observations])
    seen = _seen(observations, identities, camera, clip, settings.solver == "take")
    seen = retouch.with_sides(seen, said)
    typed = np.array([settings.edits.height.get(int(i), np.nan) for i in seen.identity])
    first_second = max(1, round(clip.fps)) if settings.solver == "live" else None
    filmed = shots.filmed(observations, seen, time_s, clip, camera, first_second)
    evidence, camera = shots.evidence_of(filmed), filmed[0].view.camera
    body = shots.bodies(filmed, time_s, typed, first_second)
    cuts = [shot.frames.start for shot in filmed[1:]]
    task = Task(evidence, time_s, cuts, camera, settings, said, on_progress)
    q, contact, body = SOLVES[settings.solver](task, body)
    if settings.solver == "take":
        q, body = stand_on_ground(q, time_s, body, evidence, camera, typed)
    q, T_world_camera = shots.levelled(filmed, q, contact, body, evidence, settings.level)
    motion = assemble(observations, clip, seen, body, q, contact, filmed, T_world_camera)
    for added in (with_hands, with_face):
        motion = added(motion, observations, identities, settings)
    return replace(motion, mirrored=settings.mirrored)


def _seen(observations, identities, camera, clip, repaired):
    """Evidence as the pictures show it; what the future tells goes over no cut."""
    parts = []
    for frames in shot_rows.ranges(observations):
        who = shots.within(identities, frames)
        parts.append(gather(observations[frames], who, camera, clip.image_size, repaired))
    return joined(parts)


def longest(identities, max_people):
    """Identities {id: places} -> those of the people seen longest, who keep their numbers; 0 = all."""
    if not max_people:
        return identities
    kept = sorted(identities, key=lambda identity: -len(identities[identity]))[:max_people]
    return {identity: places for identity, places in identities.items() if identity in kept}


def solve_raw(task, body):
    """Each frame by itself -> q (P,T,D), contact (P,T,4): none, nobody stands in a single frame."""
    q = np.full((*task.evidence.present.shape, SKELETON.num_dofs), np.nan)
    for person in range(len(q)):
        q[person] = raw_poses(task.evidence, person, body_of(body, person), task.camera)
        task.on_progress((person + 1) / len(q))
    return q, no_contact(q), body


def solve_live(task, body):
    """Frame after frame -> q (P,T,D), contact (P,T,4): none, the live fit plants no feet."""
    chosen = fit_live.chosen(task.settings)
    q = np.full((*task.evidence.present.shape, SKELETON.num_dofs), np.nan)
    for t, now in enumerate(task.time_s):
        if t == 0 or t in task.cuts:
            live = fit_live.LiveFit(body, task.camera, chosen)
        q[:, t] = live.step(task.evidence.at(t), now)
        task.on_progress((t + 1) / len(task.time_s))
    return q, no_contact(q), body


def no_contact(q):
    """(P,T,4) bool: no foot is planted."""
    return np.zeros((*q.shape[:2], len(contacts.FEET)), bool)


def solve_take(task, body):
    """Each person's frames all at once -> q (P,T,D), contact (P,T,4)."""
    evidence, settings = task.evidence, task.settings
    q = np.full((*evidence.present.shape, SKELETON.num_dofs), np.nan)
    contact = no_contact(q)
    usual = TakeSettings()
    chosen = replace(
        usual,
        liveliness=usual.liveliness / settings.smoothing,
        acceleration_range=tuple(a / settings.smoothing for a in usual.acceleration_range),
        contact=usual.contact / settings.planted if settings.planted else np.inf,
        limit=usual.limit if settings.limits else np.inf,
    )
    total, done = max(evidence.present.sum(), 1), 0

    def on_frames(frames):
        nonlocal done
        done += frames
        task.on_progress(min(done / total, 1.0))

    bodies = []
    for person in range(len(q)):
        place = evidence, person, task.time_s, body_of(body, person), task.camera, chosen
        fitted = fit_person(*place, on_frames, task.said.of(person), task.cuts)
        q[person], contact[person] = fitted[:2]
        bodies.append(fitted[2])
    names = Body.__dataclass_fields__
    fitted = Body(*(np.array([getattr(one, name) for one in bodies]) for name in names))
    return q, contact, fitted if bodies else body


SOLVES = {"raw": solve_raw, "live": solve_live, "take": solve_take}


def posed(q, body):
    """q (P,T,D), NaN where absent, body of P people -> markers (P,T,K,3), T_world_joint (P,T,J,4,4)."""
    P, T = q.shape[:2]
    markers = np.full((P, T, len(KEYPOINTS), 3), np.nan)
    joints = np.full((P, T, len(SKELETON.joint_names), 4, 4), np.nan)
    for person in range(P):
        one, frames = body_of(body, person), np.flatnonzero(np.isfinite(q[person, :, 0]))
        for part in np.array_split(frames, len(frames) // AT_ONCE + 1):
            pose = forward(q[person, part], one)
            markers[person, part], joints[person, part] = pose.markers, joint_transforms(pose)
    return markers, joints


def body_of(body, person):
    """Body of one of P people."""
    return Body(*(np.asarray(getattr(body, name)[person]) for name in Body.__dataclass_fields__))


def assemble(observations, clip, evidence, body, q, contact, filmed, T_world_camera):
    """Solved q (P,T,D) and everything around it -> Motion."""
    q = q.copy()
    q[..., 3:NUM_ROOT] = continuous(q[..., 3:NUM_ROOT])
    markers, T_world_joint = posed(q, body)
    camera = filmed[0].view.camera
    return Motion(
        identity=evidence.identity,
        frame=np.array([o.index for o in observations], int),
        time_s=np.array([o.time_s for o in observations], float),
        fps=clip.fps,
        keypoint_names=np.array(KEYPOINTS),
        px=evidence.px,
        confidence=evidence.confidence,
        X_raw=evidence.X,
        X_cam=(markers - T_world_camera[:, None, :3, 3]) @ T_world_camera[:, :3, :3],
        box=evidence.box,
        q=q,
        dof_names=np.array(SKELETON.dof_names),
        joint_names=np.array(SKELETON.joint_names),
        parents=SKELETON.parents,
        rest_offset=body.rest_offsets(),
        T_world_joint=T_world_joint,
        contact=contact,
        height_m=np.asarray(body.height, float),
        K=camera.K,
        dist=camera.dist,
        camera_source=camera.source,
        T_world_camera=T_world_camera,
        zoom=shots.zoom_of(filmed),
        camera_motion=shots.description(filmed),
        image_size=np.array(clip.image_size, int),
    )
