"""tflite files of a few operators, written for tests with the schema package's builders."""

import flatbuffers
import numpy as np
import tflite

TYPE = {np.dtype(np.float32): 0, np.dtype(np.float16): 1, np.dtype(np.int32): 2}


class TinyModel:
    """tensor() and operator() one after the other, then content()."""

    def __init__(self):
        self._builder = flatbuffers.Builder(1024)
        self._tensors, self._operators, self._codes = [], [], []
        self._buffers = [self._table("Buffer")]

    def tensor(self, name, shape, data=None, sparsity=None, dtype=np.float32):
        """Number of a new tensor; with `data` it is a constant."""
        buffer = 0
        if data is not None:
            dtype = data.dtype
            vector = self._builder.CreateByteVector(data.tobytes())
            self._buffers.append(self._table("Buffer", Data=vector))
            buffer = len(self._buffers) - 1
        fields = {"Shape": self._numbers(shape), "Type": TYPE[np.dtype(dtype)], "Buffer": buffer}
        fields["Name"] = self._builder.CreateString(name)
        if sparsity is not None:
            fields["Sparsity"] = self._sparsity(**sparsity)
        self._tensors.append(self._table("Tensor", **fields))
        return len(self._tensors) - 1

    def operator(self, kind, inputs, output, options=None, **fields):
        """Append an operator; `options` names its options table, `fields` fill it."""
        code = getattr(tflite.BuiltinOperator, kind)
        self._codes.append(
            self._table("OperatorCode", BuiltinCode=code, DeprecatedBuiltinCode=code)
        )
        content = {
            "OpcodeIndex": len(self._codes) - 1,
            "Inputs": self._numbers(inputs),
            "Outputs": self._numbers([output]),
        }
        if options:
            content["BuiltinOptions"] = self._table(options, **fields)
            content["BuiltinOptionsType"] = getattr(tflite.BuiltinOptions, options)
        self._operators.append(self._table("Operator", **content))

    def content(self, inputs, outputs):
        """The file."""
        graph = self._table(
            "SubGraph",
            Tensors=self._offsets(self._tensors),
            Inputs=self._numbers(inputs),
            Outputs=self._numbers(outputs),
            Operators=self._offsets(self._operators),
        )
        fields = {"OperatorCodes": self._offsets(self._codes), "Subgraphs": self._offsets([graph])}
        model = self._table("Model", Version=3, Buffers=self._offsets(self._buffers), **fields)
        self._builder.Finish(model, b"TFL3")
        return bytes(self._builder.Output())

    def _sparsity(self, traversal, levels, block_map=()):
        """levels: a size for a dense level, (segments, indices) for a sparse one."""
        metadata = self._offsets([self._level(level) for level in levels])
        fields = {"TraversalOrder": self._numbers(traversal), "DimMetadata": metadata}
        if block_map:
            fields["BlockMap"] = self._numbers(block_map)
        return self._table("SparsityParameters", **fields)

    def _level(self, level):
        if isinstance(level, int):
            return self._table("DimensionMetadata", Format=0, DenseSize=level)
        fields = {"Format": 1}
        for name, numbers in zip(("ArraySegments", "ArrayIndices"), level, strict=True):
            vector = self._builder.CreateNumpyVector(np.array(numbers, np.uint8))
            fields[name] = self._table("Uint8Vector", Values=vector)
            fields[f"{name}Type"] = tflite.SparseIndexVector.Uint8Vector
        return self._table("DimensionMetadata", **fields)

    def _table(self, name, **fields):
        getattr(tflite, f"{name}Start")(self._builder)
        for field, value in fields.items():
            getattr(tflite, f"{name}Add{field}")(self._builder, value)
        return getattr(tflite, f"{name}End")(self._builder)

    def _numbers(self, values):
        return self._builder.CreateNumpyVector(np.array(values, np.int32))

    def _offsets(self, offsets):
        self._builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self._builder.PrependUOffsetTRelative(offset)
        return self._builder.EndVector()
