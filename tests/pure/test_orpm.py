"""Algorithm 1 of Mehta 2020, Appendix C: which place each limb is read at."""

from types import SimpleNamespace

import numpy as np
import pytest
from monorig.inference import kinematic_tree, orpm
from monorig.training.joints import (
    LIMBS,
    ORPM_JOINTS,
    ORPM_PARENTS,
    VNECT_JOINTS,
    VNECT_PARENTS,
)

SIZE, STRIDE = (384, 384), 4.0
SPEC = SimpleNamespace(
    keypoints=ORPM_JOINTS, size=SIZE,
    decoding={"parents": ORPM_PARENTS, "limbs": LIMBS, "metres_per_unit": 1.0},
)  # fmt: skip
J = {name: joint for joint, name in enumerate(ORPM_JOINTS) if name}
ARM = [J["shoulder_l"], J["elbow_l"], J["wrist_l"]]


@pytest.fixture
def maps():
    """(51,96,96): every joint's x is 100 x the row of the cell read, y its column, z the joint."""
    row, column = np.mgrid[:96, :96].astype(float)
    planes = [[100.0 * row, column, np.full_like(row, joint)] for joint in range(17)]
    return np.array(planes).reshape(-1, 96, 96)


def person(**away):
    """px (17,2) in the input, joints on a diagonal 19 px apart, moved by `away`; score 1."""
    px = 20.0 + 12.0 * np.arange(17)[:, None] * [1.0, 1.2]
    for name, step in away.items():
        px[J[name]] += step
    return px, np.ones(17)


def place(px, joint):
    """What is read there, as 100 x row + column."""
    column, row = np.rint((px[joint] + 0.5) / STRIDE - 0.5)
    return 100 * row + column


def read(maps, *people):
    px, score = (np.array(values) for values in zip(*people))
    poses, detected = orpm.read_poses(maps, px, score, STRIDE, SPEC)
    np.testing.assert_array_equal(poses[..., 2], np.broadcast_to(np.arange(17), poses.shape[:2]))
    return poses[..., 0] + poses[..., 1], detected, px


def test_limbs_are_read_at_their_extremity_and_the_rest_at_the_neck(maps):
    said, detected, px = read(maps, person())
    assert detected.all()
    for name in ("shoulder_l", "elbow_l", "wrist_l"):
        assert said[0, J[name]] == place(px[0], J["wrist_l"])
    for name in ("hip_r", "knee_r", "ankle_r"):
        assert said[0, J[name]] == place(px[0], J["ankle_r"])
    for joint in (J["neck"], J["pelvis"], 15, 16):
        assert said[0, joint] == place(px[0], J["neck"])
    assert said[0, J["head_top"]] == place(px[0], J["head_top"])


def test_a_hidden_extremity_sends_the_reader_up_the_limb(maps):
    px, score = person()
    for hidden, reader in (
        ("wrist_l", "elbow_l"),
        ("elbow_l", "shoulder_l"),
        ("shoulder_l", "neck"),
    ):
        score[J[hidden]] = 0.0
        px[J[hidden]] = np.nan
        said, _, _ = read(maps, (px, score))
        assert (said[0, ARM] == place(px, J[reader])).all()


def test_without_neck_the_base_pose_is_read_at_the_pelvis_and_without_both_there_is_nobody(maps):
    px, score = person()
    score[J["neck"]] = 0.0
    said, detected, _ = read(maps, (px, score))
    assert detected[0] and said[0, J["neck"]] == place(px, J["pelvis"])
    score[J["pelvis"]] = 0.0
    assert not read(maps, (px, score))[1][0]


