"""XNect's two stages: what is read where, who counts, and what Stage II is given."""

import numpy as np
import pytest
from known_crowd import SIZE, STRIDE, spec_of
from monorig.bench import rendered_maps
from monorig.inference import kinematic_tree, lifter, xnect
from monorig.inference.keypoints import INDEX, KEYPOINTS
from monorig.training.joints import ORPM_JOINTS, ORPM_PARENTS

NAMED = [joint for joint, name in enumerate(ORPM_JOINTS) if name]
COLUMNS = [INDEX[ORPM_JOINTS[joint]] for joint in NAMED]
NECK = ORPM_JOINTS.index("neck")
SPEC = spec_of("xnect")


def crowd(places, unseen=()):
    px = np.asarray(places, float)[:, None] + 2.0 * rendered_maps.FIGURE
    seen = np.ones(px.shape[:2], bool)
    for person, joint in unseen:
        seen[person, joint] = False
    return rendered_maps.Crowd(px, np.zeros((*px.shape[:2], 3)), seen)


def stage_one(people, encoding):
    maps = {
        "heatmaps": rendered_maps.peaks(people, SIZE, STRIDE)[None],
        "fields": rendered_maps.fields(people, SIZE, STRIDE)[None],
    }
    return xnect.decode({**maps, "encoding": encoding[None]}, SPEC, 1.0)


@pytest.fixture
def encoding(rng):
    return rng.normal(size=(51, SIZE[1] // STRIDE, SIZE[0] // STRIDE))


def test_each_joint_gives_the_bones_that_meet_there_and_nothing_else(encoding):
    people = crowd([(500, 150)])
    found = stage_one(people, encoding)
    meets = kinematic_tree.bones_at(ORPM_PARENTS)
    for joint, column in zip(NAMED, COLUMNS):
        said = found.encoding[0, column].reshape(17, 3)
        cell = np.rint((people.px[0, joint] + 0.5) / STRIDE - 0.5).astype(int)
        expected = encoding[:, cell[1], cell[0]].reshape(17, 3)
        np.testing.assert_allclose(said[meets[joint]], expected[meets[joint]])
        assert (said[~meets[joint]] == 0).all()


def test_hidden_joints_say_nothing(encoding):
    wrist, column = ORPM_JOINTS.index("wrist_l"), INDEX["wrist_l"]
    found = stage_one(crowd([(500, 150)], unseen=[(0, wrist)]), encoding)
    assert (found.encoding[0, column] == 0).all() and found.confidence[0, column] == 0
    assert np.isnan(found.px[0, column]).all()


def test_without_a_neck_there_is_no_person(encoding):
    people = crowd([(300, 150), (700, 150)], unseen=[(1, NECK)])
    found = stage_one(people, encoding)
    assert len(found.px) == 1
    np.testing.assert_allclose(found.px[0, INDEX["neck"]], people.px[0, NECK], atol=2)  # [px]


def test_nobody_is_an_empty_answer(encoding):
    people = crowd([(300, 150)], unseen=[(0, joint) for joint in range(17)])
    found = stage_one(people, encoding)
    assert found.px.shape == (0, len(KEYPOINTS), 2)
    assert found.encoding.shape == (0, len(KEYPOINTS), 51)


def test_stage_two_gets_places_relative_to_the_neck_confidence_and_encoding(encoding):
    found = stage_one(crowd([(300, 150), (700, 150)]), encoding)
    inputs = tuple(ORPM_JOINTS[joint] for joint in NAMED)
    lift = spec_of("lifter", inputs=inputs, encoding=51)
    values = lifter.features(found.px, found.confidence, SIZE, lift, found.encoding)
    assert values.shape == (2, 15, 54) and values.dtype == np.float32
    np.testing.assert_allclose(values[:, inputs.index("neck"), :2], 0)
    wrist = inputs.index("wrist_r")
    away = (
        2.0
        * (rendered_maps.FIGURE[ORPM_JOINTS.index("wrist_r")] - rendered_maps.FIGURE[NECK])
        / SIZE[0]
    )
    np.testing.assert_allclose(values[:, wrist, :2], [away, away], atol=2 / SIZE[0])
    np.testing.assert_allclose(values[..., 2], found.confidence[:, COLUMNS], rtol=1e-6)
    np.testing.assert_allclose(values[..., 3:], found.encoding[:, COLUMNS], rtol=1e-6)
