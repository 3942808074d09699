"""Every decoder through a real ONNX file: its data file, ONNX Runtime, and back to pixels of the picture."""

import data_files
import known_crowd
import numpy as np
import pytest
import test_one_shot
from monorig.bench import rendered_maps
from monorig.inference import catalogue, views
from monorig.inference.keypoints import INDEX, KEYPOINTS
from monorig.inference.network import NetworkError
from monorig.inference.views import View
from monorig.training.joints import LIMBS, ORPM_JOINTS, ORPM_PARENTS

SIZE, STRIDE = (512, 288), 8
PICTURE = np.zeros((720, 1280, 3), np.uint8)
JOINTS = known_crowd.JOINTS_14


@pytest.fixture(scope="module")
def truth():
    """X (P,K,3), px (P,K,2) of two people side by side, and the same in the letterbox as 17 joints."""
    X, px = (values[:, 0] for values in known_crowd.passing(2))
    return X, px, rendered_maps.crowd((px + 0.5) * 0.4 - 0.5, X)


def maps_2d(people):
    return {
        "heatmaps": rendered_maps.peaks(people, SIZE, STRIDE)[None],
        "fields": rendered_maps.fields(people, SIZE, STRIDE)[None],
    }


def everywhere(values, size=SIZE, stride=4):
    """Maps (1,3J,h,w) that hold the same values (J,3) at all places."""
    shape = (int(size[1] // stride), int(size[0] // stride))
    return np.broadcast_to(values.reshape(-1, 1, 1), (values.size, *shape))[None]


def people_in_order(found, px):
    away = np.linalg.norm(found.px[None, :, JOINTS] - px[:, None, JOINTS], axis=-1)
    rows = np.nanmean(away, -1).argmin(1)
    assert sorted(rows) == list(range(len(px)))
    return rows


def test_part_affinity(tmp_path, truth):
    _, px, people = truth
    path = data_files.make(
        tmp_path, "part_affinity", ORPM_JOINTS, maps_2d(people), size=SIZE, limbs=LIMBS
    )
    found = views.look(data_files.load(path), PICTURE)
    rows = people_in_order(found, px)
    assert np.nanmedian(np.linalg.norm(found.px[rows] - px, axis=-1)) < 3  # [px]
    assert np.isfinite(found.boxes).all()


def test_orpm(tmp_path, truth):
    X, px, people = truth
    bones = rendered_maps.bones(people.X[0])
    says = {**maps_2d(people), "maps": everywhere(1000 * bones)}
    path = data_files.make(
        tmp_path, "orpm", ORPM_JOINTS, says, size=SIZE, limbs=LIMBS, parents=ORPM_PARENTS,
        metres_per_unit=0.001,
    )  # fmt: skip
    found = views.look(data_files.load(path), PICTURE)
    people_in_order(found, px)
    farther = X[X[:, INDEX["pelvis"], 2].argmax()]
    expected = (farther - farther[INDEX["pelvis"]])[JOINTS]
    np.testing.assert_allclose(found.X[:, JOINTS], [expected] * 2, atol=1e-5)  # [m]


def test_nobody_is_nobody_for_orpm_and_xnect(tmp_path, truth):
    people = truth[2]
    empty = {name: 0 * maps for name, maps in maps_2d(people).items()}
    zeros = everywhere(np.zeros((17, 3)), stride=STRIDE)
    common = {"size": SIZE, "limbs": LIMBS, "parents": ORPM_PARENTS}
    for decoder, says, more in (
        ("orpm", {**empty, "maps": zeros}, {"metres_per_unit": 1.0}),
        ("xnect", {**empty, "encoding": zeros}, {}),
    ):
        path = data_files.make(tmp_path, decoder, ORPM_JOINTS, says, name=decoder, **common, **more)
        assert len(views.look(data_files.load(path), PICTURE).px) == 0


def test_xnect(tmp_path, truth):
    _, px, people = truth
    says = {**maps_2d(people), "encoding": everywhere(np.ones((17, 3)), stride=STRIDE)}
    path = data_files.make(
        tmp_path, "xnect", ORPM_JOINTS, says, size=SIZE, limbs=LIMBS, parents=ORPM_PARENTS
    )
    found = views.look(data_files.load(path), PICTURE)
    people_in_order(found, px)
    assert np.isnan(found.X).all()


def test_location_maps(tmp_path, truth):
    heat = np.zeros((1, 17, 46, 46))
    heat[0, np.arange(17), 10 + np.arange(17), 20] = 0.9
    xyz = {axis: np.full((1, 17, 46, 46), value) for axis, value in zip("xyz", (1.0, 2.0, 3.0))}
    path = data_files.make(
        tmp_path, "location_maps", ORPM_JOINTS, {"heatmaps": heat, **xyz}, size=(368, 368),
        metres_per_unit=0.001,
    )  # fmt: skip
    boxes = np.array([[0, 0, 368, 368], [400, 100, 768, 468]]) - 0.5
    nothing = np.zeros((2, len(KEYPOINTS), 3))
    network = data_files.load(path)
    found = views.look(network, PICTURE, View(boxes, nothing[..., :2], nothing[..., 0], nothing))
    assert network.runs == {2: 1}
    joint = ORPM_JOINTS.index("wrist_r")
    expected = [[20.5 * 8 - 0.5, (10 + joint + 0.5) * 8 - 0.5]]
    np.testing.assert_allclose(found.px[0, INDEX["wrist_r"]], expected[0], atol=1e-6)
    np.testing.assert_allclose(found.px[1, INDEX["wrist_r"]], expected[0] + boxes[1, :2] + 0.5)
    np.testing.assert_allclose(found.X[:, JOINTS], 0, atol=1e-9)  # all where the pelvis is


@pytest.mark.parametrize("layout", ["yolo_pose", "rtmo", "movenet", "centre_offset"])
def test_layouts_of_whole_people(tmp_path, layout):
    says = (
        test_one_shot.centre_maps()
        if layout == "centre_offset"
        else test_one_shot.LAYOUTS[layout][1](test_one_shot.BOXES, test_one_shot.KEYPOINTS_3)
    )
    path = data_files.make(tmp_path, layout, test_one_shot.NAMES, says, size=test_one_shot.SIZE)
    found = views.look(data_files.load(path), np.zeros((512, 1024, 3), np.uint8))
    order = np.argsort(found.px[:, INDEX["nose"], 0])
    expected = (test_one_shot.PEOPLE[:, 0] + 0.5) * 4 - 0.5
    np.testing.assert_allclose(found.px[order, INDEX["nose"]], expected, atol=0.01)  # [px]


@pytest.mark.parametrize("name", ["rtmo-s", "rtmo-m", "rtmo-l"])
def test_rtmo_as_its_makers_describe_it(tmp_path, name):
    spec = catalogue.network(name)
    keypoints = np.zeros((1, 3, 17, 3)) + [320.0, 160.0, 0.9]
    boxes = np.array([[[300, 100, 400, 300, 0.9], [301, 101, 401, 301, 0.8], [9, 9, 20, 20, 0.1]]])
    data_files.write_onnx(tmp_path / spec.onnx, spec, {"boxes": boxes, "keypoints": keypoints})
    found = views.look(data_files.network_of(spec, tmp_path), PICTURE)
    assert len(found.px) == 1
    np.testing.assert_allclose(found.px[0, INDEX["knee_l"]], [640.5, 320.5])


@pytest.mark.parametrize("name", ["rtmpose-t-halpe26", "rtmpose-x-halpe26", "rtmw3d-x"])
def test_rtmpose_as_its_makers_describe_it(tmp_path, name):
    spec = catalogue.network(name)
    (width, height), keypoints = spec.size, len(spec.keypoints)
    x, y = np.zeros((1, keypoints, 2 * width)), np.zeros((1, keypoints, 2 * height))
    x[..., width], y[..., height] = 0.8, 0.9
    named = {key: f"tensor{key}" for key in spec.outputs}
    described = data_files.renamed(spec, "tensor", named)
    data_files.write_onnx(tmp_path / spec.onnx, described, {"x": x, "y": y})
    found = views.look(
        data_files.network_of(spec if "#" in spec.tensor else described, tmp_path),
        PICTURE,
        View(np.array([[100.0, 100, 300, 500]]), None, None, None),
    )
    np.testing.assert_allclose(found.px[0, INDEX["knee_r"]], [200, 300], atol=2)  # [px]
    assert found.confidence[0, INDEX["big_toe_l"]] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("decoder", "says", "said"),
    [
        ("rtmo", {"boxes": np.zeros((1, 4, 5)), "keypoints": np.zeros((1, 3, 3, 3))}, "1 x 3 x 3 x 3"),
        ("rtmo", {"boxes": np.zeros((1, 4, 6)), "keypoints": np.zeros((1, 4, 3, 3))}, "1 x 4 x 6"),
        ("yolo_pose", {"people": np.zeros((1, 9, 14))}, "the decoder yolo_pose reads 1 5[+]3K M"),
        ("yolo_pose", {"people": np.full((1, 14, 9), np.nan)}, "no numbers"),
    ],
)  # fmt: skip
def test_another_layout_is_refused(tmp_path, decoder, says, said):
    path = data_files.make(tmp_path, decoder, test_one_shot.NAMES, says)
    with pytest.raises(NetworkError, match=said):
        data_files.load(path)
