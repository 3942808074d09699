"""A known motion of people who pass in front of each other, and what networks of three layouts give for it."""

from types import SimpleNamespace

import numpy as np
from monorig.bench import rendered_maps
from monorig.inference import camera, kinematic_tree, lifter, location_maps, orpm, xnect
from monorig.inference.blazepose import Locations
from monorig.inference.crops import crop_transforms, to_crop
from monorig.inference.fit import Clip, fit
from monorig.inference.keypoints import INDEX, indices
from monorig.inference.kinematics import forward
from monorig.inference.skeleton import SKELETON, Body, universal_body
from monorig.inference.take import Observation
from monorig.training.joints import LIMBS, ORPM_JOINTS, ORPM_PARENTS
from synthetic_motion import IMAGE_SIZE, K, synthetic_motion

SIZE, STRIDE = (1024, 576), 8
SCALE = SIZE[0] / IMAGE_SIZE[0]  # of the letterbox
CROP = (368, 368)
JOINTS_14 = indices(name for name in ORPM_JOINTS if name and name != "pelvis")


def passing(frames=24, people=2):
    """Truth X (P,T,K,3) [m] in camera axes and px (P,T,K,2): people who walk past each other."""
    motion = synthetic_motion(people=people, frames=frames, gaps=False)
    q, share = motion.q.copy(), np.linspace(-1, 1, frames)
    still = [name.startswith(("neck", "head")) for name in SKELETON.dof_names]
    q[..., still] = 0.0  # these layouts have no face: nothing tells how a head is turned
    for person in range(people):
        q[person, :, 0] = 0.2 * person + share * (0.45 if person % 2 else -0.45)
        q[person, :, 1] = 3.4 + 1.0 * person
    body = universal_body(motion.height_m)
    pose = forward(q, Body(body.height[:, None], body.offsets[:, None], body.places[:, None]))
    X = camera.make(IMAGE_SIZE, K=K, T_world_camera=motion.T_world_camera[0]).to_camera(
        pose.markers
    )
    return X, camera.project(X, K)


def spec_of(decoder, joints=ORPM_JOINTS, size=SIZE, **decoding):
    """What decoders read of a data file."""
    usual = {"limbs": LIMBS, "parents": ORPM_PARENTS, "metres_per_unit": 1.0}
    return SimpleNamespace(
        decoder=decoder, keypoints=joints, size=size, decoding={**usual, **decoding}
    )


def crowd_at(px, X):
    """Frame of the truth, px (P,K,2) and X (P,K,3) -> Crowd in the letterbox."""
    return rendered_maps.crowd((px + 0.5) * SCALE - 0.5, X)


def maps_2d(people):
    return {
        "heatmaps": rendered_maps.peaks(people, SIZE, STRIDE)[None],
        "fields": rendered_maps.fields(people, SIZE, STRIDE)[None],
    }


