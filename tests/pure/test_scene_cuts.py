"""Where another scene begins: cuts, dissolves, black in between; and what only moves."""

import cv2
import numpy as np
import pytest
from monorig.inference.scene_cuts import LOOKED_BACK, SceneCuts

SIZE = (160, 90)


def scene(seed, width=SIZE[0]):
    """(H,W,3) uint8: a picture with large and small things in it."""
    rng = np.random.default_rng(seed)
    image = np.zeros((SIZE[1], width, 3))
    for cells in (4, 12, 40):
        coarse = rng.uniform(-1, 1, (cells, cells * width // SIZE[0], 3)) / np.sqrt(cells)
        image += cv2.resize(coarse, (width, SIZE[1]), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + 180 * image, 0, 255).astype(np.uint8)


def begins(pictures):
    """Rows of the pictures with which a scene begins."""
    cuts = SceneCuts()
    return [row for row, picture in enumerate(pictures) if cuts.begins(picture)]


def mixed(one, other, share):
    return cv2.addWeighted(one, 1 - share, other, share, 0)


def noisy(pictures):
    rng = np.random.default_rng(1)
    return [np.clip(p + rng.normal(0, 6, p.shape), 0, 255).astype(np.uint8) for p in pictures]


def test_a_cut_is_found_where_it_is():
    there, back = [scene(1)] * 12 + [scene(2)] * 12, [scene(1)] * 12
    assert begins(noisy(there + back)) == [12, 24]


@pytest.mark.parametrize("zoom", [1.5, 3.0])
def test_a_close_up_of_the_same_scene_is_a_cut(zoom):
    width, height = (int(side / zoom) for side in SIZE)
    near = cv2.resize(scene(1)[20 : 20 + height, 30 : 30 + width], SIZE)
    assert begins(noisy([scene(1)] * 12 + [near] * 12)) == [12]


@pytest.mark.parametrize("pictures", [6, 12, 25])
def test_a_dissolve_is_found_once_where_the_new_scene_prevails(pictures):
    fade = [mixed(scene(1), scene(2), k / pictures) for k in range(1, pictures)]
    found = begins(noisy([scene(1)] * 20 + fade + [scene(2)] * 40))
    assert len(found) == 1 and 20 + pictures / 2 < found[0] <= 20 + max(pictures, 8)


def test_black_between_two_scenes_is_one_change_and_black_within_one_is_none():
    black = [np.zeros_like(scene(1))] * 9
    out = [mixed(scene(1), black[0], k / 10) for k in range(10)]
    other = [mixed(black[0], scene(2), k / 10) for k in range(1, 11)]
    assert len(begins([scene(1)] * 10 + out + black + other + [scene(2)] * 20)) == 1
    assert begins([scene(1)] * 10 + out + black + out[::-1] + [scene(1)] * 20) == []


def test_more_light_and_frozen_pictures_are_no_change():
    flash = np.clip(scene(1).astype(int) + 70, 0, 255).astype(np.uint8)
    assert begins(noisy([scene(1)] * 10 + [flash] * 2 + [scene(1)] * 10)) == []
    assert begins([scene(1)] * 100) == []


@pytest.mark.parametrize("speed", [1, 2, 4])
def test_a_camera_that_pans_stays_in_its_scene(speed):
    wide = scene(3, 6 * SIZE[0])
    pictures = [wide[:, speed * t : speed * t + SIZE[0]] for t in range(150)]
    assert begins(noisy(pictures)) == []


def test_somebody_large_who_walks_through_the_picture_is_no_change():
    pictures = [scene(1).copy() for _ in range(60)]
    for t, picture in enumerate(pictures):
        left, right = max(0, 4 * t - 70), min(4 * t, SIZE[0])
        picture[20:, left:right] = scene(4)[20:, : max(right - left, 0)]
    assert begins(noisy(pictures)) == []


def test_somebody_who_vanishes_from_an_empty_picture_is_no_change():
    pictures = [np.full_like(scene(1), 20) for _ in range(60)]
    for t, picture in enumerate(pictures):
        picture[30:80, 10 + t // 2 : 35 + t // 2] = scene(2)[:50, :25]
        if t < 22:
            picture[20:80, 110:140] = scene(3)[:60, :30]
    assert begins(pictures) == []


def test_a_screen_in_the_picture_that_changes_is_no_change_of_the_picture():
    pictures = [scene(1).copy() for _ in range(60)]
    for t, picture in enumerate(pictures):
        picture[10:50, 90:150] = cv2.resize(scene(5 + t // 12), (60, 40))
    assert begins(noisy(pictures)) == []


def test_a_picture_without_anything_is_no_scene():
    assert begins([np.zeros((40, 60, 3), np.uint8)] * 5 + [scene(1)] * 5) == []


def test_a_film_looked_at_in_two_parts_has_the_same_scenes():
    """With the last pictures of the first part at hand; the seam is before, at, and within changes."""
    fade = [mixed(scene(2), scene(3), k / 16) for k in range(1, 16)]
    film = noisy([scene(1)] * 9 + [scene(2)] * 35 + fade + [scene(3)] * 9)
    whole = begins(film)
    assert len(whole) == 2
    for seam in (5, 9, 10, 50, whole[1]):
        cuts = SceneCuts()
        for row in range(max(0, seam - LOOKED_BACK), seam):
            cuts.replay(film[row], row in whole)
        found = [row for row in range(seam, len(film)) if cuts.begins(film[row])]
        assert found == [row for row in whole if row >= seam]
