"""Synthetic clips before they are rendered: scenes, cameras, backdrops, truth that fits itself."""

import numpy as np
import pytest
from monorig.bench import (
    synthetic,
    synthetic_backdrop,
    synthetic_cameras,
    synthetic_clip,
    synthetic_clothes,
    synthetic_makehuman,
    synthetic_truth,
)
from monorig.bench.synthetic_cast import PEOPLE
from monorig.bench.synthetic_scenes import IMAGE_SIZE, SCENES, Scene, Shot, in_set
from monorig.bench.synthetic_script import FPS, MOTIONS, SHAPES, Actor, Step
from monorig.cli.usage import UserError
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.skeleton import SKELETON

LIMB_DEGREES = 0.1


def degrees(a, b):
    """Angle between vectors (...,3)."""
    cross = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.degrees(np.arctan2(cross, (a * b).sum(-1)))


@pytest.fixture(scope="module")
def mesh():
    if not synthetic_makehuman.is_here():
        pytest.skip("MakeHuman's mesh has not been downloaded (python3 run.py bench synthetic)")


@pytest.fixture(scope="module")
def meeting(mesh, material):
    """Two who walk through each other's way, in front of a camera that is carried; (scene, people, K, T)."""
    steps = [(Step("walk", to=(x, 0.0)), Step("stand", 0.6, shape="hug")) for x in (0.4, -0.2)]
    actors = (Actor("Ben", (-0.6, 0.0), 0.0, steps[0]), Actor("Ada", (0.9, 0.5), 0.0, steps[1]))
    shot = Shot(30, 1.2, 50, 10, move="hand-held")
    scene = Scene("meeting", actors, shot, seconds=1.2)
    people = synthetic_clip.performers(scene, material)
    joints = np.stack([person.heads for person in people])
    K, T = synthetic_cameras.film(shot, joints, IMAGE_SIZE, np.random.default_rng(0))
    return scene, people, K, T


def test_the_truth_fits_itself(meeting, material):
    scene, people, K, T = meeting
    frames = len(T)
    hidden = np.zeros((2, frames, len(KEYPOINTS)), np.uint8)
    mask = np.zeros((frames, 36, 64), np.uint8)
    truth = synthetic_clip.truth_of(scene, people, K, T, hidden, mask, material)
    far = truth.X @ K.T
    np.testing.assert_allclose(truth.px, far[..., :2] / far[..., 2:], atol=1e-3)
    world = truth.joints @ np.swapaxes(T[:, :3, :3], -1, -2) + T[:, None, :3, 3]
    knee = people[0].heads[:, people[0].body.rig.index("LeftLeg")]
    np.testing.assert_allclose(
        world[0, :, list(truth.joint_names).index("knee_l")], knee, atol=1e-5
    )
    outside = ((truth.px < -0.5) | (truth.px > np.array(IMAGE_SIZE) - 0.5)).any(-1)
    np.testing.assert_array_equal(truth.visible, ~outside)
    x0, y0, x1, y1 = np.moveaxis(truth.box, -1, 0)[..., None]
    x, y = np.moveaxis(truth.px, -1, 0)
    assert (x >= x0).all() and (x <= x1).all() and (y >= y0).all() and (y <= y1).all()


def test_poses_of_our_skeleton_turn_its_rest_limbs_into_the_limbs(meeting):
    _, people, _, T_world_camera = meeting
    person = people[1]
    poses = synthetic_truth.joint_poses(person.body, person.D, person.heads, T_world_camera)
    R, places = poses[..., :3, :3], poses[..., :3, 3]
    np.testing.assert_allclose(
        R @ np.swapaxes(R, -1, -2), np.broadcast_to(np.eye(3), R.shape), atol=1e-9
    )
    for name, end, direction in (
        ("upper_arm.L", "forearm.L", [1.0, 0, 0]),
        ("forearm.R", "hand.R", [-1.0, 0, 0]),
        ("thigh.R", "shin.R", [0, 0, -1.0]),
        ("shin.L", "foot.L", [0, 0, -1.0]),
    ):
        joint, below = (SKELETON.joint_names.index(n) for n in (name, end))
        limb = places[:, below] - places[:, joint]
        assert degrees(R[:, joint] @ np.array(direction), limb).max() < LIMB_DEGREES


