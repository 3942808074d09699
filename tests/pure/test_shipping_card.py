"""What is tried on a graphics card, and what is said where its libraries are missing."""

import onnxruntime
import pytest
from monorig.inference import network

CPU, CUDA, DML = "CPUExecutionProvider", "CUDAExecutionProvider", "DmlExecutionProvider"


@pytest.mark.parametrize(
    "available, gpu, tried",
    [
        ([CUDA, CPU], True, (CUDA, CPU)),
        ([DML, CPU], True, (DML, CPU)),
        ([CUDA, CPU], False, (CPU,)),
        (["AzureExecutionProvider", CPU], True, (CPU,)),
    ],
)
def test_a_card_is_tried_first_where_it_is_wanted(monkeypatch, available, gpu, tried):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: available)
    assert network.providers(gpu) == tried


def test_the_first_missing_library_is_named(monkeypatch, capfd):
    def preload_dlls():
        print("Failed to load libcublasLt.so.12: no such file\nFailed to load libcudnn.so.9: too")

    monkeypatch.setattr(onnxruntime, "preload_dlls", preload_dlls)
    said = network.load_libraries((CUDA, CPU))
    assert said == "Failed to load libcublasLt.so.12"
    assert capfd.readouterr().out == ""


def test_without_cuda_no_library_is_looked_for(monkeypatch):
    monkeypatch.setattr(onnxruntime, "preload_dlls", None)
    assert network.load_libraries((CPU,)) == network.load_libraries((DML, CPU)) == ""
