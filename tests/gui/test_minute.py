"""The main thread over a minute of a 1080p clip, captured and live, with the finished zip and real networks.

MONORIG_CLIP is played forth and back, scaled up, until a minute is full.
"""

import os
from pathlib import Path

import cv2
import pytest
from blender_window import assert_short, played

SIZE, FPS, SECONDS = (1920, 1080), 30.0, 60
PARTS = ("capture", "live")


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What happened in the window."""
    for name, what in (("MONORIG_ZIP", "finished zip"), ("MONORIG_CLIP", "clip to capture")):
        if not Path(os.environ.get(name, "")).is_file():
            pytest.skip(f"{name} names no {what}")
    clip = tmp_path_factory.mktemp("clip") / "minute.mp4"
    a_minute_of(os.environ["MONORIG_CLIP"], clip)
    os.environ["MONORIG_MINUTE"] = str(clip)
    found = played("minute_in_blender", tmp_path_factory, checkout=False)
    for part in PARTS:
        print(part, {name: what for name, what in found[part].items() if name not in ("yards_s",)})
    return found


def a_minute_of(source, target):
    """Writes the minute."""
    reader, pictures = cv2.VideoCapture(source), []
    while (read := reader.read())[0]:
        pictures.append(cv2.imencode(".jpg", cv2.resize(read[1], SIZE))[1])
    forth_and_back = pictures + pictures[-2:0:-1]
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter_fourcc(*"mp4v"), FPS, SIZE)
    for frame in range(int(SECONDS * FPS)):
        writer.write(cv2.imdecode(forth_and_back[frame % len(forth_and_back)], cv2.IMREAD_COLOR))
    writer.release()


def test_a_minute_is_captured(seen):
    assert seen["capture"]["ending"][0] == "DONE" and seen["capture"]["people"] >= 2
    assert seen["capture"]["frames"] > 0.9 * SECONDS * 24  # at the scene's rate, or the clip's


def test_a_minute_of_live_is_recorded(seen):
    assert seen["live"]["ending"][0] == "DONE" and "was recorded on " in seen["live"]["written"]


@pytest.mark.parametrize("part", PARTS)
def test_our_calls_are_short(seen, part):
    assert_short(seen[part], share=0.99)
    assert seen[part]["call_s"] < 0.05
