"""Tensors of one shape that stay where a provider keeps its memory, so that no run allocates or plans anew.

A graphics card plans a network for each new shape. Batches of people are therefore filled up to the next power
of two, and the memory of each such batch is kept (ONNX Runtime, I/O binding).
"""

import numpy as np
import onnxruntime

TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
}


def bucket(batch):
    """The batch that one of `batch` is filled up to."""
    return 1 << (batch - 1).bit_length()


class BoundTensors:
    """Input and outputs of a session for one input shape, in the memory of a device."""

    def __init__(self, session, tensor, outputs, like, memory):
        """outputs: names; like: array of the input's shape and type; memory: "cpu", "cuda", "dml" """
        self._session, self._binding = session, session.io_binding()
        self._host = np.zeros_like(like)
        shape = like.shape
        self._input = onnxruntime.OrtValue.ortvalue_from_shape_and_type(
            shape, like.dtype.type, memory, 0
        )
        self._binding.bind_ortvalue_input(tensor, self._input)
        known = {entry.name: entry for entry in session.get_outputs()}
        for name in outputs:
            self._bind_output(known[name], shape[0], memory)

    def _bind_output(self, entry, batch, memory):
        """Memory in advance where the network tells the shape; else it comes with the run."""
        shape = [batch, *(entry.shape or [None])[1:]]
        if all(isinstance(size, int) for size in shape) and entry.type in TYPES:
            value = onnxruntime.OrtValue.ortvalue_from_shape_and_type(
                shape, TYPES[entry.type], memory, 0
            )
            self._binding.bind_ortvalue_output(entry.name, value)
        else:
            self._binding.bind_output(entry.name, memory, 0)

    def run(self, values):
        """Tensor of at most this batch -> outputs as arrays; those of a batch have its length."""
        batch, whole = len(values), len(self._host)
        self._host[:batch] = values
        self._host[batch:] = 0
        self._input.update_inplace(self._host)
        self._session.run_with_iobinding(self._binding)
        arrays = self._binding.copy_outputs_to_cpu()
        if batch == whole:
            return arrays
        return [array[:batch] for array in arrays]
