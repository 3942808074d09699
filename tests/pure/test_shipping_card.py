"""What is tried on a graphics card, what is said where it does not work, and tensors that stay bound."""

import re

import data_files
import numpy as np
import onnx
import onnxruntime
import pytest
from monorig.inference import catalogue, loading, providers
from monorig.inference.network import Network, NetworkError
from monorig.inference.providers import Provider

CPU, CUDA, DML = "CPUExecutionProvider", "CUDAExecutionProvider", "DmlExecutionProvider"
TENSORRT, COREML = "TensorrtExecutionProvider", "CoreMLExecutionProvider"
BOUND = Provider(CPU, "the processor as a card", memory="cpu")


@pytest.mark.parametrize(
    "available, gpu, tried",
    [
        ([CUDA, CPU], True, (CUDA, CPU)),
        ([DML, CPU], True, (DML, CPU)),
        ([CUDA, CPU], False, (CPU,)),
        (["AzureExecutionProvider", CPU], True, (CPU,)),
        ([CPU, COREML, DML, TENSORRT, CUDA], True, (CUDA, DML, COREML, CPU)),
    ],
)
def test_a_card_is_tried_first_where_it_is_wanted(monkeypatch, available, gpu, tried):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: available)
    assert tuple(provider.name for provider in providers.to_try(gpu)) == tried


def test_tensorrt_comes_first_where_it_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv(providers.TENSORRT_WANTED, "1")
    monkeypatch.setenv("MONORIG_CACHE", str(tmp_path))
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU, CUDA, TENSORRT])
    tried = providers.to_try(True)
    assert [provider.name for provider in tried] == [TENSORRT, CUDA, CPU]
    assert (tmp_path / "tensorrt").samefile(tried[0].options()["trt_engine_cache_path"])


def test_the_first_missing_library_is_named(monkeypatch, capfd):
    def preload_dlls():
        print("Failed to load libcublasLt.so.12: no such file\nFailed to load libcudnn.so.9: too")

    monkeypatch.setattr(onnxruntime, "preload_dlls", preload_dlls)
    said = providers.load_libraries((providers.CUDA, providers.PROCESSOR))
    assert said.startswith("the library libcublasLt.so.12 is missing: remove the GPU runtime and ")
    assert capfd.readouterr().out == ""


CUDA_CALL = "[ONNXRuntimeError] : 1 : FAIL : cuda_call.cc:129 OnnxRuntimeException "


@pytest.mark.parametrize(
    "said, words",
    [
        (
            f"{CUDA_CALL} CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version",
            "driver of the card is too old: install NVIDIA's driver 525 or newer",
        ),
        (
            f"{CUDA_CALL} CUDA failure 100: no CUDA-capable device is detected",
            "no card or no driver",
        ),
        (
            f"{CUDA_CALL} CUDA failure 209: no kernel image is available for execution on the device",
            "too old for this GPU runtime",
        ),
        (
            f"{CUDA_CALL} CUDA failure 2: out of memory ; GPU=0 ; hostname=box",
            "close other programs",
        ),
        (
            "Failed to load library libonnxruntime_providers_cuda.so with error: libcudnn.so.9:"
            " cannot open shared object file: No such file or directory",
            "library libcudnn.so.9 is missing: remove the GPU runtime and install it again",
        ),
        (
            r'[ONNXRuntimeError] : 1 : FAIL : Error loading "C:\\Users\\me\\DirectML.dll"',
            "DirectML.dll is",
        ),
        ("dml_provider_factory.cc(520): Exception(1) tid(2) 887A0004 not supported", "DirectX 12"),
        ("CUDA failure 999: unknown error ; GPU=0 ; hostname=box", "failure 999: unknown error"),
        ("something new\nwith a second line", "something new"),
    ],
)
def test_what_a_runtime_says_becomes_what_to_do(said, words):
    told = providers.in_words(said)
    assert words in told and "\n" not in told
    assert not {"hostname", "Users", "cuda_call.cc"} & set(re.split(r"[^\w.]+", told))


def test_without_cuda_no_library_is_looked_for(monkeypatch):
    monkeypatch.setattr(onnxruntime, "preload_dlls", None)
    assert providers.load_libraries((providers.PROCESSOR,)) == ""


SPEC = catalogue.network("rtmpose-s-halpe26")


@pytest.fixture
def path(networks):
    return networks / SPEC.onnx


def test_a_provider_that_does_not_start_is_told_and_the_next_one_is_taken(path):
    tried = (Provider(DML, "DirectML"), Provider(CUDA, "CUDA"), providers.PROCESSOR)
    network, reasons = loading.started(SPEC, path, 1, tried, "Failed to load libcudnn.so.9")
    assert network.provider == CPU
    assert [reason.partition(":")[0] for reason in reasons] == ["DirectML", "CUDA"]
    assert "libcudnn" in reasons[1]


def test_a_provider_whose_first_run_fails_is_told(monkeypatch, path):
    def warm_up(network):
        if network.memory:
            raise NetworkError("boom\nin some file")

    monkeypatch.setattr(Network, "warm_up", warm_up)
    network, reasons = loading.started(SPEC, path, 1, (BOUND, providers.PROCESSOR))
    assert network.provider == CPU and reasons == ["the processor as a card: boom"]


def test_a_network_that_works_nowhere_is_refused(monkeypatch, tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a network")
    with pytest.raises(NetworkError, match="broken.onnx"):
        loading.started(SPEC, broken, 1, (BOUND, providers.PROCESSOR))


def test_bound_tensors_give_the_same_for_every_number_of_people(path, rng):
    plain, bound = (Network(SPEC, path, 1, provider) for provider in (providers.PROCESSOR, BOUND))
    bound.warm_up()
    kept = []
    for people in (1, 3, 5, 2, 3):
        values = rng.uniform(-2, 2, (people, 3, 256, 192)).astype(np.float32)
        kept.append((plain.run(values), bound.run(values)))
    for one, other in kept:  # looked at last: no run may write over what an earlier one gave
        for name in SPEC.outputs:
            np.testing.assert_allclose(other[name], one[name], atol=1e-5)
    assert bound.runs == {1: 1, 3: 2, 5: 1, 2: 1}


def test_tensors_of_known_shape_get_their_memory_in_advance(tmp_path, monkeypatch):
    says = {"x": np.ones((1, 26, 384)), "y": np.ones((1, 26, 512))}
    data_files.write_onnx(tmp_path / "a.onnx", SPEC, says)
    model = onnx.load(tmp_path / "a.onnx")
    for output, side in zip(model.graph.output, (384, 512)):
        shape = ("N", 26, side)
        described = onnx.helper.make_tensor_value_info(output.name, onnx.TensorProto.FLOAT, shape)
        output.CopyFrom(described)
    onnx.save(model, tmp_path / "a.onnx")
    network = Network(SPEC, tmp_path / "a.onnx", 1, BOUND)
    for people in (3, 4):
        said = network.run(np.zeros((people, 3, 256, 192), np.float32))
        assert said["x"].shape == (people, 26, 384) and (said["y"] == 1).all()