def test_an_extremity_near_anothers_read_out_place_is_not_read(maps):
    """The other's elbow lies where my wrist is: the maps of the arm may be the other's there."""
    me, other = person(), person()
    other[0][:] += [0, 70.0]
    other[0][J["elbow_l"]] = me[0][J["wrist_l"]] + [orpm.APART - 1, 0]
    said, _, px = read(maps, me, other)
    assert (said[0, ARM] == place(px[0], J["elbow_l"])).all()
    other[0][J["elbow_l"]] = me[0][J["wrist_l"]] + [orpm.APART + 1, 0]
    said, _, px = read(maps, me, other)
    assert (said[0, ARM] == place(px[0], J["wrist_l"])).all()


def test_joints_of_another_kind_of_limb_do_not_disturb(maps):
    me, other = person(), person()
    other[0][:] += [0, 70.0]
    other[0][J["knee_r"]] = me[0][J["wrist_l"]]
    said, _, px = read(maps, me, other)
    assert (said[0, ARM] == place(px[0], J["wrist_l"])).all()


def test_the_other_necks_and_pelvises_disturb_every_limb(maps):
    me, other = person(), person()
    other[0][:] += [0, 70.0]
    other[0][J["pelvis"]] = me[0][J["wrist_l"]]
    said, _, px = read(maps, me, other)
    assert (said[0, ARM] == place(px[0], J["elbow_l"])).all()


def test_two_necks_in_one_place_send_both_to_the_pelvis(maps):
    me, other = person(), person()
    other[0][:] += [0, 70.0]
    other[0][J["neck"]] = me[0][J["neck"]] + 1.0
    said, detected, px = read(maps, me, other)
    assert detected.all()
    for row in (0, 1):
        assert said[row, J["neck"]] == place(px[row], J["pelvis"])


def test_what_the_other_does_not_show_disturbs_nobody(maps):
    me, other = person(), person()
    other[0][:] = me[0] + 1.0
    other[0][J["wrist_l"]] = np.nan
    other[1][J["wrist_l"]] = 0.0
    assert orpm.isolated(np.array([me[0], other[0]]), [J["wrist_l"]], J["wrist_l"]).all()


def test_everybody_is_read_as_if_alone_where_they_are_apart(maps, rng):
    crowd = [person(wrist_l=rng.uniform(0, 9, 2)) for _ in range(4)]
    for row, (px, _) in enumerate(crowd):
        px[:] = px * 0.2 + [60 * (row % 2), 120 * (row // 2)]
    crowd = [(px, np.where(np.arange(17) == J["pelvis"], 0.0, score)) for px, score in crowd]
    together = read(maps, *crowd)[0]
    for row, alone in enumerate(crowd):
        np.testing.assert_array_equal(together[row], read(maps, alone)[0][0])


def test_hands_and_toes_belong_to_their_limbs():
    spec = SimpleNamespace(keypoints=VNECT_JOINTS, decoding={"parents": VNECT_PARENTS})
    members = {places[0]: members for places, members in orpm.limbs_of(spec)}
    hand, toe = VNECT_JOINTS.index("index_r"), VNECT_JOINTS.index("big_toe_l")
    assert hand in members[J["wrist_r"]] and toe in members[J["ankle_l"]]
    assert all(hand not in places for places, _ in orpm.limbs_of(spec))
    assert 15 not in sum((list(m) for m in members.values()), [])  # the spine is of no limb


def test_bones_add_up_to_poses(rng):
    parents = np.array(ORPM_PARENTS)
    X = rng.normal(size=(3, 17, 3))
    X -= X[:, J["pelvis"], None]
    bones = np.where((parents >= 0)[:, None], X - X[:, parents], 0.0)
    np.testing.assert_allclose(kinematic_tree.from_root(parents) @ bones, X, atol=1e-12)


def test_bones_meet_at_their_ends_only():
    meets = kinematic_tree.bones_at(ORPM_PARENTS)
    assert set(np.flatnonzero(meets[J["elbow_l"]])) == {J["elbow_l"], J["wrist_l"]}
    assert set(np.flatnonzero(meets[J["pelvis"]])) == {J["hip_l"], J["hip_r"], 15}
    assert (meets.sum(0)[np.array(ORPM_PARENTS) >= 0] == 2).all()
