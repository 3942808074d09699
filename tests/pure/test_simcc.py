"""The decoder of coordinate classification, on scores whose peaks are known."""

from types import SimpleNamespace

import numpy as np
import pytest
from monorig.inference import catalogue, simcc
from monorig.inference.crops import crop_transforms, to_crop
from monorig.inference.keypoints import INDEX, KEYPOINTS, scatter

SPEC = catalogue.network("rtmpose-s-halpe26")
WIDTH, HEIGHT = SPEC.size


def bumps(centres, bins, width=5.0, height=1.0):
    """Scores (…,bins): a Gaussian round each centre [bins]."""
    away = np.arange(bins) - np.asarray(centres)[..., None]
    return height * np.exp(-(away**2) / (2 * width**2))


def outputs_at(points, confidence=0.9):
    """What a network says that sees its 26 keypoints at these crop pixels (N,26,2)."""
    scale = simcc.SPLIT
    return {
        "x": bumps(points[..., 0] * scale, int(WIDTH * scale), height=confidence),
        "y": bumps(points[..., 1] * scale, int(HEIGHT * scale), height=confidence),
    }


def test_a_parabolas_peak_is_found_exactly(rng):
    centres = rng.uniform(1, 98, 50)
    position, value = simcc.peaks(-((np.arange(100) - centres[:, None]) ** 2))
    np.testing.assert_allclose(position, centres, atol=1e-9)
    np.testing.assert_allclose(value, -((centres - np.round(centres)) ** 2), atol=1e-9)


def test_a_peak_at_the_border_stays_there():
    position, _ = simcc.peaks(bumps([-3.0, 0.0, 99.0, 110.0], 100))
    np.testing.assert_allclose(position, [0, 0, 99, 99], atol=0.51)


def test_flat_scores_give_a_finite_place_and_their_value():
    position, value = simcc.peaks(np.full((3, 20), 0.25))
    assert np.isfinite(position).all() and (value == 0.25).all()


@pytest.mark.parametrize("box", [(100, 50, 300, 600), (-80, -40, 90, 60), (10, 400, 800, 480)])
def test_keypoints_come_back_to_where_they_are_in_the_picture(rng, box):
    transforms = crop_transforms(simcc.regions_of_boxes([box], SPEC.size), SPEC.size)
    crop_points = rng.uniform([3, 3], [WIDTH - 4, HEIGHT - 4], (1, 26, 2))
    truth = np.linalg.inv(np.vstack([transforms[0], [0, 0, 1]]))
    expected = crop_points[0] @ truth[:2, :2].T + truth[:2, 2]
    px, confidence = simcc.decode(outputs_at(crop_points), transforms, SPEC.keypoints)
    channels, columns = scatter(SPEC.keypoints)
    scale = transforms[0, 0, 0]  # crop px per picture px
    assert np.abs(px[0, columns] - expected[channels]).max() < 0.05 / scale
    np.testing.assert_allclose(confidence[0, columns], 0.9, atol=0.02)


def test_keypoints_that_the_network_lacks_are_absent():
    transforms = crop_transforms(simcc.regions_of_boxes([(0, 0, 90, 90)], SPEC.size), SPEC.size)
    px, confidence = simcc.decode(outputs_at(np.full((1, 26, 2), 50.0)), transforms, SPEC.keypoints)
    lacking = [INDEX[name] for name in set(KEYPOINTS) - set(SPEC.keypoints)]
    assert np.isnan(px[0, lacking]).all() and (confidence[0, lacking] == 0).all()
    assert np.isfinite(np.delete(px[0], lacking, 0)).all()


def test_the_confidence_is_the_worse_axis_within_0_and_1():
    outputs = outputs_at(np.full((1, 26, 2), 50.0))
    outputs["x"] *= 0.3
    outputs["y"] *= 2.0
    transforms = crop_transforms(simcc.regions_of_boxes([(0, 0, 90, 90)], SPEC.size), SPEC.size)
    _, confidence = simcc.decode(outputs, transforms, SPEC.keypoints)
    assert confidence.max() == pytest.approx(0.27, abs=0.01)
    _, confidence = simcc.decode(
        {k: 9 * v - 0.1 for k, v in outputs.items()}, transforms, SPEC.keypoints
    )
    assert confidence.max() <= 1.0 and confidence.min() >= 0.0


def test_regions_hold_the_padded_box_in_the_crops_shape():
    boxes = np.array([[10, 20, 110, 420], [10, 20, 410, 120], [5, 5, 5, 5]], float)
    regions = simcc.regions_of_boxes(boxes, SPEC.size)
    np.testing.assert_allclose(regions[:, :2], (boxes[:, :2] + boxes[:, 2:]) / 2)
    np.testing.assert_allclose(regions[:, 2] / regions[:, 3], WIDTH / HEIGHT)
    assert (regions[:, 2:4] >= simcc.PADDING * (boxes[:, 2:] - boxes[:, :2]) - 1e-9).all()
    assert (regions[:, 2:4] > 0).all() and (regions[:, 4] == 0).all()


def test_all_people_go_through_in_one_batch(rng):
    image, boxes = (
        np.zeros((300, 400, 3), np.uint8),
        [(10, 10, 90, 200), (150, 20, 260, 280), (0, 0, 50, 50)],
    )
    seen_at = np.array([[40.0, 60.0], [200.0, 100.0], [20.0, 20.0]])
    batches = []

    def run(values):
        batches.append(values.shape)
        transforms = crop_transforms(simcc.regions_of_boxes(boxes, SPEC.size), SPEC.size)
        return outputs_at(np.repeat(to_crop(seen_at[:, None], transforms), 26, 1))

    px, _ = simcc.estimate(SimpleNamespace(spec=SPEC, run=run), image, boxes)
    assert batches == [(3, 3, HEIGHT, WIDTH)]
    np.testing.assert_allclose(px[:, INDEX["nose"]], seen_at, atol=0.1)  # [px]
