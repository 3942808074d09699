"""Synthetic people: bodies as wanted, limbs as the motion file has them, truth that fits itself.

What needs MakeHuman's mesh is skipped where it has not been downloaded (python3 run.py bench synthetic).
"""

import itertools

import numpy as np
import pytest
from monorig.bench import (
    bvh,
    metrics,
    synthetic_body,
    synthetic_clothes,
    synthetic_makehuman,
    synthetic_moves,
    synthetic_truth,
)
from monorig.bench.synthetic_body import Build
from monorig.bench.synthetic_cast import PEOPLE
from monorig.inference.keypoints import KEYPOINTS

MILLIMETRE = 1e-3
LIMB_DEGREES = 0.1
NAMES = ("Spine", "Neck", "Head", *("Arm", "ForeArm", "Hand"), *("UpLeg", "Leg", "Foot", "ToeBase"))


@pytest.fixture(scope="module")
def body():
    """Somebody of 1.8 m; skipped without MakeHuman's mesh."""
    if not synthetic_makehuman.is_here():
        pytest.skip("MakeHuman's mesh has not been downloaded (python3 run.py bench synthetic)")
    return synthetic_body.make(Build("male", stature=1.8))


@pytest.fixture
def dancing(tmp_path):
    """A BVH file of a whole body in a T pose, whose joints turn at random."""
    path, rng = tmp_path / "dance.bvh", np.random.default_rng(3)
    places = {
        "Hips": (0, 0, 0), "Spine": (0, 10, 0), "Neck": (0, 35, 0), "Head": (0, 10, 0),
        "Arm": (17, 32, 0), "ForeArm": (28, 0, 0), "Hand": (25, 0, 0),
        "UpLeg": (9, -2, 0), "Leg": (0, -42, 0), "Foot": (0, -40, 0), "ToeBase": (0, -5, 13),
    }  # fmt: skip
    chains = [
        ("Spine", ("Neck", "Head")),
        ("Spine", ("Arm", "ForeArm", "Hand")),
        ("Hips", NAMES[6:]),
    ]

    def joint(name, children, side=""):
        x, y, z = places[name]
        sign = -1 if side == "Right" else 1
        inside = f"OFFSET {sign * x} {y} {z}\nCHANNELS 3 Zrotation Xrotation Yrotation\n" + children
        return f"JOINT {side}{name}\n{{\n{inside}\n}}\n"

    def chain(names, side=""):
        return "" if not names else joint(names[0], chain(names[1:], side), side)

    arms = chain(chains[1][1], "Left") + chain(chains[1][1], "Right")
    legs = chain(chains[2][1], "Left") + chain(chains[2][1], "Right")
    trunk = joint("Spine", chain(chains[0][1]) + arms)
    root = "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"
    values = np.concatenate([rng.normal(0, 20, (9, 3)), rng.uniform(-50, 50, (9, 3 * 18))], 1)
    rows = "\n".join(" ".join(f"{v:.5f}" for v in row) for row in values)
    path.write_text(
        f"HIERARCHY\nROOT Hips\n{{\nOFFSET 0 0 0\n{root}\n{trunk}{legs}}}\n"
        f"MOTION\nFrames: 9\nFrame Time: 0.04\n{rows}\n",
        encoding="utf-8",
    )
    return path


def degrees(a, b):
    """Angle between vectors (...,3)."""
    cross = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.degrees(np.arctan2(cross, (a * b).sum(-1)))


@pytest.mark.parametrize(
    "name", ["Ada", "Gus", "Hal", "Ida"]
)  # a woman, the oldest, tallest, smallest
def test_who_is_in_the_cast_can_be_built_as_tall_as_wanted(body, name):
    build, _ = PEOPLE[name]
    made = synthetic_body.make(build)
    assert made.stature == pytest.approx(build.stature, abs=MILLIMETRE)
    skin = made.vertices[synthetic_makehuman.group_vertices("body"), 2]
    assert skin.min() == pytest.approx(0)
    left, right = (made.heads[made.rig.index(f"{side}Arm"), 0] for side in ("Left", "Right"))
    assert left > 0.1 > right


def test_nobody_is_that_small_at_that_age(body):
    with pytest.raises(ValueError, match=r"nobody of 25 years is 0\.9 m tall"):
        synthetic_body.make(Build(stature=0.9))


def test_a_body_at_rest_stays_as_it_is(body):
    D = np.tile(np.eye(3), (1, len(body.rig.names), 1, 1))
    heads = synthetic_body.pose(body, D, body.heads[:1])
    np.testing.assert_allclose(heads[0], body.heads, atol=1e-12)
    skin = synthetic_body.skin(body.vertices, body.rig.weights, body, D[0], heads[0])
    assert np.abs(skin - body.vertices).max() < MILLIMETRE


