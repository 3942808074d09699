"""run.py network check: what is right is run and drawn, what is wrong is refused in one sentence."""

import cv2
import data_files
import numpy as np
import onnx
import pytest
import test_one_shot
from monorig.cli import fetch, network
from monorig.cli.usage import DONE, UserError
from monorig.inference import catalogue, weights


@pytest.fixture(autouse=True)
def nothing_is_fetched(monkeypatch):
    def refuse(spec):
        raise UserError(f"{spec.name} cannot be fetched in a test")

    monkeypatch.setattr(fetch, "fetch_network", refuse)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.png"
    cv2.imwrite(str(path), np.full((256, 512, 3), 40, np.uint8))
    return path


@pytest.fixture
def rtmo(tmp_path):
    says = test_one_shot.rtmo(test_one_shot.BOXES, test_one_shot.KEYPOINTS_3)
    return data_files.make(tmp_path, "rtmo", test_one_shot.NAMES, says, size=test_one_shot.SIZE)


def check(path, picture, out):
    return network.main(["check", str(path), str(picture), "-o", str(out), "--threads", "1"])


def test_a_good_network_is_run_told_of_and_drawn(rtmo, picture, tmp_path, capsys):
    assert check(rtmo, picture, tmp_path / "out") == DONE
    said = capsys.readouterr().out
    assert "made-up sees 2 people" in said and "2 keypoints above 0.3" in said
    drawn = cv2.imread(str(tmp_path / "out" / "made-up.png"))
    assert drawn.shape == (256, 512, 3)
    x, y = np.rint((test_one_shot.PEOPLE[0, 0] + 0.5) * 2 - 0.5).astype(int)
    assert (drawn[y, x] > 200).all()  # a white dot where the nose is
    assert (drawn[250, 500] == 40).all()


@pytest.mark.parametrize("what", ["weights", "all"])
def test_a_halved_network_is_smaller_and_still_the_one_that_its_data_file_names(
    picture, tmp_path, rng, capsys, what
):
    maps = rng.uniform(0, 0.05, (1, 2, 160, 160))
    says = {"heatmaps": maps, "fields": maps}
    path = data_files.make(tmp_path, "part_affinity", ["nose", "neck"], says, limbs=[[1, 0]])
    give_shapes(path.with_suffix(".onnx"), maps.shape)
    size = path.with_suffix(".onnx").stat().st_size
    text = path.read_text(encoding="utf-8")
    named = catalogue.load_network(path).sha256
    path.write_text(text.replace(named, weights.file_sha256(path.with_suffix(".onnx"))), "utf-8")
    network.halve(path, what)
    assert path.with_suffix(".onnx").stat().st_size < 0.6 * size
    assert check(path, picture, tmp_path / "out") == DONE
    assert "sees nobody" in capsys.readouterr().out
    takes = onnx.load(path.with_suffix(".onnx")).graph.input[0].type.tensor_type.elem_type
    assert takes == (onnx.TensorProto.FLOAT16 if what == "all" else onnx.TensorProto.FLOAT)


def give_shapes(path, shape):
    """Says in an ONNX file, as exporters do, of which shape its outputs are."""
    model = onnx.load(path)
    for output in model.graph.output:
        output.CopyFrom(
            onnx.helper.make_tensor_value_info(output.name, onnx.TensorProto.FLOAT, shape)
        )
    onnx.save(model, path)


