"""Numbered pictures are read like a clip, and one picture of a clip is sent ahead of a capture."""

import contextlib
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from capturing import run_here
from monorig.inference import preview, sequences
from monorig.inference.job import Job, JobError
from monorig.inference.video import Video

SIZE = (48, 64)  # height, width


@pytest.fixture
def pictures(tmp_path):
    """Pictures 7 to 11, and another that does not belong to them; the path of one in the middle."""
    for number in (1, *range(7, 12)):
        picture = np.full((*SIZE, 3), 20 * number, np.uint8)
        cv2.imwrite(str(tmp_path / f"shot_{number:04d}.png"), picture)
    return tmp_path / "shot_0009.png"


def test_the_row_begins_with_its_lowest_number(pictures):
    assert sequences.first_of(pictures).name == "shot_0007.png"
    assert sequences.number_of(pictures) == 9
    assert sequences.first_of(pictures.with_name("face.png")).name == "face.png"


@pytest.mark.parametrize("fps", [None, 12.5])
def test_pictures_are_read_in_order_at_the_rate_that_is_said(pictures, fps):
    with contextlib.closing(Video(pictures, fps)) as video:
        assert (video.width, video.height) == SIZE[::-1]
        assert video.fps == (fps or sequences.RATE)
        seen = list(video.pictures(1, 4))
    assert [int(p.image[0, 0, 0]) for p in seen] == [160, 180, 200]
    assert [p.index for p in seen] == [1, 2, 3]
    np.testing.assert_allclose([p.time_s for p in seen], np.arange(1, 4) / video.fps)


def test_a_small_picture_of_the_first_frame_comes_with_what_the_file_says(pictures):
    sent = {}
    parent = SimpleNamespace(send=lambda kind, arrays: sent.update({kind: arrays["rgba"]}))
    fields = preview.look(Job(str(pictures), frames=(2, None), fps=24.0), parent)
    assert fields == {"size": [64, 48], "fps": 24.0, "frames": 5}
    picture = sent["picture"]
    assert picture.shape == (*SIZE, 4) and (picture[..., :3] == 180).all()


def test_large_pictures_become_small_and_are_upside_down():
    image = np.zeros((720, 1280, 3), np.uint8)
    image[:360] = [255, 0, 0]  # blue, above
    shrunk = preview.small(image)
    assert shrunk.shape == (180, 320, 4)
    assert (shrunk[-1, 0] == [0, 0, 255, 255]).all() and (shrunk[0, 0] == [0, 0, 0, 255]).all()


def test_a_picture_beyond_the_end_is_one_sentence(pictures):
    last = run_here(Job(str(pictures), task="preview", frames=(40, None)))
    assert last.type == "failed" and last.fields["text"].endswith("has no picture 40.")


def test_a_rate_that_makes_no_sense_is_refused():
    with pytest.raises(JobError, match="pictures a second"):
        Job("a.png", "take", fps=0.0).check()
