"""Clips as they come from cameras, phones and editors: the right pictures at the right times, or one sentence."""

import subprocess
import sys
import threading
from pathlib import Path

import clips
import numpy as np
import pytest
from monorig.inference.video import Video, VideoError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """clip(name): path of a clip of `clips.RECIPES`, made when first asked for."""
    folder, made = tmp_path_factory.mktemp("clips"), {}

    def path(name):
        if name not in made:
            recipe = clips.RECIPES[name]
            (folder / name).mkdir()
            made[name] = clips.write(folder / name / recipe.file, recipe)
        return made[name]

    return path


@pytest.fixture
def read():
    """read(path, …): all pictures of a clip; it is closed after the test."""
    opened = []

    def pictures(path, *frames):
        opened.append(Video(path))
        return list(opened[-1].pictures(*frames))

    yield pictures
    for video in opened:
        video.close()


def is_one_sentence(text):
    return text.endswith(".") and "\n" not in text and ". " not in text and "Traceback" not in text


@pytest.mark.parametrize("name", clips.RECIPES)
def test_every_picture_comes_once_in_order_at_its_true_time(clip, read, name):
    recipe = clips.RECIPES[name]
    pictures = read(clip(name))
    assert [picture.index for picture in pictures] == list(range(recipe.frames))
    times = np.array([picture.time_s for picture in pictures])
    assert np.abs(times - (recipe.true_times - recipe.true_times[0])).max() < 1e-3  # [s]


@pytest.mark.parametrize("name", [name for name in clips.RECIPES if "high" not in name])
def test_each_picture_is_the_one_that_was_filmed(clip, read, name):
    for picture in read(clip(name)):
        middle = picture.image[20:-20, 20:-20].mean()
        assert (
            abs(middle - clips.level(picture.index)) < 3.5
        )  # of 255: half the step between two pictures


@pytest.mark.parametrize("name", clips.RECIPES)
def test_size_and_rate_are_those_of_the_upright_picture(clip, name):
    recipe = clips.RECIPES[name]
    video = Video(clip(name))
    video.close()
    upright = recipe.size[::-1] if recipe.turned in (90, 270) else recipe.size
    assert (video.width, video.height) == upright
    assert video.announced == recipe.frames
    if recipe.times is None:
        assert video.fps == pytest.approx(float(recipe.rate), rel=1e-6)


@pytest.mark.parametrize(
    "name, corner",
    [
        ("h264", (slice(0, 8), slice(0, 8))),
        ("turned_90", (slice(0, 8), slice(-8, None))),
        ("turned_180", (slice(-8, None), slice(-8, None))),
        ("turned_270", (slice(-8, None), slice(0, 8))),
    ],
)
def test_the_rotation_tag_is_applied_once(clip, read, name, corner):
    for picture in read(clip(name), 0, 3):
        assert picture.image[corner].mean() > 240  # the white mark
        assert picture.image.mean() < 100


@pytest.mark.parametrize(
    "first, end", [(0, 5), (5, 9), (7, None), (20, 99), (0, 0), (30, 40), (9, 4)]
)
def test_a_range_gives_its_own_pictures(clip, read, first, end):
    whole, part = read(clip("variable_rate")), read(clip("variable_rate"), first, end)
    expected = whole[first:end]
    assert [p.index for p in part] == [p.index for p in expected]
    assert [p.time_s for p in part] == pytest.approx([p.time_s for p in expected], abs=1e-9)
    assert all(np.array_equal(a.image, b.image) for a, b in zip(part, expected))


def test_a_clip_cut_off_in_the_middle_gives_what_is_there(tmp_path, read):
    path = clips.write_truncated(tmp_path / "cut.mp4")
    pictures = read(path)
    assert 15 < len(pictures) < 45 < Video(path).announced == 60
    assert [picture.index for picture in pictures] == list(range(len(pictures)))


@pytest.mark.parametrize("kind", ["text", "empty", "folder", "missing", "noise"])
def test_what_is_no_clip_is_refused_in_one_sentence(tmp_path, kind):
    path = clips.write_unusable(tmp_path)[kind]
    with pytest.raises(VideoError) as error:
        Video(path)
    assert is_one_sentence(str(error.value)) and str(path) in str(error.value)


def test_a_codec_that_cannot_be_decoded_is_named_with_the_way_out(tmp_path):
    path = clips.write(tmp_path / "new.mp4", clips.AV1)
    with pytest.raises(VideoError, match="AV01.*convert the clip to H.264") as error:
        Video(path)
    assert is_one_sentence(str(error.value).replace("H.264", "H264"))


def test_a_sound_file_is_refused(tmp_path):
    import wave

    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 800, "NONE", ""))
        sound.writeframes(bytes(1600))
    with pytest.raises(VideoError, match="not a video"):
        Video(tmp_path / "sound.wav")


def test_closing_in_the_middle_ends_the_reading_thread(clip):
    before = threading.active_count()
    video = Video(clip("h264"))
    pictures = video.pictures()
    next(pictures)
    video.close()
    assert threading.active_count() == before


def test_breaking_off_the_loop_leaves_nothing_behind(clip):
    video = Video(clip("h264"))
    for picture in video.pictures():
        if picture.index == 3:
            break
    video.close()
    assert picture.index == 3


def test_the_pictures_can_be_read_only_once(clip, read):
    video = Video(clip("h264"))
    list(video.pictures(0, 3))
    with pytest.raises(RuntimeError, match="once"):
        next(video.pictures())
    video.close()


def test_8k_is_read_in_little_memory(tmp_path):
    path = clips.write_8k(tmp_path / "large.mp4", frames=5)
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from inference.video import Video\n"
        "from inference.memory import peak_memory_mb\n"
        f"pictures = [p.image.shape for p in Video({str(path)!r}).pictures()]\n"
        "assert pictures == [(4320, 7680, 3)] * 5, pictures\n"
        "print(peak_memory_mb())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 1000  # [MB], of which a picture is 100
