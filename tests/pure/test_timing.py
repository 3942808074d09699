"""Frame rates and scene frames."""

import numpy as np
import pytest
from monorig.retarget.timing import frame_rate, same_rate, scene_frames, whole_frames


@pytest.mark.parametrize(
    ("fps", "expected"),
    [
        (25.0, (25, 1.0)),
        (30000 / 1001, (30, 1.001)),
        (29.97, (30, 1.001)),
        (24000 / 1001, (24, 1.001)),
        (240.0, (240, 1.0)),
        (59.94, (60, 1.001)),
    ],
)
def test_usual_rates_keep_their_names(fps, expected):
    assert frame_rate(fps) == expected


@pytest.mark.parametrize("fps", [29.5, 12.34, 0.4, 118.2])
def test_unusual_rates_are_kept_exactly(fps):
    whole, base = frame_rate(fps)
    assert whole >= 1 and whole / base == pytest.approx(fps, rel=2e-4)


def test_frames_of_a_steady_clip_are_whole():
    fps = 30000 / 1001
    assert np.array_equal(scene_frames(np.arange(500) / fps, 30 / 1.001, 1), np.arange(1, 501))


def test_time_stamps_rounded_to_milliseconds_land_on_frames():
    assert np.array_equal(scene_frames(np.round(np.arange(99) / 30, 3), 30, 5), np.arange(5, 104))


def test_true_times_of_a_varying_clip_are_kept():
    time_s = np.array([0, 0.033, 0.05, 0.1, 0.1003])
    frames = scene_frames(time_s, 30, 1)
    assert np.all(np.diff(frames) > 0)
    assert np.abs(frames - (1 + 30 * time_s)).max() <= 0.03


def test_same_rate():
    assert same_rate(29.97, 30000 / 1001)
    assert not same_rate(29.97, 30)


def test_keys_between_frames_become_whole_frames_and_gaps_stay_gaps():
    frames = np.array([1.0, 1.8, 2.6, 3.4, 9.0, 9.8, 10.6])
    whole, held = whole_frames(frames, np.array([0, 0, 0, 1, 0, 0, 1], bool))
    assert whole.tolist() == [1, 2, 3, 9, 10] and np.flatnonzero(held).tolist() == [2]


def test_whole_frames_stay_as_they_are():
    frames = np.arange(5.0, 15.0)
    whole, held = whole_frames(frames, frames == 8)
    assert (whole == frames).all() and np.flatnonzero(held).tolist() == [3]