def refusal(path, picture, tmp_path):
    with pytest.raises(UserError) as caught:
        check(path, picture, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_weights_of_another_sha256_are_not_loaded(rtmo, picture, tmp_path, monkeypatch):
    onnx = rtmo.with_suffix(".onnx")
    onnx.write_bytes(onnx.read_bytes() + b"\0")
    monkeypatch.setattr(network, "loaded", lambda *_: pytest.fail("it was loaded"))
    said = refusal(rtmo, picture, tmp_path)
    assert "is not the file that made-up.toml means" in said
    assert weights.file_sha256(onnx) in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('decoder = "rtmo"', 'decoder = "rtmx"', '"decoder" must be one of yolox, simcc'),
        ('boxes = "boxes"\n', "", 'the key "outputs.boxes" is missing'),
        ('boxes = "boxes"\n', 'boxes = "boxes"\nmasks = "m"\n', 'unknown key "outputs.masks"'),
        ("[outputs]", "[decoding]\n[outputs]", "unknown table [decoding]"),
        ("size = [256, 128]", "size = [99999, 128]", '"input.size" must be two whole numbers from 1'),
        ("size = [256, 128]", "size = [128, 128]", "takes 1 x 3 x 128 x 256 and not 1 x 3 x 128 x 128"),
        ('boxes = "boxes"', 'boxes = "dets"', "has no tensor dets"),
        ('boxes = "boxes"', 'boxes = "#7"', "has no tensor #7"),
        ("mean = [0.0,", "mean = [nan,", '"input.mean" must be three numbers'),
    ],
)  # fmt: skip
def test_a_wrong_data_file_is_explained(rtmo, picture, tmp_path, old, new, said):
    content = rtmo.read_text(encoding="utf-8")
    assert old in content
    rtmo.write_text(content.replace(old, new, 1), encoding="utf-8")
    assert said in refusal(rtmo, picture, tmp_path)


def test_tensors_can_be_named_by_their_place(rtmo, picture, tmp_path):
    content = rtmo.read_text(encoding="utf-8")
    content = content.replace('"boxes"', '"#0"').replace('= "keypoints"', '= "#1"')
    rtmo.write_text(content.replace('"input"', '"#0"'), encoding="utf-8")
    assert check(rtmo, picture, tmp_path / "out") == DONE


def test_missing_weights_a_missing_picture_and_a_text_as_picture(rtmo, picture, tmp_path):
    assert "no picture that can be read" in refusal(rtmo, tmp_path / "none.png", tmp_path)
    assert "no picture that can be read" in refusal(rtmo, rtmo, tmp_path)
    rtmo.with_suffix(".onnx").unlink()
    assert "Put made-up.onnx beside made-up.toml" in refusal(rtmo, picture, tmp_path)


def test_a_sha256_may_be_unknown_of_what_nobody_has_run(rtmo, picture, tmp_path, capsys):
    content = rtmo.read_text(encoding="utf-8")
    digest = weights.file_sha256(rtmo.with_suffix(".onnx"))
    rtmo.write_text(content.replace(digest, ""), encoding="utf-8")
    assert "64 hexadecimal digits" in refusal(rtmo, picture, tmp_path)
    content = content.replace(digest, "").replace("decoder =", "tested = false\ndecoder =")
    rtmo.write_text(content, encoding="utf-8")
    assert check(rtmo, picture, tmp_path / "out") == DONE
    said = capsys.readouterr().out
    assert digest in said and "has not been run by this project" in said


def test_networks_that_nobody_has_run_are_fetched_only_by_name():
    names = catalogue.names(catalogue.NETWORKS)
    unknown = [name for name in names if not catalogue.network(name).tested]
    assert {"rtmo-s", "rtmo-m", "rtmo-l", "rtmpose-m-halpe26", "yolox-m-humanart"} < set(unknown)
    assert set(fetch.tested()) == set(names) - set(unknown)
    assert not set(fetch.CARRIED) & set(unknown)
    for name in unknown:
        assert catalogue.network(name).licence == "Apache-2.0"


def test_a_file_of_unknown_sha256_is_kept_with_what_it_is(tmp_path, monkeypatch):
    spec = catalogue.network("rtmo-s")
    lines = []

    def obtain(source, target, packages, report):
        target.write_bytes(b"weights")

    monkeypatch.setattr(weights.sources, "obtain", obtain)
    path = weights.fetch(spec, lines.append, folder=tmp_path / "n", packages=tmp_path / "p")
    digest = weights.file_sha256(path)
    assert weights.origin(spec, tmp_path / "n").read_text().strip() == digest
    assert any(digest in line for line in lines)
    assert weights.find(spec, [tmp_path / "n"]) == path
