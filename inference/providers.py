"""What a network can run on: ONNX Runtime's execution providers, best first.

Which of them the machine really has shows only in a session and a run (`loading.started`). TensorRT plans each
network for minutes when it first sees it, so it is tried only where the variable MONORIG_TENSORRT is set.
"""

import contextlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import onnxruntime

from . import cache

TENSORRT_WANTED = "MONORIG_TENSORRT"
NOTHING_ANSWERS = "no card or no driver of it answers"


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
    """Loads CUDA and cuDNN from the folder that onnxruntime itself is in; what is missing, in words, or ""."""
    if CUDA not in tried:
        return ""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):  # it prints, and goes on
        onnxruntime.preload_dlls()
    return said.getvalue().strip().partition("\n")[0].partition(": ")[0]
