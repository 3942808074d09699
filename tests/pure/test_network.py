"""A network file in its session: run, counted, refused."""

import dataclasses

import numpy as np
import pytest
from monorig.inference import catalogue
from monorig.inference import network as network_of
from monorig.inference.network import Network, NetworkError
from monorig.inference.providers import Provider

SPEC = catalogue.network("yolox-tiny-humanart")


def test_outputs_have_the_names_of_the_data_file(networks):
    network = Network(SPEC, networks / SPEC.onnx, threads=1)
    outputs = network.run(np.zeros((1, 3, 416, 416), np.float32))
    assert set(outputs) == {"boxes", "labels"} and outputs["boxes"].shape == (1, 2, 5)
    assert network.provider == "CPUExecutionProvider"


def test_runs_are_counted_by_batch_and_warming_up_is_not(networks):
    spec = catalogue.network("rtmpose-s-halpe26")
    network = Network(spec, networks / spec.onnx, threads=1)
    network.warm_up()
    assert network.seconds == 0 and not network.runs
    for people in (1, 3, 3):
        network.run(np.zeros((people, 3, 256, 192), np.float32))
    assert network.runs == {1: 1, 3: 2} and network.seconds > 0


def test_a_card_plans_for_powers_of_two_and_those_in_advance(networks, monkeypatch):
    planned = []

    class Noted(network_of.BoundTensors):
        def __init__(self, session, tensor, outputs, like, memory):
            planned.append(len(like))
            super().__init__(session, tensor, outputs, like, memory)

    monkeypatch.setattr(network_of, "BoundTensors", Noted)
    spec = catalogue.network("rtmpose-s-halpe26")
    card = Provider("CPUExecutionProvider", "the processor as a card", memory="cpu")
    network = Network(spec, networks / spec.onnx, 1, card)
    network.warm_up()
    assert planned == [1, 2, 4, 8]
    for people in (3, 9, 7):
        assert len(network.run(np.zeros((people, 3, 256, 192), np.float32))["x"]) == people
    assert planned == [1, 2, 4, 8, 16]


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x08\x07" * 100])
def test_a_file_that_is_no_network_is_refused(tmp_path, content):
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    with pytest.raises(NetworkError, match="broken.onnx"):
        Network(SPEC, path)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("[ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Load model from /a b/net.onnx failed:Protobuf parsing"
         " failed.", "Protobuf parsing failed."),
        ("[ONNXRuntimeError] : 1 : FAIL : Load model from n.onnx failed:/onnxruntime_src/onnxruntime/core/graph/"
         "model.cc:182 onnxruntime::Model::Model(onnx::ModelProto&&, const Path&) Unknown model file format.",
         "Unknown model file format."),
        ("[ONNXRuntimeError] : 1 : FAIL : D:\\a\\_work\\1\\s\\onnxruntime\\core\\graph\\graph.cc:42"
         " onnxruntime::F() Bad node\nand more", "Bad node."),
        ("no such file", "no such file."),
    ],
)  # fmt: skip
def test_of_what_onnx_runtime_says_that_is_kept_which_went_wrong(said, kept):
    assert network_of.first_line(ValueError(said)) == kept


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(NetworkError, match="nothing.onnx"):
        Network(SPEC, tmp_path / "nothing.onnx")


@pytest.mark.parametrize("changes", [{"tensor": "image"}, {"outputs": {"boxes": "boxes"}}])
def test_tensors_that_the_data_file_names_in_vain_are_told(networks, changes):
    with pytest.raises(NetworkError, match=f"no tensor {changes.get('tensor', 'boxes')}"):
        Network(dataclasses.replace(SPEC, **changes), networks / SPEC.onnx)
