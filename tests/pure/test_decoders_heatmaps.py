"""Peaks of maps whose peaks are known, and reading other maps there."""

import numpy as np
import pytest
from monorig.inference import heatmaps


def bump(places, size=(20, 15), sigma=1.5):
    """(M,h,w): a Gaussian at each place (M,2) in cells."""
    cells = np.stack(np.meshgrid(np.arange(size[0]), np.arange(size[1])), -1)
    away = ((cells - np.asarray(places)[:, None, None]) ** 2).sum(-1)
    return np.exp(-away / (2 * sigma**2))


def test_the_highest_place_is_found_between_cells(rng):
    places = rng.uniform([1, 1], [18, 13], (40, 2))
    cell, score = heatmaps.highest(bump(places))
    assert np.abs(cell - places).max() < 0.06  # [cells]; a parabola is not quite a Gaussian
    assert (score > 0.85).all() and (score <= 1).all()


@pytest.mark.parametrize("place", [(0, 0), (19, 14), (19, 7), (4, 0)])
def test_a_peak_at_the_border_stays_there(place):
    cell, _ = heatmaps.highest(bump([place]))
    np.testing.assert_allclose(cell[0], place, atol=0.06)


def test_maps_of_several_people_keep_their_axes(rng):
    places = rng.uniform(3, 11, (6, 2))
    cell, score = heatmaps.highest(bump(places).reshape(2, 3, 15, 20))
    assert cell.shape == (2, 3, 2) and score.shape == (2, 3)
    np.testing.assert_allclose(cell.reshape(6, 2), places, atol=0.06)


def test_local_maxima_are_all_found_by_map_and_height():
    maps = np.stack([bump([(4, 4)])[0] + 0.5 * bump([(14.3, 9.6)])[0], 0.2 * bump([(9, 9)])[0]])
    peaks = heatmaps.local_maxima(maps, threshold=0.1, at_most=9)
    np.testing.assert_array_equal(peaks.joint, [0, 0, 1])
    np.testing.assert_allclose(peaks.cell, [(4, 4), (14.3, 9.6), (9, 9)], atol=0.06)
    np.testing.assert_allclose(peaks.score, [1, 0.5, 0.2], rtol=0.06)


def test_a_plateau_is_one_peak_and_the_threshold_holds():
    maps = np.zeros((1, 6, 6))
    maps[0, 2:4, 2:4] = 0.5
    assert len(heatmaps.local_maxima(maps, 0.1, 9).joint) == 1
    assert len(heatmaps.local_maxima(maps, 0.5, 9).joint) == 0
    assert len(heatmaps.local_maxima(np.zeros((3, 6, 6)), 0.1, 9).joint) == 0


def test_only_the_highest_are_kept():
    maps = np.zeros((2, 9, 9))
    maps[:, 1::3, 1::3] = np.arange(9).reshape(3, 3) + 1.0
    peaks = heatmaps.local_maxima(maps, 0.1, at_most=2)
    np.testing.assert_array_equal(peaks.joint, [0, 0, 1, 1])
    np.testing.assert_array_equal(peaks.score, [9, 8, 9, 8])


def test_cells_and_pixels_of_the_input_are_each_others_inverse(rng):
    stride = heatmaps.stride(np.zeros((3, 40, 64)), (512, 320))
    np.testing.assert_array_equal(stride, [8, 8])
    np.testing.assert_array_equal(heatmaps.to_input(np.array([0.0, 63.0]), stride), [3.5, 507.5])
    cells = rng.uniform(0, 40, (9, 2))
    px = heatmaps.to_input(cells, stride)
    np.testing.assert_allclose(heatmaps.to_cells(px, stride), cells)


def test_maps_are_read_at_the_nearest_cell_and_at_the_border_outside():
    maps = np.arange(24.0).reshape(2, 3, 4)
    read = heatmaps.read(maps, np.array([[1.4, 0.6], [-5.0, 99.0]]))
    np.testing.assert_array_equal(read, [[5, 17], [8, 20]])
    assert heatmaps.read_points(np.zeros((12, 3, 4)), np.zeros((0, 2))).shape == (0, 4, 3)