def by_orpm(px, X):
    """Everybody of one frame -> Locations."""
    people, spec = crowd_at(px, X), spec_of("orpm")
    where = [[1, 14] for _ in ORPM_JOINTS]
    for places, members in orpm.limbs_of(spec):
        for joint in members:
            where[joint] = [1, 14, *places]
    bones = rendered_maps.bones(people.X)
    maps = rendered_maps.values_at(people, SIZE, STRIDE // 2, bones, where)
    return orpm.decode({**maps_2d(people), "maps": maps[None]}, spec, SCALE)


def by_xnect(px, X):
    """Everybody of one frame, with a Stage II that adds up the bones that Stage I read."""
    people, spec = crowd_at(px, X), spec_of("xnect")
    meets = kinematic_tree.bones_at(ORPM_PARENTS)
    where = [np.flatnonzero(meets[:, bone]) for bone in range(len(ORPM_JOINTS))]
    bones = rendered_maps.bones(people.X)
    maps = rendered_maps.values_at(people, SIZE, STRIDE, bones, where)
    found = xnect.decode({**maps_2d(people), "encoding": maps[None]}, spec, SCALE)
    named = tuple(name for name in ORPM_JOINTS if name)
    lift = spec_of("lifter", inputs=named, encoding=3 * len(ORPM_JOINTS))
    values = lifter.features(found.px, found.confidence, IMAGE_SIZE, lift, found.encoding)
    return lifter.decode({"pose": summed_bones(values)}, found.px, found.confidence, lift)


def summed_bones(values):
    """Input of Stage II (P,J,3+3K) -> pose (P,3K): each bone is the mean of what its seen ends say."""
    said = values[..., 3:].reshape(*values.shape[:2], -1, 3)
    count = np.maximum((np.abs(said).max(-1) > 0).sum(1), 1)
    poses = kinematic_tree.from_root(ORPM_PARENTS) @ (said.sum(1) / count[..., None])
    return poses.reshape(len(values), -1)


def by_location_maps(px, X):
    """Each person of one frame from a crop of its own, in which the others are seen too."""
    spec = spec_of("location_maps", size=CROP)
    found = []
    for person in range(len(px)):
        box = np.concatenate([px[person].min(0) - 60, px[person].max(0) + 30])
        transforms = crop_transforms(location_maps.square(box)[None], CROP)
        alone = [person]  # a crop's maps are those of the person in its middle
        turned = np.stack([turned_to(X[p], px[person]) for p in alone])
        people = rendered_maps.crowd(to_crop(px[alone][0][None], transforms), turned)
        xyz = rendered_maps.values_at(
            people, CROP, STRIDE, people.X, [[j] for j in range(len(ORPM_JOINTS))]
        )
        maps = dict(zip("xyz", xyz.reshape(-1, 3, *xyz.shape[1:]).swapaxes(0, 1)[:, None]))
        maps["heatmaps"] = rendered_maps.peaks(people, CROP, STRIDE)[None]
        found.append(location_maps.decode(maps, transforms, spec, K))
    return Locations(
        *(
            np.concatenate([getattr(f, name) for f in found])
            for name in Locations.__dataclass_fields__
        )
    )


def turned_to(X, px):
    """Pose in camera axes -> in the axes of a camera turned sideways towards its joints' centroid."""
    named = indices(name for name in ORPM_JOINTS if name)
    angle = np.arctan2(px[named, 0].mean() - K[0, 2], K[0, 0])
    R = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
    return X @ R.T


LAYOUTS = {"location_maps": by_location_maps, "orpm": by_orpm, "xnect": by_xnect}


def observations(layout, X, px, fps=30.0):
    """What a layout gives of the truth, frame by frame; people are told apart by their true places."""
    result = []
    for t in range(X.shape[1]):
        found = LAYOUTS[layout](px[:, t], X[:, t])
        away = np.linalg.norm(found.px[:, None] - px[None, :, t], axis=-1)
        who = np.nanmean(away, -1).argmin(1)
        found, ids = Locations(*(values[who.argsort()] for values in vars(found).values())), 1 + who
        box = np.concatenate([np.nanmin(found.px, 1), np.nanmax(found.px, 1)], -1)
        unseen = np.full_like(found.px, np.nan)
        result.append(
            Observation(
                t,
                t / fps,
                np.sort(ids),
                box,
                found.px,
                found.visibility,
                unseen,
                found.visibility,
                found.X,
                found.presence,
            )  # fmt: skip
        )
    return result


def fitted(layout, X, px, fps=30.0):
    """Motion of what a layout gives."""
    seen = observations(layout, X, px, fps)
    return fit(seen, Clip(IMAGE_SIZE, fps), camera.make(IMAGE_SIZE, K=K))


def mpjpe(found, truth):
    """Mean distance [mm] of 14 joints relative to the pelvis; X (...,K,3)."""
    pelvis = INDEX["pelvis"]
    away = (found - found[..., [pelvis], :]) - (truth - truth[..., [pelvis], :])
    return 1000 * np.nanmean(np.linalg.norm(away[..., JOINTS_14, :], axis=-1))
