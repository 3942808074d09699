"""The main thread over a minute of a 1080p clip, captured and live, with the finished zip and real networks.

A part of MONORIG_CLIP is played forth and back, scaled up, until a minute is full.
"""

import os
import statistics
from pathlib import Path

import cv2
import pytest
from blender_window import assert_short, played

SIZE, FPS, SECONDS = (1920, 1080), 30.0, 60
PART = slice(30, 140)  # frames of the demo clip with two people, one of whom comes and goes
MOST = 3  # of them, where the processor draws and live mode gets a few pictures a second
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
        ticks = sorted(found[part]["ticks_s"])
        told = {
            name: what for name, what in found[part].items() if name not in ("ticks_s", "yards_s")
        }
        print(
            f"{part}: {len(ticks)} ticks, p99 {ticks[int(0.99 * len(ticks))]:.4f} s, longest {ticks[-1]:.4f} s"
        )
        print(told | {"yard_s": statistics.median(found[part]["yards_s"])})
    return found


def a_minute_of(source, target):
    """Writes the minute."""
    reader, pictures = cv2.VideoCapture(source), []
    while (read := reader.read())[0]:
        pictures.append(cv2.imencode(".jpg", cv2.resize(read[1], SIZE))[1])
    pictures = pictures[PART]
    forth_and_back = pictures + pictures[-2:0:-1]
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter_fourcc(*"mp4v"), FPS, SIZE)
    for frame in range(int(SECONDS * FPS)):
        writer.write(cv2.imdecode(forth_and_back[frame % len(forth_and_back)], cv2.IMREAD_COLOR))
    writer.release()


def test_a_minute_is_captured(seen):
    assert seen["capture"]["ending"][0] == "DONE" and seen["capture"]["people"] == 2
    assert seen["capture"]["frames"] == SECONDS * FPS


def test_a_minute_of_live_is_recorded(seen):
    phase, sentence = seen["live"]["ending"]
    assert phase == "CANCELLED" and "was recorded on " in sentence and "Hero" in sentence
    assert sentence.count("Live Person") <= MOST


@pytest.mark.parametrize("part, share", [("capture", 0.99), ("live", 0.98)])
def test_our_calls_are_short(seen, part, share):
    """Where the processor draws, a minute of live has 200 calls; two of them begin things."""
    assert_short(seen[part], share)
    assert seen[part]["call_s"] < 0.05
