"""One ONNX network in one ONNX Runtime session."""

import re
import time
from collections import Counter

import numpy as np
import onnxruntime

from . import decoders, onnx_file
from .bound_tensors import TYPES, BoundTensors, bucket
from .catalogue import NetworkSpec
from .providers import PROCESSOR

WARM_BATCHES = (
    1,
    2,
    4,
    8,
)  # planned before the first picture, where the batch is free and a card plans


# What ONNX Runtime says before what went wrong: kind of error, file, place and function in its sources.
BEFORE_WHAT = re.compile(
    r"\[ONNXRuntimeError\] : \d+ : \w+ : |Load model from .*? failed: ?"
    r"|\S*onnxruntime[\\/]core[\\/]\S+:\d+ .*?\) "
)
INPUT_TYPES = ("tensor(float)", "tensor(float16)", "tensor(int32)", "tensor(uint8)")


class NetworkError(Exception):
    """The network file cannot be used; the text is one sentence for the user."""


class Network:
    """A loaded network. `run` counts its own time in `seconds`, and its calls by batch size in `runs`.

    memory    device that keeps its tensors, "" = none does

    Raises NetworkError where the file is no network, must not be loaded, or is another one than the
    data file describes; what only a run can tell, `warm_up` raises.
    """

    def __init__(self, spec: NetworkSpec, path, threads=0, provider=PROCESSOR):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        for name, value in provider.session.items():
            setattr(options, name, value)
        # One alone, or the processor behind it for what the card lacks; not instead of it, without a word.
        chosen = dict.fromkeys((provider.name, PROCESSOR.name))
        chosen[provider.name] = provider.options()
        self.spec, self.memory, self._bound = spec, provider.memory, {}
        try:
            onnx_file.check(path)
        except onnx_file.OnnxFileError as error:
            raise NetworkError(f"The network file {path} is refused: {error}") from error
        try:
            self._session = onnxruntime.InferenceSession(
                str(path),
                options,
                [(name, said or {}) for name, said in chosen.items()],
                enable_fallback=0,
            )
        except Exception as error:  # onnxruntime's own errors share no base class
            raise NetworkError(
                f"The network file {path} cannot be loaded: {first_line(error)}"
                f" {onnx_file.GET_IT_AGAIN}"
            ) from error
        self._check_tensors(path)
        self.seconds, self.runs = 0.0, Counter()

    @property
    def provider(self):
        """Name of the provider that is really active."""
        return self._session.get_providers()[0]

    def run(self, values):
        """Tensor (N, …) float32 -> {name of the data file: array, float32 where it is float16}.

        Raises NetworkError where the run fails or gives what is no number.
        """
        start = time.perf_counter()
        arrays = self._outputs_of(values)
        self.seconds += time.perf_counter() - start
        self.runs[len(values)] += 1
        self._check_numbers(arrays)
        return arrays

    def _outputs_of(self, values):
        """-> {name of the data file: array}; `values` become what the network takes."""
        if np.issubdtype(self._type, np.integer):
            values = np.rint(values)
        try:
            arrays = self._run(values.astype(self._type, copy=False))
        except Exception as error:  # onnxruntime's own errors share no base class
            raise NetworkError(
                f"The network {self.spec.name} cannot be run: {first_line(error)}"
            ) from error
        arrays = [a.astype(np.float32) if a.dtype == np.float16 else a for a in arrays]
        return dict(zip(self.spec.outputs, arrays))

    def _run(self, values):
        if not self.memory:
            return self._session.run(self._outputs, {self._input: values})
        batch = bucket(len(values)) if self._free_batch else len(values)
        if batch not in self._bound:
            like = np.zeros((batch, *values.shape[1:]), self._type)
            self._bound[batch] = BoundTensors(
                self._session, self._input, self._outputs, like, self.memory
            )
        return self._bound[batch].run(values)

    @property
    def _free_batch(self):
        return decoders.DECODERS[self.spec.decoder].crops

    def warm_up(self):
        """Runs on zeros, not counted: the first run plans memory, and shows what the network gives."""
        planned = WARM_BATCHES if self.memory and self._free_batch else (1,)
        for batch in planned:
            values = np.zeros(decoders.input_shape(self.spec, batch), np.float32)
            arrays = self._outputs_of(values)
            shapes = {name: array.shape for name, array in arrays.items()}
            complaint = decoders.complaint(self.spec, shapes)
            if complaint:
                raise NetworkError(f"The network {self.spec.name} is another one. {complaint}")
            self._check_numbers(arrays)

    def _check_numbers(self, arrays):
        """Raises NetworkError where outputs {name of the data file: array} hold NaN or infinite values."""
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
        if entry.type not in INPUT_TYPES:
            raise NetworkError(
                f"The network file {path} takes {entry.type}; it has to take numbers of the type"
                f" {', '.join(INPUT_TYPES)}."
            )
        self._type = TYPES[entry.type]
        expected = decoders.input_shape(self.spec, batch=1)
        pattern = " ".join(str(size) for size in expected)
        if not decoders.Axes().fits(pattern, entry.shape):
            raise NetworkError(
                f"The network file {path} takes {decoders.shown(entry.shape)} and not"
                f" {decoders.shown(expected)}, as {self.spec.name}.toml says."
            )
        if self._free_batch and isinstance(entry.shape[0], int):
            raise NetworkError(
                f"The network file {path} takes one person at a time; it has to be exported with a"
                " dynamic batch."
            )


def first_line(error):
    """What an error says first, as the end of a sentence, without places in ONNX Runtime's sources."""
    said = str(error).strip().partition("\n")[0]
    return (BEFORE_WHAT.sub("", said) or said).rstrip(". ") + "."
