"""Network and chain files: those in the repository are right, a wrong one is explained."""

import dataclasses

import data_files
import numpy as np
import pytest
from monorig.inference import catalogue
from monorig.inference.catalogue import CHAINS, NETWORKS, CatalogueError, load_chain, load_network

GOOD = NETWORKS / "rtmpose-s-halpe26.toml"


@pytest.mark.parametrize("name", catalogue.names(NETWORKS))
def test_every_network_file_is_valid(name):
    spec = catalogue.network(name)
    assert spec.name == name
    assert spec.sources and spec.attribution and spec.outputs
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.name = "other"


@pytest.mark.parametrize("name", catalogue.names(CHAINS))
def test_every_chain_file_is_valid(name):
    chain = catalogue.chain(name)
    assert chain.description and (chain.pose_2d or chain.pose_3d)
    assert not chain.detector or chain.options["detect_every"] >= 1


def test_channels_of_the_halpe_keypoints():
    keypoints = catalogue.network("rtmpose-s-halpe26").keypoints
    assert len(keypoints) == 26
    assert [keypoints[k] for k in (0, 5, 10, 15, 17, 19, 20, 24)] == [
        *("nose", "shoulder_l", "wrist_r", "ankle_l", "head_top", "pelvis", "big_toe_l", "heel_l")
    ]


@pytest.mark.parametrize("size", ["lite", "full", "heavy"])
def test_channels_of_the_blazepose_keypoints(size):
    spec = catalogue.network(f"blazepose-{size}")
    assert len(spec.keypoints) == 33
    assert [spec.keypoints[k] for k in (0, 2, 5, 9, 11, 16, 22, 23, 31, 32)] == [
        *("nose", "eye_l", "eye_r", "mouth_l", "shoulder_l"),
        *("wrist_r", "thumb_r", "hip_l", "big_toe_l", "big_toe_r"),
    ]
    assert spec.layout == "NHWC" and spec.std == (255.0, 255.0, 255.0)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('licence = "Apache-2.0"\n', "", 'the key "licence" is missing'),
        ('licence = "Apache-2.0"', "licence = 2", '"licence" must be a text'),
        ('tensor = "input"', 'tensor = "input"\nsise = 3', 'unknown key "input.sise"'),
        ("[outputs]", "[output]", r"unknown table \[output\]"),
        ("size = [192, 256]", "size = [192]", '"input.size" must be two whole numbers'),
        ("size = [192, 256]", "size = [0, 256]", '"input.size" must be two whole numbers'),
        ('layout = "NCHW"', 'layout = "CHWN"', '"input.layout" must be one of NCHW, NHWC'),
        ('colour = "RGB"', 'colour = "rgb"', '"input.colour" must be one of RGB, BGR'),
        ("std = [58.395,", "std = [0.0,", '"input.std" must be without a zero'),
        ("mean = [123.675,", 'mean = ["a",', '"input.mean" must be three numbers'),
        ('convert = ""', 'convert = "pickle"', '"file.convert" must be'),
        ('sha256 = "85c5', 'sha256 = "', '"file.sha256" must be 64 hexadecimal digits'),
        ('onnx = "rtm', 'onnx = "../rtm', '"file.onnx" must be a file name'),
        ('"eye_l",', '"eye_left",', '"keypoints" must be a list of canonical names'),
        ('"eye_l",', '"eye_r",', '"keypoints" must be a list that names no keypoint twice'),
        ('x = "simcc_x"', "x = 1", '"outputs.x" must be a text'),
        ("[file]", "[file", "not a valid TOML file"),
        ("[file]", "x = " + 5000 * "[" + "\n[file]", "not a valid TOML file: .*recursion"),
        (
            "size = [192, 256]",
            f"size = [{5000 * '1'}, 256]",
            "not a valid TOML file: .*4300 digits",
        ),
        ("mean = [123.675,", f"mean = [{400 * '1'},", '"input.mean" must be three numbers'),
    ],
)
def test_a_wrong_network_file_is_explained(tmp_path, old, new, complaint):
    content = GOOD.read_text(encoding="utf-8")
    assert old in content
    wrong = tmp_path / GOOD.name
    wrong.write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=complaint) as caught:
        load_network(wrong)
    assert GOOD.name in str(caught.value)
    assert "\n" not in str(caught.value).rstrip()


