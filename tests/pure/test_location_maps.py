"""Location maps: read-out at the peaks, the turn of crops, following one person by the keypoints."""

from types import SimpleNamespace

import numpy as np
import pytest
from known_crowd import turned_to
from monorig.bench import rendered_maps
from monorig.bench.rendered_maps import Crowd, joints_of
from monorig.inference import location_maps
from monorig.inference.camera import project
from monorig.inference.crops import crop_transforms, to_crop
from monorig.inference.keypoints import INDEX, KEYPOINTS, indices
from monorig.training.joints import ORPM_JOINTS
from synthetic_motion import IMAGE_SIZE, K, synthetic_motion

SIZE, STRIDE = (368, 368), 8
SPEC = SimpleNamespace(
    keypoints=ORPM_JOINTS, size=SIZE, layout="NCHW", colour="BGR", mean=(0, 0, 0), std=(1, 1, 1),
    decoding={"metres_per_unit": 0.1},
)  # fmt: skip
NAMED = indices(name for name in ORPM_JOINTS if name)


@pytest.fixture(scope="module")
def somebody():
    """px (K,2), X (K,3) of a person right of the middle of the picture."""
    X = synthetic_motion(people=3, frames=1, gaps=False).X_cam[2, 0]
    return project(X, K), X - X[INDEX["pelvis"]]


def says(px, X, regions):
    """Outputs of a perfect network for crops: every crop shows the person where it is."""
    outputs = {name: [] for name in ("heatmaps", "x", "y", "z")}
    turned = joints_of(turned_to(X, px))
    for transform in crop_transforms(regions, SIZE)[:, None]:
        places = joints_of(to_crop(px[None], transform)[0])
        inside = ((places > 0) & (places < np.array(SIZE))).all(-1)
        people = Crowd(places[None], turned[None], inside[None])
        where = [[joint] for joint in range(len(ORPM_JOINTS))]
        xyz = rendered_maps.values_at(people, SIZE, STRIDE, people.X / 0.1, where)
        for axis, maps in zip("xyz", xyz.reshape(-1, 3, *xyz.shape[1:]).swapaxes(0, 1)):
            outputs[axis].append(maps)
        outputs["heatmaps"].append(rendered_maps.peaks(people, SIZE, STRIDE))
    return {name: np.stack(maps) for name, maps in outputs.items()}


def region_of(px):
    return location_maps.square(np.concatenate([px.min(0) - 40, px.max(0) + 40]))


def test_joints_are_read_where_their_heatmap_is_highest(somebody):
    px, X = somebody
    regions = region_of(px)[None]
    found = location_maps.decode(says(px, X, regions), crop_transforms(regions, SIZE), SPEC, K)
    assert np.abs(found.px[0, NAMED] - px[NAMED]).max() < 2.0  # [px], a tenth of a cell
    assert np.abs(found.X[0, NAMED] - X[NAMED]).max() < 0.003  # [m], from the centroid's own error
    lacking = [k for k in range(len(KEYPOINTS)) if k not in NAMED]
    assert np.isnan(found.X[0, lacking]).all() and (found.visibility[0, lacking] == 0).all()
    assert found.presence[0] > 0.8


def test_without_the_turn_the_pose_would_be_off(somebody):
    px, X = somebody
    seen = np.zeros((1, len(KEYPOINTS)))
    seen[0, NAMED] = 1.0
    turned = turned_to(X, px)
    assert np.abs(turned - X)[NAMED].max() > 0.02  # [m]
    back = location_maps.turned_back(turned[None], px[None], seen, K)
    np.testing.assert_allclose(back[0], X, atol=1e-9)


def test_the_turn_leaves_who_is_in_the_middle_or_unseen_alone(rng):
    X = rng.normal(size=(1, len(KEYPOINTS), 3))
    middle = np.broadcast_to(K[:2, 2], (1, len(KEYPOINTS), 2))
    ones = np.ones((1, len(KEYPOINTS)))
    np.testing.assert_allclose(location_maps.turned_back(X, middle, ones, K), X)
    nowhere = np.full_like(middle, np.nan)
    np.testing.assert_allclose(location_maps.turned_back(X, nowhere, 0 * ones, K), X)


def test_the_turn_points_the_view_axis_at_the_person():
    px = np.full((1, len(KEYPOINTS), 2), K[:2, 2] + [K[0, 0], 0.0])  # 45 degrees to the right
    ones = np.ones((1, len(KEYPOINTS)))
    away = np.zeros((1, len(KEYPOINTS), 3)) + [0, 0, 1.0]
    turned = location_maps.turned_back(away, px, ones, K)
    np.testing.assert_allclose(turned[0, 0], [np.sqrt(0.5), 0, np.sqrt(0.5)])


