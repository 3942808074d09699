"""Faces: measures do not depend on where the head looks, channels show what moves, regions follow the eyes."""

from types import SimpleNamespace

import data_files
import numpy as np
import pytest
from monorig.inference import face_channels, face_finder, face_measures, faces, rotations
from monorig.inference.affinity import people
from monorig.inference.crops import crop_transforms, to_crop
from monorig.inference.fit_settings import FitSettings
from monorig.inference.keypoints import INDEX, KEYPOINTS
from monorig.retarget import face
from synthetic_motion import synthetic_motion

FRAMES = 60
# A face at rest [distances of the outer corners of the eyes], x to its left, y down, z away
PLACES = {
    33: (-0.5, 0, 0), 263: (0.5, 0, 0), 133: (-0.17, 0, -0.03), 362: (0.17, 0, -0.03),
    159: (-0.33, -0.05, 0), 145: (-0.33, 0.05, 0), 386: (0.33, -0.05, 0), 374: (0.33, 0.05, 0),
    168: (0, -0.02, -0.15), 1: (0, 0.42, -0.35), 2: (0, 0.55, -0.2), 13: (0, 0.78, -0.15),
    14: (0, 0.78, -0.15), 61: (-0.28, 0.8, -0.05), 291: (0.28, 0.8, -0.05), 152: (0, 1.3, -0.05),
    105: (-0.35, -0.25, -0.05), 107: (-0.12, -0.22, -0.08), 334: (0.35, -0.25, -0.05),
    336: (0.12, -0.22, -0.08),
}  # fmt: skip
MOVES = {  # channel: [(point, by how much)]
    "jawOpen": [(14, (0, 0.4, 0)), (152, (0, 0.4, 0))],
    "mouthPucker": [(61, (0.1, 0, 0)), (291, (-0.1, 0, 0))],
    "mouthSmileLeft": [(291, (0.05, -0.12, 0))],
    "mouthSmileRight": [(61, (-0.05, -0.12, 0))],
    "eyeBlinkLeft": [(386, (0, 0.08, 0))],
    "eyeBlinkRight": [(159, (0, 0.08, 0))],
    "browOuterUpLeft": [(334, (0, -0.1, 0)), (336, (0, -0.1, 0))],
    "browDownRight": [(105, (0, 0.07, 0)), (107, (0, 0.07, 0))],
}


def points(move="", share=1.0):
    """(468,3) of a face that shows one channel."""
    found = np.zeros((faces.NUM_POINTS, 3))
    for point, place in PLACES.items():
        found[point] = place
    for point, by in MOVES.get(move, ()):
        found[point] += share * np.array(by)
    return found


@pytest.mark.parametrize("channel", MOVES)
def test_a_channel_shows_what_moves_and_others_stay(channel):
    share = np.clip(np.linspace(-1, 1, FRAMES), 0, 1)  # at rest for half of the take
    seen = np.array([points(channel, s) for s in share])
    found = face_channels.channels(face_measures.measures(seen))
    column = face_channels.NAMES.index(channel)
    assert found[0, column] == pytest.approx(0, abs=0.02) and found[-1, column] > 0.6
    assert np.delete(found[-1], column).max() < 0.35  # what is below 0 is none


def test_measures_do_not_depend_on_where_the_head_is(rng):
    turned = np.array([points("jawOpen")] * 5)
    R = rotations.exp(rng.normal(0, 0.5, (5, 3)))
    moved = 80 * np.einsum("nij,nkj->nki", R, turned) + rng.normal(0, 100, (5, 1, 3))
    assert np.allclose(face_measures.measures(moved), face_measures.measures(turned))


def head(x=200.0):
    """People of one person who looks at the camera, 100 px/m, and what the 3D network says."""
    px = np.full((len(KEYPOINTS), 2), np.nan)
    for name, dx, dy in (
        ("eye_l", 3, -60), ("eye_r", -3, -60), ("nose", 0, -56), ("shoulder_l", 20, -30),
        ("shoulder_r", -20, -30), ("hip_l", 10, 20), ("hip_r", -10, 20),
    ):  # fmt: skip
        px[INDEX[name]] = x + dx, 150 + dy
    X = np.concatenate([(px - px[INDEX["hip_l"]]) / 100, 0 * px[:, :1]], -1)
    seen = np.isfinite(px[:, :1]).all(-1).astype(float)
    who = people(np.array([[100, 50, 300, 300.0]]), px[None], seen[None])
    return who, SimpleNamespace(X=X[None])