def test_a_truth_file_reads_as_it_was_written(meeting, material, tmp_path):
    scene, people, K, T = meeting
    hidden = np.ones((2, len(T), len(KEYPOINTS)), np.uint8)
    mask = np.ones((len(T), 36, 64), np.uint8)
    truth = synthetic_clip.truth_of(scene, people, K, T, hidden, mask, material)
    truth.save(tmp_path / "meeting.npz")
    stored = synthetic_truth.load(tmp_path / "meeting.npz")
    assert (stored.name, stored.fps, stored.dressed) == ("meeting", FPS, truth.dressed)
    np.testing.assert_array_equal(stored.T_camera_joint, truth.T_camera_joint)
    assert synthetic_truth.digest_of(tmp_path / "meeting.npz") == synthetic_clip.digest(
        scene, material
    )
    assert synthetic_truth.digest_of(tmp_path / "nothing.npz") == ""


def test_people_get_where_they_walk_and_stand_on_the_ground(meeting):
    _, people, _, _ = meeting
    for person, x in zip(people, (0.4, -0.2)):
        lowest = np.array([person.vertices(t)[:, 2].min() for t in range(len(person.D))])
        assert -0.05 < lowest.min() < 0.03
        steps = np.linalg.norm(np.diff(person.heads[:, 0], axis=0), axis=-1) * FPS
        assert steps.max() < 2.5, "[m/s] nobody jumps from one step to the next"
        assert abs(person.heads[-1, 0, 0] - x) < 0.75


def test_the_camera_has_the_people_in_its_picture(meeting):
    scene, people, K, T = meeting
    for person in people:
        X = synthetic_truth.to_camera(person.heads, T)
        px = synthetic_truth.project(X, K)
        assert not synthetic_truth.outside(px, IMAGE_SIZE).any()
    assert K[0, 0] == pytest.approx(IMAGE_SIZE[0] / 2 / np.tan(np.radians(25)))
    turned = np.degrees(np.arccos((np.trace(T[0, :3, :3].T @ T[-1, :3, :3]) - 1) / 2))
    assert 0.05 < turned < 10, "it is carried, so it moves a little"


def test_a_pan_turns_about_the_vertical_of_the_picture(rng):
    X = np.zeros((1, 50, 1, 3)) + [0, 0, 1.6]
    _, T = synthetic_cameras.film(Shot(move="pan"), X, IMAGE_SIZE, rng)
    turned = np.einsum("fji,fjk->fik", T[:1, :3, :3], T[:, :3, :3])
    np.testing.assert_allclose(turned[:, 1, 1], 1, atol=1e-9)
    np.testing.assert_allclose(T[:, :3, 3], np.broadcast_to(T[0, :3, 3], (50, 3)))


def test_the_scenes_are_as_varied_as_they_should_be():
    main = in_set("main")
    assert len(main) == 20
    assert {len(scene.people) for scene in main} == {1, 2, 3, 4, 6}
    assert sum(scene.engine == "CYCLES" for scene in main) == 4
    assert {s.shot.field_of_view for s in main} >= {35, 80} and any(s.shot.roll for s in main)
    statures = [PEOPLE[person][0].stature for scene in main for person in scene.people]
    assert min(statures) < 1.3 and max(statures) > 1.95
    assert len(in_set("identity")) >= 2 and len(in_set("camera")) >= 2


@pytest.mark.parametrize("scene", SCENES.values(), ids=lambda scene: scene.name)
def test_a_scene_names_what_there_is(scene):
    assert scene.floor in synthetic_backdrop.FLOORS
    assert len(set(scene.people)) == len(scene.people) and set(scene.people) <= set(PEOPLE)
    for step in (step for actor in scene.actors for step in actor.steps):
        assert step.motion in MOTIONS and step.shape in SHAPES
        assert step.to is None or MOTIONS[step.motion][3] == "loop", "walks go round"


