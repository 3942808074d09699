"""Work on a thread that looks like a child process to those who wait for it."""

import threading
import time

import pytest
from monorig.inference.errand import Errand

PATIENCE = 5.0  # [s]


class RefusedError(Exception):
    pass


def messages(errand):
    """All of them, polled as a timer does."""
    got, until = [], time.monotonic() + PATIENCE
    while errand.running:
        got += errand.poll()
        assert time.monotonic() < until
        time.sleep(0.002)
    return got


def started(function):
    errand = Errand(function, errors=(RefusedError,))
    errand.start()
    return errand


def test_progress_comes_in_order_and_what_is_returned_ends_it():
    def work(errand):
        for done in range(3):
            errand.progress("Counting", done, 3, people=1)
        errand.log("counted")
        return {"sum": 3}

    got = messages(started(work))
    assert [m.type for m in got] == ["progress"] * 3 + ["log", "done"]
    assert got[2].fields == {"stage": "Counting", "done": 2, "total": 3, "people": 1}
    assert got[-1].fields == {"sum": 3}


def raising(error):
    def work(errand):
        raise error

    return work


@pytest.mark.parametrize(
    "error, kind, text",
    [
        (RefusedError("Not today."), "input", "Not today."),
        (FileNotFoundError(2, "No such file", "a.txt"), "input", "a.txt: No such file."),
        (ValueError("what?"), "fault", "ValueError: what?"),
    ],
)
def test_what_goes_wrong_is_said(error, kind, text):
    (last,) = messages(started(raising(error)))
    assert (last.type, last.fields["kind"], last.fields["text"]) == ("failed", kind, text)
    assert bool(last.fields["log"]) == (kind == "fault")


def test_a_cancel_ends_it_at_its_next_look():
    begun = threading.Event()

    def work(errand):
        while True:
            begun.set()
            errand.progress("Waiting", 0, 0)
            time.sleep(0.005)

    errand = started(work)
    assert begun.wait(PATIENCE)
    errand.cancel()
    assert messages(errand)[-1].fields["kind"] == "cancelled" and not errand.running


def test_closing_waits_for_it_and_nothing_comes_after():
    ended = threading.Event()

    def work(errand):
        try:
            while True:
                errand.check()
                time.sleep(0.005)
        finally:
            ended.set()

    errand = started(work)
    errand.close()
    assert ended.is_set() and not errand.running and errand.poll() == []


def test_it_runs_only_after_its_start():
    errand = Errand(lambda errand: {})
    assert not errand.running and errand.poll() == []
    errand.close()
