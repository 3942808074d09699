"""Observations of a whole clip -> Motion: identities, bodies, fit, and one world for everybody."""

from dataclasses import dataclass, replace

import numpy as np

from . import contacts, edits, people, retouch, steady
from .autocalibration import AHEAD, bodies_on_ground, level_world, stand_on_ground
from .clues import Clues
from .evidence import gather
from .face_channels import with_face
from .fit_live import PRESETS, LiveFit
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


def fit(observations, clip, camera, settings=FitSettings(), on_progress=lambda share: None):
    """All observations of a take -> Motion; on_progress is called with the share that is done, 0..1.

    Raises EditsError, FitSettingsError.
    """
    settings.check()
    identities = people.identities(observations, clip.fps)
    identities = edits.apply(settings.edits, identities, [o.index for o in observations])
    identities = longest(identities, settings.max_people)
    repaired = settings.solver == "take"
    seen = gather(observations, identities, camera, clip.image_size, repaired)
    said = retouch.said(settings.edits, seen.identity, [o.index for o in observations])
    seen = retouch.with_sides(seen, said)
    first_second = max(1, round(clip.fps)) if settings.solver == "live" else None
    time_s = np.array([o.time_s for o in observations], float)
    typed = np.array([settings.edits.height.get(int(i), np.nan) for i in seen.identity])
    view = steady.view(observations, seen, time_s, clip, camera, first_second)
    evidence, camera = view.evidence, view.camera
    early = view.facing.until(first_second), time_s[:first_second]
    body = bodies_on_ground(*early, camera, view.up, typed)
    solve = SOLVES[settings.solver]
    q, contact, body = solve(evidence, time_s, body, camera, settings, said, on_progress)
    if settings.solver == "take":
        q, body = stand_on_ground(q, time_s, body, evidence, camera, typed)
    if settings.level:
        first = view.path.R[0] @ AHEAD, view.path.start
        q, camera = level_world(q, contact, body, evidence, camera, view.up, *first)
    motion = assemble(observations, clip, seen, body, q, contact, camera, view.path)
    for added in (with_hands, with_face):
        motion = added(motion, observations, identities, settings)
    return motion


def longest(identities, max_people):
    """Identities {id: places} -> those of the people seen longest, who keep their numbers; 0 = all."""
    if not max_people:
        return identities
    kept = sorted(identities, key=lambda identity: -len(identities[identity]))[:max_people]
    return {identity: places for identity, places in identities.items() if identity in kept}


def solve_raw(evidence, time_s, body, camera, settings, said, on_progress):
    """Each frame by itself -> q (P,T,D), contact (P,T,4): none, nobody stands in a single frame."""
    q = np.full((*evidence.present.shape, SKELETON.num_dofs), np.nan)
    for person in range(len(q)):
        q[person] = raw_poses(evidence, person, body_of(body, person), camera)
        on_progress((person + 1) / len(q))
    return q, no_contact(q), body


def solve_live(evidence, time_s, body, camera, settings, said, on_progress):
    """Frame after frame -> q (P,T,D), contact (P,T,4): none, the live fit plants no feet."""
    usual = PRESETS[settings.weights]
    calmer = tuple(value / settings.smoothing for value in usual.filter_pose)
    live = LiveFit(body, camera, replace(usual, filter_pose=calmer))
    q = np.full((*evidence.present.shape, SKELETON.num_dofs), np.nan)
    for t, now in enumerate(time_s):
        q[:, t] = live.step(evidence.at(t), now)
        on_progress((t + 1) / len(time_s))
    return q, no_contact(q), body


def no_contact(q):
    """(P,T,4) bool: no foot is planted."""
    return np.zeros((*q.shape[:2], len(contacts.FEET)), bool)


def solve_take(evidence, time_s, body, camera, settings, said, on_progress):
    """Each person's frames all at once -> q (P,T,D), contact (P,T,4)."""
    q = np.full((*evidence.present.shape, SKELETON.num_dofs), np.nan)
    contact = no_contact(q)
    usual = TakeSettings()
    chosen = replace(
        usual,
        liveliness=usual.liveliness / settings.smoothing,
        acceleration_range=tuple(a / settings.smoothing for a in usual.acceleration_range),
        contact=usual.contact / settings.planted if settings.planted else np.inf,
    )
    total, done = max(evidence.present.sum(), 1), 0

    def on_frames(frames):
        nonlocal done
        done += frames
        on_progress(min(done / total, 1.0))

    bodies = []
    for person in range(len(q)):
        one = body_of(body, person)
        q[person], contact[person], fitted = fit_person(
            evidence, person, time_s, one, camera, chosen, on_frames, said.of(person)
        )
        bodies.append(fitted)
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


def assemble(observations, clip, evidence, body, q, contact, camera, path):
    """Solved q (P,T,D) and everything around it -> Motion."""
    q = q.copy()
    q[..., 3:NUM_ROOT] = continuous(q[..., 3:NUM_ROOT])
    markers, T_world_joint = posed(q, body)
    T_world_camera = steady.poses(camera, path)
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
        zoom=path.zoom.copy(),
        camera_motion=path.description,
        image_size=np.array(clip.image_size, int),
    )
