"""The networks in the preferences: fetched, added, removed, and the cache emptied, as the buttons do it."""

import hashlib
import time
from types import SimpleNamespace

import bpy
import pytest
from monorig.inference import catalogue, sources
from monorig.operators import network_folders, networks, session

NAME, CONTENT = "rtmo-s", b"made-up weights" * 1000


@pytest.fixture
def cache(addon, tmp_path, monkeypatch):
    """The folder of an empty cache; access to the network is allowed."""
    monkeypatch.setenv("MONORIG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(networks, "online", lambda: True)
    networks.look(bpy.context)
    return tmp_path / "cache"


@pytest.fixture
def shop(monkeypatch):
    """shop(act): where networks are published; act is called with the report before the file is written."""

    def opened(act=lambda report: None):
        def get(_source, archive, report):
            act(report)
            archive.write_bytes(CONTENT)

        monkeypatch.setattr(sources, "GETTERS", {"https": get})
        spec = catalogue.network(NAME)
        bare = dict(vars(spec), sources=("https://example.org/file",))
        monkeypatch.setattr(catalogue, "network", lambda *_: type(spec)(**bare))

    return opened


def listed():
    return {one.name: one for one in networks.kept()}[NAME]


def test_a_network_is_fetched_with_progress_and_removed_again(cache, shop):
    stages = []
    shop(lambda report: (report("getting it"), report.bytes(5, 10), stages.append(report)))
    assert listed().state == "ABSENT"
    assert bpy.ops.monorig.network_fetch(name=NAME) == {"FINISHED"}
    assert session.status().sentence == f"{NAME} is here." and len(stages) == 1
    assert (listed().state, listed().bytes) == ("FETCHED", len(CONTENT))
    note = (cache / "networks" / f"{NAME}.onnx.sha256").read_text().strip()
    assert note == hashlib.sha256(CONTENT).hexdigest()
    assert networks.cached_bytes() > len(CONTENT)
    assert bpy.ops.monorig.network_remove(name=NAME) == {"FINISHED"}
    assert listed().state == "ABSENT"


def test_a_fetch_can_be_cancelled_between_two_blocks(cache, shop):
    def cancelled_meanwhile(report):
        session.cancel()
        while True:  # blocks come until it is broken off
            report.bytes(5, 10)
            time.sleep(0.001)

    shop(cancelled_meanwhile)
    assert bpy.ops.monorig.network_fetch(name=NAME) == {"CANCELLED"}
    assert "Fetch goes on from there" in session.status().sentence
    assert listed().state == "ABSENT"


def test_without_online_access_nothing_is_fetched(cache, monkeypatch):
    monkeypatch.setattr(networks, "online", lambda: False)
    assert not bpy.ops.monorig.network_fetch.poll()


def test_where_nothing_answers_the_reason_is_said(cache, shop):
    def gone(_report):
        raise sources.SourceError("nothing answers.")

    shop(gone)
    with pytest.raises(
        RuntimeError, match="could not be fetched. https://example.org/file: nothing"
    ):
        bpy.ops.monorig.network_fetch(name=NAME)


def test_a_file_of_the_users_is_added_and_never_removed(cache, tmp_path):
    file = tmp_path / "mine.onnx"
    file.write_bytes(CONTENT)
    assert bpy.ops.monorig.network_add(name=NAME, filepath=str(file)) == {"FINISHED"}
    assert listed().state == "OWN"
    with pytest.raises(RuntimeError, match="stays where it is"):
        bpy.ops.monorig.network_remove(name=NAME)
    assert bpy.ops.monorig.cache_empty() == {"FINISHED"}
    assert listed().state == "OWN" and file.exists()


def test_another_place_of_the_cache_is_searched_and_fetched_into(cache, tmp_path, monkeypatch):
    chosen = SimpleNamespace(networks_folder="", cache_folder=str(tmp_path / "elsewhere"))
    there = {"monorig": SimpleNamespace(preferences=chosen)}
    context = SimpleNamespace(preferences=SimpleNamespace(addons=there))
    assert network_folders.cached(context) == tmp_path / "elsewhere" / "networks"
    assert network_folders.searched(context) == (
        str(catalogue.NETWORKS),
        str(tmp_path / "elsewhere" / "networks"),
    )


def test_an_unwritable_cache_is_said(cache, tmp_path):
    (tmp_path / "cache").write_text("a file stands in the way")
    file = tmp_path / "mine.onnx"
    file.write_bytes(CONTENT)
    with pytest.raises(RuntimeError, match="cache"):
        bpy.ops.monorig.network_add(name=NAME, filepath=str(file))
