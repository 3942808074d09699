"""The networks as converted: as in the original runtime, and nearly so with float16 weights."""

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the converter's packages are not installed")

import cv2  # noqa: E402
import onnxruntime  # noqa: E402
from monorig.cli.shrink import shrink  # noqa: E402
from monorig.inference import cache, catalogue  # noqa: E402

ONE_THREAD = onnxruntime.SessionOptions()
ONE_THREAD.intra_op_num_threads = 1


@pytest.fixture(scope="module")
def pictures(demo_clip):
    """Three pictures of the demo clip, RGB 0..255."""
    clip = cv2.VideoCapture(str(demo_clip))
    read = [clip.read()[1][..., ::-1] for _ in range(41)]
    clip.release()
    return read[::20]


def outputs_of(path, spec, pictures):
    """Outputs of an ONNX network by the decoder's names."""
    session = onnxruntime.InferenceSession(path, ONE_THREAD, providers=["CPUExecutionProvider"])
    x = np.array([prepared(spec, picture) for picture in pictures], np.float32)
    if session.get_inputs()[0].shape[0] == 1:
        x = x[:1]
    return dict(zip(spec.outputs, session.run(list(spec.outputs.values()), {spec.tensor: x})))


def prepared(spec, picture):
    """A picture squeezed into the input of a network; enough to compare with."""
    resized = cv2.resize(np.ascontiguousarray(picture[200:800, 300:900]), spec.size)
    ordered = resized if spec.colour == "RGB" else resized[..., ::-1]
    x = (ordered - np.array(spec.mean)) / np.array(spec.std)
    return x if spec.layout == "NHWC" else x.transpose(2, 0, 1)


@pytest.mark.parametrize(
    "name",
    [
        *("blazepose-lite", "blazepose-heavy"),
        *("hand-landmark-full", "palm-detection-full", "face-landmark"),
    ],
)
def test_a_converted_network_equals_the_original_runtime(network_file, pictures, name):
    litert = pytest.importorskip("ai_edge_litert.interpreter", reason="no original runtime here")
    spec = catalogue.network(name)
    original = cache.networks() / "published" / f"{spec.name}.tflite"
    if not original.exists():
        pytest.skip("the network as published is not in the cache (python3 run.py fetch)")
    expected = run_original(litert, original, spec, pictures)
    got = outputs_of(network_file(spec.name), spec, pictures)
    for name, tensor in spec.outputs.items():
        error = np.abs(got[name] - expected[tensor]).max()
        assert error <= 1e-4 * max(1.0, np.abs(expected[tensor]).max()), name


def run_original(litert, path, spec, pictures):
    interpreter = litert.Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    results = []
    for picture in pictures:
        x = prepared(spec, picture)[None].astype(np.float32)
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
        interpreter.invoke()
        details = interpreter.get_output_details()
        results.append({d["name"]: interpreter.get_tensor(d["index"])[0] for d in details})
    return {tensor: np.array([one[tensor] for one in results]) for tensor in spec.outputs.values()}


@pytest.mark.parametrize("name", ["blazepose-full", "blazepose-lite", "rtmpose-s-halpe26"])
def test_float16_weights_hardly_change_the_output(tmp_path, network_file, pictures, name):
    spec = catalogue.network(name)
    full = network_file(name)
    small = tmp_path / spec.onnx
    shrink(full, small)
    assert small.stat().st_size < 0.6 * full.stat().st_size
    before, after = outputs_of(full, spec, pictures), outputs_of(small, spec, pictures)
    for output in spec.outputs:
        largest = np.abs(before[output]).max()
        assert np.abs(before[output] - after[output]).max() < 1e-2 * largest, output


def test_float16_weights_leave_the_detector_its_boxes(tmp_path, network_file, pictures):
    spec = catalogue.network("yolox-tiny-humanart")
    full = network_file(spec.name)
    small = tmp_path / spec.onnx
    shrink(full, small)
    before, after = (outputs_of(path, spec, pictures)["boxes"][0] for path in (full, small))
    certain = before[before[:, 4] > 0.3]
    assert len(certain)
    for box in certain:
        distance = np.abs(after[:, :4] - box[:4]).max(axis=1)
        assert distance.min() < 1.0  # [px] of 416
        assert abs(after[distance.argmin(), 4] - box[4]) < 0.01