def test_a_face_is_looked_for_round_the_eyes_and_not_on_the_back_of_a_head():
    who, _ = head()
    region = faces.regions_of_eyes(who, np.array([100.0]))[0]
    assert np.allclose(region, [200, 93, 25, 25, 0], atol=2)
    behind = people(who.box, who.px * [-1, 1], who.confidence)
    assert np.isnan(faces.regions_of_eyes(behind, np.array([100.0]))).all()


def network(folder, logit=5.0):
    """One that sees the face of PLACES in every crop, so that its next region is the crop."""
    known = points()[list(PLACES)][:, :2]
    found = points()
    found[np.setdiff1d(np.arange(faces.NUM_POINTS), list(PLACES))] = (*known.mean(0), 0)
    region = faces.regions_of_points(1000 * found[None, :, :2])
    transforms = crop_transforms(region, (192, 192))
    found[:, :2] = to_crop(1000 * found[None, :, :2], transforms)[0]
    found[:, 2] *= 1000 * transforms[0, 0, 0]
    says = {"landmarks": found.reshape(1, 1, 1, -1), "presence": np.full((1, 1, 1, 1), logit)}
    return data_files.load(data_files.make(folder, "face", [], says, size=(192, 192), name="face"))


@pytest.mark.parametrize(
    ("logit", "larger", "believed"), [(5, 4, True), (-5, 4, False), (5, 1, False)]
)
def test_a_face_is_believed_where_it_is_one_and_large_enough(tmp_path, logit, larger, believed):
    who, located = head()
    who = people(larger * who.box, larger * who.px, who.confidence)
    image = np.zeros((1000, 1400, 3), np.uint8)
    found = face_finder.look(network(tmp_path, logit), image, who, located)
    assert (found.score[0] > 0) == believed
    if believed:
        expected = face_measures.measures(points()[None])
        assert np.allclose(found.measures, expected, atol=1e-3)


def test_channels_of_a_take_are_calm_and_rest_where_no_face_is_seen(rng):
    motion = synthetic_motion(people=1, frames=FRAMES)
    share = np.clip(np.sin(np.arange(FRAMES) / 6), 0, 1)
    seen = np.array([points("jawOpen", s) for s in share]) + 0.004 * rng.normal(
        size=(FRAMES, 468, 3)
    )
    measured, score = face_measures.measures(seen), np.ones(FRAMES)
    score[40:] = 0
    observations = [
        SimpleNamespace(face=m[None], face_score=np.array([s]), cut=False)
        for m, s in zip(measured, score)
    ]
    found = face_channels.with_face(
        motion, observations, {1: [(t, 0) for t in range(FRAMES)]}, FitSettings()
    )
    jaw = found.face[0, :, list(found.face_names).index("jawOpen")]
    assert np.abs(jaw - np.minimum(share * 0.4 / 0.33, 1))[:36].mean() < 0.06
    assert (jaw[52:] < 0.1).all() and (found.face_seen[0, 40:] == 0).all()
    nothing = [SimpleNamespace(face_score=np.zeros(1)) for _ in observations]
    assert face_channels.with_face(motion, nothing, {1: []}, FitSettings()) is motion


@pytest.mark.parametrize(
    "name", ["jawOpen", "JawOpen", "jaw_open", "jaw open"], ids=lambda name: name.replace(" ", "-")
)
def test_shape_keys_are_known_by_their_words(name):
    assert face.alike(["Basis", name, "mouthSmile_L", "eyeBlinkRight"]) == {
        "jawOpen": name, "mouthSmileLeft": "mouthSmile_L", "eyeBlinkRight": "eyeBlinkRight",
    }  # fmt: skip
