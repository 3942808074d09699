"""One ONNX network in one ONNX Runtime session; the only file that imports onnxruntime."""

import contextlib
import io
import time
from collections import Counter

import numpy as np
import onnxruntime

from . import decoders, onnx_file
from .catalogue import NetworkSpec

CPU = "CPUExecutionProvider"
# Provider of a graphics card -> settings of its sessions; DirectML's come from its documentation.
ON_A_CARD = {
    "CUDAExecutionProvider": {},
    "DmlExecutionProvider": {"enable_mem_pattern": False},
}


class NetworkError(Exception):
    """The network file cannot be used; the text is one sentence for the user."""


def providers(gpu):
    """Names of the providers to try, best first: those of a graphics card where `gpu` and the runtime has any."""
    available = onnxruntime.get_available_providers()
    return (*(name for name in ON_A_CARD if gpu and name in available), CPU)


def load_libraries(tried):
    """Loads CUDA and cuDNN from the folder that onnxruntime itself is in; what is missing, in words, or ""."""
    if "CUDAExecutionProvider" not in tried:
        return ""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):  # it prints, and goes on
        onnxruntime.preload_dlls()
    return said.getvalue().strip().partition("\n")[0].partition(": ")[0]


class Network:
    """A loaded network. `run` counts its own time in `seconds`, and its calls by batch size in `runs`.

    Raises NetworkError where the file is no network, must not be loaded, or is another one than the
    data file describes; what only a run can tell, `warm_up` raises.
    """

    def __init__(self, spec: NetworkSpec, path, threads=0, providers=(CPU,)):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        for name, value in ON_A_CARD.get(providers[0], {}).items():
            setattr(options, name, value)
        self.spec = spec
        try:
            onnx_file.check(path)
        except onnx_file.OnnxFileError as error:
            raise NetworkError(f"The network file {path} is refused: {error}") from error
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=list(providers)
            )
        except Exception as error:  # onnxruntime's own errors share no base class
            raise NetworkError(f"The network file {path} cannot be loaded: {error}") from error
        self._check_tensors(path)
        self.seconds, self.runs = 0.0, Counter()

    @property
    def provider(self):
        """Name of the provider that is really active."""
        return self._session.get_providers()[0]

    def run(self, values):
        """Tensor (N, …) float32 -> {name of the data file: array}."""
        start = time.perf_counter()
        arrays = self._session.run(self._outputs, {self._input: values})
        self.seconds += time.perf_counter() - start
        self.runs[len(values)] += 1
        return dict(zip(self.spec.outputs, arrays))

    def warm_up(self):
        """One run on zeros, not counted: the first run plans memory, and shows what the network gives."""
        values = np.zeros(decoders.input_shape(self.spec, batch=1), np.float32)
        try:
            arrays = self._session.run(self._outputs, {self._input: values})
        except Exception as error:  # onnxruntime's own errors share no base class
            raise NetworkError(f"The network {self.spec.name} cannot be run: {error}") from error
        self.check_outputs(dict(zip(self.spec.outputs, arrays)))

    def check_outputs(self, arrays):
        """Raises NetworkError where outputs {name of the data file: array} are not what is decoded."""
        shapes = {name: array.shape for name, array in arrays.items()}
        complaint = decoders.complaint(self.spec, shapes)
        if complaint:
            raise NetworkError(f"The network {self.spec.name} is another one. {complaint}")
        for name, array in arrays.items():
            if not np.isfinite(array).all():
                raise NetworkError(
                    f'The output "{self.spec.outputs[name]}" of the network {self.spec.name}'
                    " holds values that are no numbers (NaN or infinite)."
                )

    def _check_tensors(self, path):
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) > 1:
            raise NetworkError(
                f"The network file {path} wants {len(inputs)} inputs instead of one."
            )
        entry = self._tensor(path, inputs, self.spec.tensor)
        self._input = entry.name
        self._outputs = [
            self._tensor(path, outputs, name).name for name in self.spec.outputs.values()
        ]
        self._check_input(path, entry)

    def _tensor(self, path, entries, name):
        """The tensor that the data file names: by its name, or as "#0" by its place."""
        for place, entry in enumerate(entries):
            if name in (entry.name, f"#{place}"):
                return entry
        raise NetworkError(
            f"The network file {path} has no tensor {name}, which {self.spec.name}.toml names;"
            f" it has {', '.join(entry.name for entry in entries)}."
        )

    def _check_input(self, path, entry):
        if entry.type != "tensor(float)":
            raise NetworkError(f"The network file {path} takes {entry.type}, not float32 numbers.")
        expected = decoders.input_shape(self.spec, batch=1)
        pattern = " ".join(str(size) for size in expected)
        if not decoders.Axes().fits(pattern, entry.shape):
            raise NetworkError(
                f"The network file {path} takes {decoders.shown(entry.shape)} and not"
                f" {decoders.shown(expected)}, as {self.spec.name}.toml says."
            )
        if decoders.DECODERS[self.spec.decoder].crops and isinstance(entry.shape[0], int):
            raise NetworkError(
                f"The network file {path} takes one person at a time; it has to be exported with a"
                " dynamic batch."
            )
