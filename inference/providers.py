"""What a network can run on: ONNX Runtime's execution providers, best first.

Which of them the machine really has shows only in a session and a run (`loading.started`). TensorRT plans each
network for minutes when it first sees it, so it is tried only where the variable MONORIG_TENSORRT is set.
"""

import contextlib
import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import onnxruntime

from . import cache

TENSORRT_WANTED = "MONORIG_TENSORRT"
NOTHING_ANSWERS = (
    "no card or no driver of it answers: install the driver of the card's maker, and restart"
)
MISSING = "the library {0} is missing: remove the GPU runtime and install it again"
FILE = r"(?:\S*[/\\])?([\w.-]+?\.(?:so[\d.]*|dll))"
# What a runtime says of a card that it cannot use -> what to do; the first that fits. The numbers are CUDA's
# (NVIDIA, CUDA Runtime API, "cudaError"), those of DirectML DirectX's (Microsoft, "DXGI_ERROR").
REASONS = (
    (
        r"driver version is insufficient|CUDA failure 35\b|CUDNN_STATUS_VERSION_MISMATCH",
        "the driver of the card is too old: install NVIDIA's driver 525 or newer",
    ),
    (r"no CUDA-capable device|CUDA failure 100\b", NOTHING_ANSWERS),
    (
        r"no kernel image|CUDA failure 209\b|CUDNN_STATUS_ARCH_MISMATCH",
        "the card is too old for this GPU runtime, or too new: use the processor",
    ),
    (
        r"out of memory|CUDA failure 2\b|CUDNN_STATUS_ALLOC_FAILED|8007000E",
        "the memory of the card is full: close other programs that use it",
    ),
    (
        r"887A0004|887A0001",
        "the card or its driver has no DirectX 12: install the newest driver of the card's maker",
    ),
    (
        r"887A0005|887A0006|887A0007",
        "the driver of the card stopped: install the newest one, and restart",
    ),
    (
        r"Visual C\+\+ Redistributable is not installed",
        "Microsoft's Visual C++ Redistributable is missing: install it, and restart",
    ),
    (rf"{FILE}: cannot open shared object file", MISSING),
    (rf"Failed to load {FILE}", MISSING),
    (rf'Error loading "{FILE}"', MISSING),
)


def _as_is():
    return {}


@dataclass(frozen=True)
class Provider:
    """One way to run networks."""

    name: str  # ONNX Runtime's
    title: str
    memory: str = ""  # device of tensors that stay bound to a session, "" = none are
    session: Mapping = field(default_factory=dict)  # settings of the session
    options: object = _as_is  # function that gives the provider's own settings
    opt_in: str = ""  # environment variable without which it is not tried


def _tensorrt():
    """Plans are kept: the next start is quick."""
    folder = cache.folder() / "tensorrt"
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "trt_fp16_enable": "1",
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(folder),
    }


PROCESSOR = Provider("CPUExecutionProvider", "the processor")
CUDA = Provider("CUDAExecutionProvider", "CUDA", "cuda")
ON_A_CARD = (
    Provider(
        "TensorrtExecutionProvider", "TensorRT", "cuda", options=_tensorrt, opt_in=TENSORRT_WANTED
    ),
    CUDA,
    # DirectML's documentation asks for this setting.
    Provider("DmlExecutionProvider", "DirectML", "dml", session={"enable_mem_pattern": False}),
    Provider("CoreMLExecutionProvider", "CoreML"),
)


def to_try(gpu):
    """Providers to try, best first: those of a graphics card where `gpu` and the runtime knows them."""
    available = onnxruntime.get_available_providers()
    cards = [
        provider
        for provider in ON_A_CARD
        if provider.name in available and (not provider.opt_in or os.environ.get(provider.opt_in))
    ]
    return (*(cards if gpu else ()), PROCESSOR)


def load_libraries(tried):
    """Loads CUDA and cuDNN from the folder that onnxruntime is in; what is missing and what to do, or ""."""
    if CUDA not in tried:
        return ""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):  # it prints, and goes on
        onnxruntime.preload_dlls()
    return in_words(said.getvalue()) if said.getvalue().strip() else ""


def in_words(said):
    """Why a card is not used and what to do, for what a runtime said of it."""
    for pattern, words in REASONS:
        found = re.search(pattern, said, re.IGNORECASE)
        if found:
            return words.format(*found.groups())
    return (
        said.strip().partition("\n")[0].partition(" ; GPU=")[0]
    )  # what follows names the computer
