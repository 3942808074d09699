"""Sparse tflite tensors unpacked: the values that are stored, back at their places."""

import numpy as np
import tflite

DENSE_LEVEL = 0  # DimensionType.DENSE
INDEX_VECTORS = {1: tflite.Int32Vector, 2: tflite.Uint16Vector, 3: tflite.Uint8Vector}


def densify(values, shape, sparsity):
    """Stored values -> dense array of `shape`.

    The format is a tree with one level per entry of the traversal order: first the dimensions of
    the tensor, then the dimensions of a block inside it. A dense level has all its indices; a
    sparse level lists, per parent, a segment of them (compressed rows, as in a CSR matrix).

    values  (V,)  in the order of the leaves of the tree
    """
    order = sparsity.TraversalOrderAsNumpy().tolist()
    levels = [level_indices(sparsity.DimMetadata(k)) for k in range(sparsity.DimMetadataLength())]
    leaf, coordinates = walk(levels)
    block_map = sparsity.BlockMapAsNumpy().tolist() if sparsity.BlockMapLength() else []
    rank = len(shape)
    block_size = [1] * rank
    for level, axis in enumerate(order):
        if axis >= rank:
            block_size[block_map[axis - rank]] = levels[level][0]
    place = np.zeros((len(leaf), rank), np.int64)
    for level, axis in enumerate(order):
        if axis < rank:
            place[:, axis] += coordinates[:, level] * block_size[axis]
        else:
            place[:, block_map[axis - rank]] += coordinates[:, level]
    dense = np.zeros(shape, values.dtype)
    dense[tuple(place.T)] = values[leaf]
    return dense


def level_indices(metadata):
    """(size, None, None) of a dense level, (0, segments, indices) of a sparse one."""
    if metadata.Format() == DENSE_LEVEL:
        return metadata.DenseSize(), None, None
    segments = index_vector(metadata.ArraySegmentsType(), metadata.ArraySegments())
    indices = index_vector(metadata.ArrayIndicesType(), metadata.ArrayIndices())
    return 0, segments, indices


def index_vector(kind, table):
    vector = INDEX_VECTORS[kind]()
    vector.Init(table.Bytes, table.Pos)
    return np.atleast_1d(vector.ValuesAsNumpy()).astype(np.int64)


def walk(levels):
    """The leaves of the tree: position in the stored values (V,), index on each level (V, L)."""
    node = np.zeros(1, np.int64)
    coordinates = np.zeros((1, 0), np.int64)
    for size, segments, indices in levels:
        if segments is None:
            count = np.full(len(node), size)
            child = (node[:, None] * size + np.arange(size)).ravel()
            index = np.tile(np.arange(size), len(node))
        else:
            first, count = segments[node], segments[node + 1] - segments[node]
            within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
            child = np.repeat(first, count) + within
            index = indices[child]
        coordinates = np.column_stack([np.repeat(coordinates, count, axis=0), index])
        node = child
    return node, coordinates
