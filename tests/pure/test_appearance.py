"""Looks at clothes: compact, comparable, refused where there is too little to see."""

import cv2
import numpy as np
import pytest
from crowds import K, clothes
from monorig.inference import appearance
from monorig.inference.appearance import Wardrobe, distances, prints, torso
from monorig.inference.keypoints import INDEX

BOX = np.array([100.0, 50, 200, 350])


def picture(hue, light=180, noise=6, seed=0):
    """A person in one colour before grey, 400 x 400."""
    rng = np.random.default_rng(seed)
    image = np.full((400, 400, 3), 128, np.uint8)
    colour = np.uint8([[[hue, 200, light]]])
    image[50:350, 100:200] = cv2.cvtColor(colour, cv2.COLOR_HSV2BGR)[0, 0]
    return np.clip(image + rng.normal(0, noise, image.shape), 0, 255).astype(np.uint8)


def away(a, b):
    return float(distances(prints(a[None]), prints(b[None]))[0, 0])


def test_the_same_clothes_look_the_same_and_others_do_not():
    red, again, darker, blue = (
        torso(picture(hue, light, seed=i), BOX)
        for i, (hue, light) in enumerate([(5, 180), (5, 180), (5, 120), (110, 180)])
    )
    assert away(red, again) < 0.2 and away(red, darker) < 0.4 and away(red, blue) > 0.9


def test_hue_comes_round():
    assert away(torso(picture(1), BOX), torso(picture(178), BOX)) < 0.6


def test_keypoints_say_where_the_torso_is():
    image = picture(60)
    image[120:220, 110:190] = cv2.cvtColor(np.uint8([[[150, 220, 200]]]), cv2.COLOR_HSV2BGR)[0, 0]
    px, trust = np.full((K, 2), np.nan), np.zeros(K)
    for name, point in (
        ("shoulder_l", (190, 120)), ("shoulder_r", (110, 120)), ("hip_l", (190, 220)), ("hip_r", (110, 220)),
    ):  # fmt: skip
        px[INDEX[name]], trust[INDEX[name]] = point, 0.9
    look = torso(image, BOX, px, trust)
    assert look[look[:, 2].argmax(), 0] == 150 * appearance.BINS // 180


@pytest.mark.parametrize(
    "box",
    [[100, 50, 120, 110], [-500, 50, -400, 350], [100, np.nan, 200, 350]],
    ids=["small", "outside", "nowhere"],
)
def test_who_cannot_be_told_is_not_looked_at(box):
    assert not torso(picture(5), np.array(box, float)).any()


def test_somebody_cut_off_by_the_border_is_looked_at_as_far_as_there_is():
    assert torso(picture(5)[:, 130:], BOX - [130, 0, 130, 0]).any()


def test_prints_are_square_roots_of_probabilities():
    known = prints(np.array([clothes(3), np.zeros_like(clothes(3))]))
    assert np.square(known[0]).sum() == pytest.approx(1) and np.isnan(known[1]).all()


def test_unknown_clothes_have_no_distance():
    both = prints(np.array([clothes(3), np.zeros_like(clothes(3))]))
    found = distances(both, both)
    assert found[0, 0] == pytest.approx(0, abs=1e-6) and np.isnan(found[[0, 1, 1], [1, 0, 1]]).all()


def test_a_wardrobe_is_filled_on_arrival_and_refreshed_every_30_s():
    wardrobe, look, looked = Wardrobe(), prints(clothes(3)[None])[0], []
    for time_s in np.arange(0, 62, 0.05):
        if wardrobe.is_due(time_s):
            wardrobe.add(look, time_s)
            looked.append(time_s)
    assert len(looked) == appearance.HISTORY + 2 and looked[appearance.HISTORY - 1] < 2.0
    assert np.diff(looked)[-2:] == pytest.approx([30, 30], abs=0.1)