def test_keypoints_in_pictures_are_near_the_joints(body):
    D = np.tile(np.eye(3), (1, len(body.rig.names), 1, 1))
    X = synthetic_body.keypoints(body, D, body.heads[None])[0]
    assert np.isfinite(X).all() and (np.linalg.norm(X, axis=-1) > 0).all(), (
        "every keypoint is there"
    )
    joints = synthetic_truth.joints(body.heads[None], body.rig)
    marked = metrics.limb_joints(X[None], KEYPOINTS)
    assert np.linalg.norm(marked - joints, axis=-1).max() < 0.06
    assert X[KEYPOINTS.index("head_top"), 2] == pytest.approx(1.8, abs=0.005)
    assert X[KEYPOINTS.index("nose"), 1] < X[KEYPOINTS.index("ear_l"), 1], "it looks to -Y"


def test_limbs_point_where_the_motion_file_points_them(body, dancing):
    clip, _, _ = bvh.z_up(bvh.read(dancing))
    move = synthetic_moves.put_on(synthetic_moves.from_bvh(dancing), body)
    heads = synthetic_body.pose(body, move.D, move.root)
    for side, (bone, end) in itertools.product(("Left", "Right"), synthetic_moves.LIMBS.items()):
        ours = heads[:, body.rig.index(side + end)] - heads[:, body.rig.index(side + bone)]
        theirs = (
            clip.positions[:, clip.index(side + end)] - clip.positions[:, clip.index(side + bone)]
        )
        assert degrees(ours, theirs).max() < LIMB_DEGREES


def test_between_its_frames_a_motion_turns_evenly(dancing):
    source = synthetic_moves.from_bvh(dancing)
    between = synthetic_moves.at_times(source, np.array([2.0, 2.5, 3.0]))
    np.testing.assert_allclose(between.S["LeftArm"][0], source.S["LeftArm"][2], atol=1e-9)
    first, middle, last = between.S["LeftArm"]
    np.testing.assert_allclose(middle @ first.T, last @ middle.T, atol=1e-9)
    np.testing.assert_allclose(between.hips[1], (source.hips[2] + source.hips[3]) / 2)


def test_a_relaxed_hand_is_curled_towards_the_palm(body):
    curled = synthetic_body.relaxed_hands(body)
    for side in ("Left", "Right"):
        rows = [body.rig.index(f"{side}HandMiddle{joint}") for joint in (1, 2, 3)]
        tip = body.tails[rows[-1]] - body.heads[rows[0]]
        moved = np.linalg.multi_dot([*(curled[row] for row in rows), tip])
        thigh = body.heads[body.rig.index("Hips")] - body.heads[body.rig.index(f"{side}Hand")]
        assert moved @ thigh > tip @ thigh, "in the rest pose the palms look at the body"


def test_garments_hang_on_the_body(body, tmp_path):
    folder = tmp_path / "scarf"
    folder.mkdir()
    (folder / "scarf.obj").write_text(
        "v 0 0 0\nv 1 0 0\nv 1 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nf 1/1 2/2 3/3\n", encoding="utf-8"
    )
    (folder / "scarf.mhmat").write_text("name scarf\ndiffuseTexture red.png\n", encoding="utf-8")
    (folder / "scarf.mhclo").write_text(
        "x_scale 5399 11998 2.0\nverts 0\nmaterial scarf.mhmat\n100\n200\n"
        "300 400 500 0.5 0.25 0.25 0.1 0 0\n\ndelete_verts\n5 - 7 9\n",
        encoding="utf-8",
    )
    garment = synthetic_clothes.read_garment(folder, (0.0, 1.0, 1.0), False)
    assert garment.hides == {5, 6, 7, 9}
    part = garment.on(body)
    np.testing.assert_allclose(part.vertices[:2], body.vertices[[100, 200]])
    blend = np.array([0.5, 0.25, 0.25]) @ body.vertices[[300, 400, 500]]
    width = abs(body.vertices[5399, 0] - body.vertices[11998, 0])
    np.testing.assert_allclose(part.vertices[2] - blend, [0.1 * width / 2.0, 0, 0], atol=1e-9)


def test_without_clothes_people_are_plainly_coloured(body, tmp_path):
    figure = synthetic_clothes.dress(body, synthetic_clothes.Look(), tmp_path)
    assert {material.name for material in figure.materials} >= {"skin", "shirt", "trousers", "hair"}
    assert not any(material.texture for material in figure.materials)
    np.testing.assert_allclose(figure.weights.sum(1), 1, atol=1e-5)
    assert figure.corners.max() == len(figure.vertices) - 1