def test_the_name_must_be_that_of_the_file(tmp_path):
    other = tmp_path / "other.toml"
    other.write_text(GOOD.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(CatalogueError, match='"name" must be "other"'):
        load_network(other)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"yolox-tiny-humanart"', '"yolo"', '"detector" must be one of'),
        ('"blazepose-full"', '"none"', '"options.pose_3d_fallback" must be one of'),
        (
            "detect_every = 10",
            "detect_every = 1.5",
            '"options.detect_every" must be a whole number',
        ),
        ("detect_every = 10", "often = true", 'unknown key "options.often"'),
        ("[options]", "", r"the table \[options\] is missing"),
    ],
)
def test_a_wrong_chain_file_is_explained(tmp_path, old, new, complaint):
    content = (CHAINS / "take.toml").read_text(encoding="utf-8")
    assert old in content
    wrong = tmp_path / "take.toml"
    wrong.write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=complaint):
        load_chain(wrong)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(
        CatalogueError,
        match='no chain "best"; known are: crowd, hands, live, live-hands, movenet, rtmo',
    ):
        catalogue.chain("best")


def test_an_unreadable_file_is_explained(tmp_path):
    with pytest.raises(CatalogueError, match="gone.toml cannot be read"):
        load_network(tmp_path / "gone.toml")


def wrong_decoding(tmp_path, **changes):
    """What is said of a data file of ORPM whose table [decoding] is changed."""
    usual = {"limbs": [[0, 1]], "parents": [1, -1, 1], "metres_per_unit": 0.001}
    path = tmp_path / "net.toml"
    keypoints = changes.pop("keypoints", ["neck", "pelvis", "hip_l"])
    path.write_text(data_files.text("net", "orpm", keypoints, **{**usual, **changes}))
    with pytest.raises(CatalogueError) as caught:
        load_network(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"limbs": [[0, 3]]}, '"decoding.limbs" must be a list of pairs'),
        ({"limbs": [[1, 1]]}, '"decoding.limbs" must be'),
        ({"limbs": [[0, 1, 2]]}, '"decoding.limbs" must be'),
        ({"parents": [1, -1]}, '"decoding.parents" must be one tree of 3 channels'),
        ({"parents": [1, 0, 1]}, '"decoding.parents" must be one tree'),
        ({"parents": [-1, -1, 1]}, '"decoding.parents" must be one tree'),
        ({"parents": [2, -1, 0]}, '"decoding.parents" must be one tree'),
        ({"parents": [1, -1, 7]}, '"decoding.parents" must be one tree'),
        ({"metres_per_unit": 0}, '"decoding.metres_per_unit" must be a number above 0'),
        ({"metres_per_unit": 10**400}, '"decoding.metres_per_unit" must be a number above 0'),
        ({"metres_per_unit": True}, '"decoding.metres_per_unit" must be a number above 0'),
        ({"inputs": []}, 'unknown key "decoding.inputs"'),
        ({"keypoints": ["neck", "", "hip_l"]}, '"keypoints" must be a list with "pelvis" in it'),
    ],
)
def test_a_wrong_tree_or_limb_is_explained(tmp_path, changes, complaint):
    assert complaint in wrong_decoding(tmp_path, **changes)


def test_an_encoding_of_absurd_size_is_explained(tmp_path):
    more = {"inputs": ["neck", "hip_l"], "encoding": 10**9, "metres_per_unit": 1.0}
    path = tmp_path / "net.toml"
    path.write_text(data_files.text("net", "lifter", ["pelvis"], **more))
    with pytest.raises(
        CatalogueError, match='"decoding.encoding" must be a whole number from 0 to'
    ):
        load_network(path)


SPOILS = (b"\0", b"[[", b'"', b"= ", b"nan", b"-1", b"1e999", 300 * b"9", b"\n[file]\n", b"\xff")


def test_a_spoilt_data_file_is_taken_or_refused_in_one_sentence(tmp_path, rng):
    """Cut off, with flipped bits, with something put in or left out anywhere."""
    whole, path = GOOD.read_bytes(), tmp_path / GOOD.name
    for _ in range(50):
        start, end = np.sort(rng.integers(0, len(whole), 2))
        flipped = bytearray(whole)
        flipped[start] ^= 1 << rng.integers(8)
        spoil = SPOILS[rng.integers(len(SPOILS))]
        spoilt = (
            whole[:start],
            flipped,
            whole[:start] + spoil + whole[start:],
            whole[:start] + whole[end:],
        )
        path.write_bytes(spoilt[rng.integers(len(spoilt))])
        try:
            load_network(path)
        except CatalogueError as error:
            assert GOOD.name in str(error) and "\n" not in str(error).strip()


def test_a_lifter_takes_no_picture(tmp_path):
    path = tmp_path / "net.toml"
    more = {"inputs": ["neck", "hip_l"], "encoding": 0, "metres_per_unit": 1.0}
    path.write_text(data_files.text("net", "lifter", ["pelvis"], **more))
    spec = load_network(path)
    assert spec.decoding["inputs"] == ("neck", "hip_l") and spec.size == (0, 0)
    path.write_text(path.read_text().replace("[outputs]", "size = [1, 1]\n[outputs]"))
    with pytest.raises(CatalogueError, match='unknown key "input.size"'):
        load_network(path)
