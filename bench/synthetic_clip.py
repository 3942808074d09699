"""One synthetic clip: people built, moved, filmed and rendered; run in a process of its own.

Blender's memory grows with every clip and a crash of the renderer ends the process, so each clip has one.
"""

import hashlib
import sys
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..inference.keypoints import KEYPOINTS
from ..inference.skeleton import SKELETON
from . import metrics, synthetic_cameras, synthetic_script
from . import synthetic_backdrop as backdrop
from . import synthetic_body as bodies
from . import synthetic_clothes as clothes
from . import synthetic_truth as truths
from .synthetic_cast import PEOPLE
from .synthetic_scenes import IMAGE_SIZE
from .synthetic_script import FPS

VERSION = 1  # of this code: clips of another are made anew
CRF = "18"


@dataclass(frozen=True)
class Performer:
    """Somebody in a scene, over T frames; world axes."""

    person: str
    body: bodies.Body
    figure: clothes.Figure
    D: np.ndarray  # (T,B,3,3)
    heads: np.ndarray  # (T,B,3)

    def vertices(self, t):
        """Of the figure, (V,3)."""
        figure = self.figure
        return bodies.skin(figure.vertices, figure.weights, self.body, self.D[t], self.heads[t])


def digest(scene, data):
    """Of all that a clip is made from, but for the code (see VERSION)."""
    people = [PEOPLE[person] for person in scene.people]
    motions = [synthetic_script.MOTIONS[s.motion] for a in scene.actors for s in a.steps]
    dressed = (Path(data) / clothes.FOLDER).exists()
    text = repr((VERSION, IMAGE_SIZE, FPS, scene, people, motions, dressed))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def seed_of(scene):
    """The same numbers for the same name, in every process."""
    return int.from_bytes(hashlib.sha256(scene.name.encode()).digest()[:4], "big")


def performers(scene, data):
    """The people of a scene, moving."""
    found = []
    for actor in scene.actors:
        build, look = PEOPLE[actor.person]
        body = bodies.make(build)
        figure = clothes.dress(body, look, data)
        move = synthetic_script.perform(actor, body, figure, scene.seconds, data)
        heads = bodies.pose(body, move.D, move.root)
        found.append(Performer(actor.person, body, figure, move.D, heads))
    return found


def make(scene, folder, data):
    """Writes <name>.mp4 and <name>.npz, the truth last."""
    from .synthetic_stage import Stage  # needs bpy

    started, people = time.monotonic(), performers(scene, data)
    rng = np.random.default_rng(seed_of(scene))
    joints = np.stack([person.heads for person in people])
    K, T_world_camera = synthetic_cameras.film(scene.shot, joints, IMAGE_SIZE, rng)
    with tempfile.TemporaryDirectory(prefix="synthetic-") as scratch:
        stage = Stage(scene, people, IMAGE_SIZE, Path(scratch))
        part = folder / f"{scene.name}.mp4.part"
        hidden = film(stage, scene, people, K, T_world_camera, part, rng)
        mask = stage.identities(people, K, T_world_camera)
    truth = truth_of(scene, people, K, T_world_camera, hidden, mask, data)
    part.replace(folder / f"{scene.name}.mp4")
    truth.save(folder / f"{scene.name}.npz")
    return (time.monotonic() - started) / len(mask)


def film(stage, scene, people, K, T_world_camera, path, rng):
    """Renders, composes and encodes all frames; -> codes (P,T,K) of what hides the keypoints."""
    import av

    world, floor = backdrop.panorama(stage.panorama()), backdrop.floor_texture(scene.floor, rng)
    X = [bodies.keypoints(p.body, p.D, p.heads) for p in people]
    codes, background, seen_from = [], None, None
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(FPS), options={"crf": CRF})
        stream.width, stream.height, stream.pix_fmt = *IMAGE_SIZE, "yuv420p"
        for t, T in enumerate(T_world_camera):
            meshes = stage.pose([person.vertices(t) for person in people])
            if seen_from is None or (seen_from != T).any():
                background = backdrop.behind(K, T, IMAGE_SIZE, world, floor)
                seen_from = T
            light = backdrop.shadow(K, T, IMAGE_SIZE, scene.sun, meshes)
            picture = backdrop.compose(background, light, stage.render(K, T), rng)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
            codes.append(stage.hidden(T[:3, 3], [points[t] for points in X]))
        container.mux(stream.encode())
    return np.stack(codes, 1)


def truth_of(scene, people, K, T_world_camera, hidden, mask, data):
    """-> Truth."""
    X = np.stack(
        [truths.to_camera(bodies.keypoints(p.body, p.D, p.heads), T_world_camera) for p in people]
    )
    joints = np.stack(
        [truths.to_camera(truths.joints(p.heads, p.body.rig), T_world_camera) for p in people]
    )
    px = truths.project(X, K)
    hidden = np.where(truths.outside(px, IMAGE_SIZE), truths.OUTSIDE, hidden).astype(np.uint8)
    poses = [truths.joint_poses(p.body, p.D, p.heads, T_world_camera) for p in people]
    return truths.Truth(
        name=scene.name,
        set=scene.set,
        engine=scene.engine,
        digest=digest(scene, data),
        dressed=(Path(data) / clothes.FOLDER).exists(),
        fps=FPS,
        image_size=np.array(IMAGE_SIZE),
        K=K,
        T_world_camera=T_world_camera,
        identity=np.arange(1, len(people) + 1),
        person=np.array(scene.people),
        stature=np.array([p.body.stature for p in people]),
        keypoint_names=np.array(KEYPOINTS),
        X=X.astype(np.float32),
        px=px.astype(np.float32),
        hidden=hidden,
        visible=hidden == 0,
        joint_names=np.array(metrics.JOINTS),
        joints=joints.astype(np.float32),
        joints_px=truths.project(joints, K).astype(np.float32),
        skeleton_names=np.array(SKELETON.joint_names),
        T_camera_joint=np.stack(poses).astype(np.float32),
        box=np.stack([boxes(p, K, T_world_camera) for p in people]).astype(np.float32),
        mask=mask,
    )


def boxes(person, K, T_world_camera):
    """(T,4) around the whole body in the picture, NaN where nothing is in front of the camera."""
    rows = []
    for t, T in enumerate(T_world_camera):
        px = truths.project((person.vertices(t) - T[:3, 3]) @ T[:3, :3], K)
        px = px[np.isfinite(px[:, 0])]
        rows.append([*px.min(0), *px.max(0)] if len(px) else [np.nan] * 4)
    return np.array(rows)


def main(name, folder, data):
    """Entry of the child process."""
    from .synthetic_scenes import SCENES

    seconds = make(SCENES[name], Path(folder), data)
    print(f"{seconds:.2f} s a frame", file=sys.stderr)
