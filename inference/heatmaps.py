"""Heatmaps: where a network's maps are highest, with sub-cell precision, and reading other maps there.

Cells are given as (x, y); the centre of cell 0 lies at 0. A map of an input `stride` times as large has cells
of stride x stride input pixels, whose centres lie at (cell + 1/2) stride - 1/2 (pixel centres at integers).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Peaks:
    """Local maxima of many maps, M in all, ordered by map and then by falling score."""

    joint: np.ndarray  # (M,) which map
    cell: np.ndarray  # (M,2) x y, between cells
    score: np.ndarray  # (M,)


def stride(maps, input_size):
    """Input pixels per cell along x and y: maps (..., h, w) of an input of (width, height) pixels."""
    return np.asarray(input_size, float) / maps.shape[:-3:-1]


def to_input(cells, stride):
    """Cells (...,2) -> pixels of the network's input."""
    return (cells + 0.5) * stride - 0.5


def to_cells(px, stride):
    """Pixels of the network's input (...,2) -> cells, the inverse of `to_input`."""
    return (px + 0.5) / stride - 0.5


def top_of_parabola(left, middle, right):
    """How far from the middle the parabola through three equally spaced values has its top; -1/2..1/2.

    Exact for a quadratic. 0 where the three have no top.
    """
    curvature = left - 2 * middle + right
    has_top = curvature < 0
    offset = (left - right) / np.where(has_top, 2 * curvature, 1)
    return np.where(has_top, np.clip(offset, -0.5, 0.5), 0.0)


def highest(maps):
    """The highest place of each map.

    maps (..., h, w); returns cell (...,2) with sub-cell precision, score (...)
    """
    *batch, height, width = maps.shape
    flat = maps.reshape(-1, height * width)
    best = flat.argmax(-1)
    x, y = best % width, best // width
    step = _sub_cell(flat.reshape(-1, height, width), x, y, np.arange(len(flat)))
    score = flat[np.arange(len(flat)), best]
    return (np.stack([x, y], -1) + step).reshape(*batch, 2), score.reshape(batch)


def local_maxima(maps, threshold, at_most):
    """Peaks above a threshold that no neighbour exceeds; of equal neighbours the last one counts.

    maps (J,h,w); at_most  peaks kept per map, the highest
    """
    joints, height, width = maps.shape
    padded = np.full((joints, height + 2, width + 2), -np.inf, maps.dtype)
    padded[:, 1:-1, 1:-1] = maps
    flat, inside = padded.ravel(), slice(width + 3, -width - 3)
    value = flat[inside]
    highest_here = value > threshold
    for step in (1, width + 1, width + 2, width + 3):  # right, and the row below
        highest_here &= value > flat[inside.start + step : len(flat) + inside.stop + step]
        highest_here &= value >= flat[inside.start - step : len(flat) + inside.stop - step]
    place = np.flatnonzero(highest_here) + inside.start
    joint, y, x = np.unravel_index(place, padded.shape)
    y, x, value = y - 1, x - 1, flat[place]
    order = np.lexsort((-value, joint))
    rank = np.arange(len(order)) - np.searchsorted(joint[order], joint[order])
    kept = order[rank < at_most]
    joint, y, x = joint[kept], y[kept], x[kept]
    cell = np.stack([x, y], -1) + _sub_cell(maps, x, y, joint)
    return Peaks(joint, cell, value[kept])


def _sub_cell(maps, x, y, which):
    """Steps (M,2) from the cells x, y of maps[which] to the top of a parabola along each axis."""
    height, width = maps.shape[-2:]
    step = np.zeros((len(which), 2))
    inside = np.flatnonzero((x > 0) & (x < width - 1))
    row = (maps[which[inside], y[inside], x[inside] + side] for side in (-1, 0, 1))
    step[inside, 0] = top_of_parabola(*row)
    inside = np.flatnonzero((y > 0) & (y < height - 1))
    column = (maps[which[inside], y[inside] + side, x[inside]] for side in (-1, 0, 1))
    step[inside, 1] = top_of_parabola(*column)
    return step


def read(maps, cells):
    """Values of maps at the nearest cell; places outside are read at the border.

    maps (C,h,w), cells (...,2); returns (...,C)
    """
    limit = np.array(maps.shape[:-3:-1]) - 1
    x, y = np.moveaxis(np.clip(np.rint(cells), 0, limit).astype(int), -1, 0)
    return np.moveaxis(maps[:, y, x], 0, -1)


def read_points(maps, cells):
    """Maps (3J,h,w), x y z of each of J joints, at the nearest cell: (...,2) -> (...,J,3)."""
    return read(maps, cells).reshape(*cells.shape[:-1], len(maps) // 3, 3)