def test_a_clip_is_made_anew_when_its_scene_changes(tmp_path):
    from dataclasses import replace

    scene = SCENES["solo-walk"]
    before = synthetic_clip.digest(scene, tmp_path)
    assert before == synthetic_clip.digest(replace(scene), tmp_path)
    assert before != synthetic_clip.digest(replace(scene, seconds=5.0), tmp_path)


def test_the_floor_lies_under_the_panorama(rng):
    world = np.full((64, 128, 3), 200, np.uint8)
    floor = np.zeros((2048, 2048, 3), np.uint8)
    T = synthetic_cameras.looking_at(np.array([0, -3.0, 1.5]), np.array([0, 0, 1.5]), 0.0)
    K = np.array([[60.0, 0, 31.5], [0, 60, 17.5], [0, 0, 1]])
    picture = synthetic_backdrop.behind(K, T, (64, 36), world, floor)
    assert picture[:17].min() > 199 and picture[-1].max() < 40


def test_shadows_fall_away_from_the_sun():
    T = synthetic_cameras.looking_at(np.array([0, -6.0, 4.0]), np.zeros(3), 0.0)
    K = np.array([[60.0, 0, 31.5], [0, 60, 17.5], [0, 0, 1]])
    post = np.array([[0, -0.1, 0], [0, 0.1, 0], [0, 0.1, 1.0], [0, -0.1, 1]])
    sides = np.array([[0, 1, 2], [0, 2, 3]])
    light = synthetic_backdrop.shadow(K, T, (64, 36), (0.0, 30.0), [(post, sides)])
    columns = np.flatnonzero(light.min(0) < 0.9)
    assert columns.max() < 36 and columns.min() < 20, "the sun is at +X, so the shadow is at -X"


def test_the_edges_of_a_floor_fit_each_other(rng):
    texture = synthetic_backdrop.floor_texture("concrete", rng).astype(float)
    seam = np.abs(texture[:, 0] - texture[:, -1]).mean()
    assert seam < 2 * np.abs(np.diff(texture[:, :20], axis=1)).mean() + 1


@pytest.fixture
def clips(tmp_path, monkeypatch):
    """The folder of finished clips, empty; nothing is rendered, but the scenes asked for are noted."""
    monkeypatch.setenv("MONORIG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(synthetic, "set_up", lambda scenes, data: None)
    rendered = []
    monkeypatch.setattr(synthetic, "render", lambda scene, data: rendered.append(scene.name))
    synthetic.folder().mkdir(parents=True)
    return rendered


def finish(scene, data):
    """Leaves a clip as if it had been rendered."""
    made = synthetic.folder() / f"{scene.name}.npz"
    np.savez(made, digest=synthetic_clip.digest(scene, data))
    made.with_suffix(".mp4").write_bytes(b"clip")


def test_only_what_is_missing_or_changed_is_rendered(clips, tmp_path):
    for name in ("identity-different", "identity-same-sides"):
        finish(SCENES[name], tmp_path)
    (synthetic.folder() / "identity-same-sides.mp4").unlink()
    synthetic.make(["identity"], tmp_path, report=lambda text: None)
    assert clips == ["identity-same-clothes", "identity-same-sides"]
    clips.clear()
    (tmp_path / synthetic_clothes.FOLDER).mkdir(parents=True)  # from now on they have clothes
    synthetic.make(["identity-different"], tmp_path, report=lambda text: None)
    assert clips == ["identity-different"]


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(UserError, match='there is no set or scene "nobody"'):
        synthetic.make(["nobody"], tmp_path)
    with pytest.raises(synthetic.SyntheticMissing, match="no folder of measuring material"):
        synthetic.set_up(in_set("camera"), None)
    with pytest.raises(synthetic.SyntheticMissing, match=r"\.bvh is not there"):
        synthetic.set_up(in_set("camera"), tmp_path)
