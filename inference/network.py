"""One ONNX network in one ONNX Runtime session; the only file that imports onnxruntime."""

import time
from collections import Counter

import numpy as np
import onnxruntime

from .catalogue import NetworkSpec


class NetworkError(Exception):
    """The network file cannot be used; the text is one sentence for the user."""


class Network:
    """A loaded network. `run` counts its own time in `seconds`, and its calls by batch size in `runs`."""

    def __init__(self, spec: NetworkSpec, path, threads=0, providers=("CPUExecutionProvider",)):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.spec = spec
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
        arrays = self._session.run(list(self.spec.outputs.values()), {self.spec.tensor: values})
        self.seconds += time.perf_counter() - start
        self.runs[len(values)] += 1
        return dict(zip(self.spec.outputs, arrays))

    def warm_up(self):
        """One run on zeros, not counted: the first run plans memory."""
        width, height = self.spec.size
        shape = (1, 3, height, width) if self.spec.layout == "NCHW" else (1, height, width, 3)
        self._session.run(None, {self.spec.tensor: np.zeros(shape, np.float32)})

    def _check_tensors(self, path):
        inputs = {entry.name for entry in self._session.get_inputs()}
        outputs = {entry.name for entry in self._session.get_outputs()}
        missing = {self.spec.tensor} - inputs | set(self.spec.outputs.values()) - outputs
        if missing:
            raise NetworkError(
                f"The network file {path} has no tensor {', '.join(sorted(missing))}, "
                f"which {self.spec.name}.toml names."
            )
