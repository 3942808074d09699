"""The parent's half, with small scripts in place of the child: well-behaved, dying, deaf and hanging ones."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from monorig.inference import client as client_module
from monorig.inference.client import KILL_AFTER, TERMINATE_AFTER, Client
from monorig.inference.job import Job
from monorig.inference.packages import PackagesError

ROOT = Path(__file__).resolve().parents[2]
JOB = Job(clip="läuft.mp4", take="somewhere")
POLL_AT_MOST = 0.5  # [s] one poll, on a busy machine; waiting for the child would take longer
CHILD = """
import json, os, signal, struct, sys, time

def say(type, **fields):
    text = json.dumps({"type": type, "fields": fields, "arrays": []}).encode()
    sys.stdout.buffer.write(struct.pack("<I", len(text)) + text)
    sys.stdout.buffer.flush()

def hear():
    (length,) = struct.unpack("<I", sys.stdin.buffer.read(4))
    return json.loads(sys.stdin.buffer.read(length))

"""


@pytest.fixture
def child():
    """child(script): a running Client whose child is this script, after the job was sent; ended afterwards."""
    started = []

    def start(script, job=JOB):
        started.append(Client(command=[sys.executable, "-I", "-c", CHILD + script]))
        started[-1].start(job)
        return started[-1]

    yield start
    for client in started:
        client.close()


def messages_until_end(client, timeout=10.0):
    """All messages; each poll must return at once."""
    got, began = [], time.monotonic()
    while client.running:
        before = time.perf_counter()
        got += client.poll()
        assert time.perf_counter() - before < POLL_AT_MOST
        assert time.monotonic() - began < timeout, "the job does not end"
        time.sleep(0.005)
    return got


def is_alive(pid):
    """Whether there is a process of that number that still runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(condition, timeout):
    """What the condition gives as soon as it is true, or after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return value


def test_messages_come_in_order_and_the_last_word_ends_the_job(child):
    client = child("for i in range(3): say('progress', done=i)\nsay('done', out='x')")
    pid = client.pid
    got = messages_until_end(client)
    assert [(m.type, m.fields) for m in got] == [
        *[("progress", {"done": i}) for i in range(3)],
        ("done", {"out": "x"}),
    ]
    assert not client.running and client.pid is None and client.poll() == []
    assert wait_for(lambda: not is_alive(pid), 2.0)


def test_the_child_gets_the_whole_job_and_where_its_packages_are(child):
    client = child("say('done', heard=hear())")
    heard = messages_until_end(client)[-1].fields["heard"]
    packages = heard["fields"].pop("packages")
    assert heard["type"] == "job" and Job.from_json(heard["fields"]) == JOB
    assert all(
        any(Path(folder, name).is_dir() for folder in packages)
        for name in ("numpy", "cv2", "onnxruntime")
    )


def test_wait_hands_over_every_message_and_returns_the_last(child):
    client, got = child("say('log', text='a warning')\nsay('done')"), []
    assert client.wait(got.append).type == "done"
    assert [m.type for m in got] == ["log", "done"]


def test_the_childs_own_failure_passes_through(child):
    client = child("say('failed', kind='input', text='No such clip.', log=[])")
    (last,) = messages_until_end(client)
    assert (last.type, last.fields["kind"], last.fields["text"]) == (
        "failed",
        "input",
        "No such clip.",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    "signal, word", [("SIGSEGV", "signal 11, SIGSEGV"), ("SIGKILL", "signal 9, SIGKILL")]
)
def test_a_crash_is_reported_with_its_signal(child, signal, word):
    client = child(f"say('progress', done=1)\nos.kill(os.getpid(), signal.{signal})")
    progress, last = messages_until_end(client)
    assert (last.type, last.fields["kind"]) == ("failed", "crashed") and word in last.fields["text"]


def test_an_exit_without_a_word_is_reported_with_its_status(child):
    client = child("sys.exit(3)")
    (last,) = messages_until_end(client)
    assert last.fields["kind"] == "crashed" and "exit status 3" in last.fields["text"]


@pytest.mark.parametrize("take, promised", [("somewhere", True), ("", False)])
def test_only_a_take_that_stays_is_promised_to_be_kept(child, take, promised):
    client = child("sys.exit(3)", Job(clip="a.mp4", take=take, out="x"))
    assert ("kept in the take" in messages_until_end(client)[-1].fields["text"]) == promised


def test_the_last_lines_of_the_log_are_kept(child):
    script = "for i in range(50): print('line', i, 'ä', file=sys.stderr, flush=True)\nsys.exit(1)"
    log = messages_until_end(child("hear(); sys.stderr.reconfigure(encoding='utf-8')\n" + script))[
        -1
    ].fields["log"]
    assert log == [f"line {i} ä" for i in range(38, 50)]


def test_a_torrent_on_stderr_blocks_nothing(child):
    client = child("sys.stderr.write('x' * 5_000_000)\nsay('done')")
    assert messages_until_end(client)[-1].type == "done"


def test_a_torrent_of_messages_that_nobody_polls_blocks_nothing(child, tmp_path):
    mark = tmp_path / "sent"
    client = child(
        f"for i in range(5000): say('progress', done=i)\nopen({str(mark)!r}, 'w')\nsay('done')"
    )
    assert wait_for(mark.exists, 10.0)
    assert len(messages_until_end(client)) == 5001


@pytest.mark.parametrize(
    "garbage", [b"Hello, world\n" * 9, b"\xff\xff\xff\xff", b"\x02\x00\x00\x00[]"]
)
def test_garbage_in_place_of_messages_ends_the_child(child, garbage):
    client = child(
        f"sys.stdout.buffer.write({garbage!r})\nsys.stdout.buffer.flush()\ntime.sleep(60)"
    )
    last = messages_until_end(client, timeout=3.0)[-1]
    assert last.fields["kind"] == "crashed"
    assert "does not keep to the protocol" in " ".join(last.fields["log"])


def test_a_message_torn_by_a_crash_is_not_delivered(child):
    client = child(
        "sys.stdout.buffer.write(struct.pack('<I', 99) + b'{')\nsys.stdout.buffer.flush()"
    )
    (last,) = messages_until_end(client)
    assert last.fields["kind"] == "crashed"


def test_a_child_that_closes_its_pipe_and_stays_is_ended(child, monkeypatch):
    monkeypatch.setattr(client_module, "LEAVE_AFTER", 0.3)
    client = child("os.close(1)\ntime.sleep(60)")
    pid = client.pid
    assert messages_until_end(client, timeout=3.0)[-1].fields["kind"] == "crashed"
    assert not is_alive(pid)


def test_a_child_that_stays_after_its_last_word_is_ended(child, monkeypatch):
    monkeypatch.setattr(client_module, "LEAVE_AFTER", 0.3)
    client = child("say('done')\ntime.sleep(60)")
    pid = client.pid
    assert messages_until_end(client)[-1].type == "done"
    assert wait_for(lambda: not is_alive(pid), 3.0)


def test_cancel_asks_and_the_child_answers(child):
    client = child(
        "hear()\nif hear()['type'] == 'cancel': say('failed', kind='cancelled', text='Cancelled.', log=[])"
    )
    client.cancel()
    client.cancel()
    (last,) = messages_until_end(client, timeout=TERMINATE_AFTER)
    assert last.fields["kind"] == "cancelled"


@pytest.mark.skipif(sys.platform == "win32", reason="there, to terminate is to kill")
def test_a_deaf_child_is_terminated_then_killed(child, tmp_path):
    mark = tmp_path / "terminated"
    script = f"signal.signal(signal.SIGTERM, lambda *_: open({str(mark)!r}, 'w'))\nsay('log')\n"
    client = child(script + "while True: time.sleep(0.02)")
    assert wait_for(client.poll, 5.0)
    began, terminated = time.monotonic(), None
    client.cancel()
    while client.running:
        last = (client.poll() or [None])[-1]
        terminated = terminated or (mark.exists() and time.monotonic() - began)
        time.sleep(0.01)
    took = time.monotonic() - began
    assert last.fields["kind"] == "cancelled"
    assert TERMINATE_AFTER < terminated < TERMINATE_AFTER + 0.5  # [s]
    assert KILL_AFTER < took < KILL_AFTER + 0.5  # [s]


def test_close_ends_the_child_at_once(child):
    client = child("signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)")
    pid, began = client.pid, time.monotonic()
    client.close()
    assert not is_alive(pid) and time.monotonic() - began < 1.0
    assert not client.running and client.poll() == []


def test_one_job_at_a_time_and_then_another(child):
    client = child("hear()\nhear()\nsay('failed', kind='cancelled', text='', log=[])")
    with pytest.raises(RuntimeError, match="already"):
        client.start(JOB)
    client.cancel()
    messages_until_end(client)
    client.start(JOB)
    assert client.running


def test_an_interpreter_that_is_not_there_leaves_nothing_running(tmp_path):
    client = Client(python=str(tmp_path / "python"))
    with pytest.raises(OSError):
        client.start(JOB)
    assert not client.running


def test_a_package_that_is_missing_is_named_before_anything_starts(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    client = Client()
    with pytest.raises(PackagesError, match="numpy is not there for Python"):
        client.start(JOB)
    assert not client.running and client.pid is None


def test_finding_the_packages_imports_none_of_them():
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from inference import client\n"
        "assert len(client.package_folders()) >= 1\n"
        "print(sorted({'cv2', 'onnxruntime'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
