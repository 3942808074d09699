"""The benchmark of speed: its clips, its comparison of runs, its tables without a peer. Nothing is captured."""

import numpy as np
import pytest
from monorig.bench import captures, clips, plots, speed
from monorig.bench.captures import Spent
from monorig.inference.video import Video

STAGES = dict.fromkeys([*speed.STAGES, "load"], 0.1)


def spent(milliseconds, frames=10):
    report = {"frames": frames, "seconds_per_stage": STAGES, "peak_memory_mb": 200.0}
    return Spent(frames, milliseconds * frames / 1000, 2 * milliseconds * frames / 1000, report)


@pytest.fixture
def images(rng):
    return [rng.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(4)]


def test_a_crowd_is_the_same_picture_in_a_canvas_of_one_size(images):
    one, eight = clips.tiled(images[0], 1), clips.tiled(images[0], 8)
    assert one.shape == eight.shape == (2 * 48, 4 * 64, 3)
    np.testing.assert_array_equal(eight[48:, 192:], images[0])
    assert (one[:, 64:] == clips.GREY).all()


def test_forth_and_back_is_without_a_jump():
    found = list(clips.forth_and_back(list(range(4)), 14))
    assert found == [0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1]


def test_a_clip_is_written_once_and_whole(tmp_path, monkeypatch, images):
    monkeypatch.setenv("MONORIG_CACHE", str(tmp_path))
    asked = []

    def make():
        asked.append("pictures")
        yield from images

    paths = {clips._made("four", make) for _ in range(2)}
    video = Video(paths.pop())
    assert sum(1 for _ in video.pictures()) == 4
    assert (video.width, video.height, video.fps) == (64, 48, clips.RATE)
    video.close()
    assert asked == ["pictures"] and not paths


@pytest.fixture
def busy(monkeypatch):
    """busy(seconds): what other programs take in every run from now on; a run lasts 1 s on one core."""
    clock = {"now": 0.0, "all": 0.0, "others": 0.0}

    def tick():
        clock["now"], clock["all"] = clock["now"] + 1.0, clock["all"] + clock["others"]
        return clock["now"]

    monkeypatch.setattr(captures.os, "cpu_count", lambda: 1)
    monkeypatch.setattr(captures.time, "perf_counter", tick)
    monkeypatch.setattr(captures.time, "process_time", lambda: 0.0)
    monkeypatch.setattr(captures, "children_seconds", lambda: 0.0)
    monkeypatch.setattr(captures, "busy_seconds", lambda: clock["all"])
    return lambda seconds: clock.update(others=seconds)


def test_disturbed_runs_are_done_again_and_left_out(busy):
    rounds = []

    def run():
        rounds.append(len(rounds))
        busy(4.0 if rounds[-1] in (1, 2) else 0.0)
        return spent(10 + rounds[-1])

    found = captures.interleaved({"A": run}, repeats=2, most=9)["A"]
    assert len(rounds) == 4
    assert sorted(one.ms_per_frame for one in found) == pytest.approx([10, 13])


def test_the_least_disturbed_are_taken_where_it_never_gets_quiet(busy):
    shares = iter([4.0, 1.0, 2.0])

    def run():
        busy(next(shares))
        return spent(10)

    found = captures.interleaved({"A": run}, repeats=2, most=3)["A"]
    assert [one.others for one in found] == pytest.approx([1.0, 2.0])


def test_runs_alternate(busy):
    order = []

    def run(name):
        order.append(name)
        return spent(1)

    found = captures.interleaved({name: lambda n=name: run(n) for name in "AB"}, 3, 9)
    assert order == list("ABABAB")
    assert {name: len(runs) for name, runs in found.items()} == {"A": 3, "B": 3}


def test_repeats_are_told_as_their_middle_and_half_their_range():
    found = speed.timing([spent(30), spent(50), spent(32)], starting=0.1)
    assert found["ms_per_frame"] == {"median": pytest.approx(32), "spread": pytest.approx(10)}
    assert found["processor_ms_per_frame"]["median"] == pytest.approx(64 - 10)


@pytest.mark.parametrize("missing", [False, True])
def test_the_table_says_what_is_missed_and_goes_on_without_a_peer(monkeypatch, capsys, missing):
    def interpreter(one):
        if missing:
            raise speed.peer.PeerError(f"{one.name} is left out: no network.")

    monkeypatch.setattr(speed.peer, "interpreter", interpreter)
    monkeypatch.setattr(speed, "CLIPS", {1: lambda: "one.mp4", 2: lambda: "two.mp4"})
    monkeypatch.setattr(
        speed, "ours", lambda clip, chain, *rest: spent(50 if chain == "solo" else 30)
    )
    monkeypatch.setattr(speed, "theirs", lambda name, clip, runs: spent(20 * runs))
    monkeypatch.setattr(speed, "decoding", lambda clip: 1.0)
    result = speed.compared(*speed.SHORT)
    said = capsys.readouterr().out
    assert (said.count("left out: no network."), said.count("(missed)")) == (
        (2, 0) if missing else (0, 1)
    )
    solo, two = result["solo, 1 person"], result["take, 2 people"]
    if missing:
        assert "ratio" not in solo and "MediaPipe 1, 1 person" not in result
    else:
        assert (solo["ratio"]["median"], two["ratio"]["median"]) == (
            pytest.approx(2.5),
            pytest.approx(0.75),
        )
    assert result["stages"]["solo, 1 person"]["fit"] == pytest.approx(10.0)


def test_a_child_is_held_to_two_cores_and_this_process_is_let_go():
    if not hasattr(captures.os, "sched_setaffinity"):
        pytest.skip("this system does not bind processes to cores")
    before = captures.os.sched_getaffinity(0)
    with captures.two_cores() as cores:
        assert cores == min(2, len(before))
    assert captures.os.sched_getaffinity(0) == before


def test_pictures_of_the_measurements_are_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    rows = {
        "MediaPipe 1, raw": {"mpjpe": 90.0, "pa_mpjpe": 60.0},
        "the truth itself": {"mpjpe": 0.0},
    }
    plots.accuracy({"real video, two views": rows}, tmp_path)
    plots.costs({"people": {"live": [(1, 30.0), (2, 40.0)]}}, tmp_path)
    plots.memory({"live": [(0.0, 100.0), (1.0, 150.0)]}, tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"accuracy-real-video-two-views.png", "cost.png", "memory.png"}