def keypoints_at(points):
    px, confidence = np.full((len(KEYPOINTS), 2), np.nan), np.zeros(len(KEYPOINTS))
    px[: len(points)], confidence[: len(points)] = points, 1.0
    return px, confidence


def test_the_next_box_has_the_published_buffers_shift_and_momentum():
    px, confidence = keypoints_at([(100, 100), (200, 100), (200, 300), (200, 300)])
    # 0.4 x 100 to each side, 0.2 x 200 up and down, shifted from 150 to the centroid 175
    box = location_maps.next_box(px, confidence)
    np.testing.assert_allclose(box, [100 - 40 + 25, 100 - 40, 200 + 40 + 25, 300 + 40])
    later = location_maps.next_box(px, confidence, last=np.zeros(4))
    np.testing.assert_allclose(later, 0.25 * box)


def test_unsure_keypoints_do_not_count_and_too_few_are_nobody():
    px, confidence = keypoints_at([(100, 100), (200, 100), (200, 300), (200, 300), (900, 900)])
    confidence[4] = location_maps.SEEN / 2
    assert location_maps.next_box(px, confidence)[2] < 400
    assert location_maps.next_box(*keypoints_at([(1, 1), (2, 2), (3, 3)])) is None


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (500, 500), (1920, 400), (40, 30)])
def test_the_windows_of_a_search_cover_the_picture_at_several_scales(size):
    windows = location_maps.windows(size)
    sides = np.unique(windows[:, 2].round(6))
    np.testing.assert_allclose(sides, np.sort(np.array(location_maps.SCALES) * max(size)))
    x, y = np.meshgrid(np.linspace(-0.5, size[0] - 0.5, 23), np.linspace(-0.5, size[1] - 0.5, 17))
    for side in sides:
        centre = windows[windows[:, 2].round(6) == side, :2]
        inside = np.abs(np.stack([x, y], -1)[:, :, None] - centre).max(-1) <= side / 2 + 1e-6
        assert inside.any(-1).all()
    assert len(windows) <= 26  # a square picture needs the most


class Perfect:
    """A network that sees the person of this picture in whatever crops it is given."""

    def __init__(self):
        self.spec, self.batches, self.px, self.X = SPEC, [], None, None

    def run(self, values):
        """The crops' places are read off the crops themselves: the pictures hold their own coordinates."""
        self.batches.append(len(values))
        regions = []
        for crop in values:
            column, row = crop[0, 184] * 8, crop[1, :, 184] * 8  # [px] of the picture
            known_x, known_y = column > 0, row > 0
            scale = [
                np.polyfit(np.flatnonzero(k), v[k], 1)
                for k, v in ((known_x, column), (known_y, row))
            ]
            side = 368 * np.mean([scale[0][0], scale[1][0]])
            regions.append([*(np.polyval(s, 183.5) for s in scale), side, side, 0.0])
        return says(self.px, self.X, np.array(regions))


def picture():
    """(H,W,3) whose blue is x / 8 and green is y / 8, so that 8-bit crops tell where they are."""
    width, height = IMAGE_SIZE
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = (np.arange(width) / 8)[None]
    image[..., 1] = (np.arange(height) / 8)[:, None]
    return image


def looked(follower):
    """Locations in the next picture, taken as they are."""
    found = follower.look(picture())
    follower.remember(found.px, found.visibility)
    return found


def test_a_person_is_found_anywhere_and_then_followed_by_one_crop_a_picture(somebody):
    px, X = somebody
    network = Perfect()
    follower = location_maps.Follower(network, K)
    for step in range(6):
        network.px, network.X = px - [6.0 * step, 0], X
        network.batches.clear()
        found = looked(follower)
        assert np.abs(found.px[0, NAMED] - network.px[NAMED]).max() < 12  # [px]
        searching = step < location_maps.FIRST_PICTURES
        assert len(network.batches) == (1 + location_maps.HONING if searching else 1)
    assert network.batches == [1]


def test_a_lost_person_is_nobody_and_is_searched_for_again(somebody):
    px, X = somebody
    network = Perfect()
    follower = location_maps.Follower(network, K)
    network.px, network.X = px, X
    for _ in range(4):
        looked(follower)
    network.px = px + 1e5
    assert len(looked(follower).px) == 0 and follower.box is None
    network.px = px
    network.batches.clear()
    assert len(looked(follower).px) == 1
    assert network.batches[0] == len(location_maps.windows(IMAGE_SIZE))
