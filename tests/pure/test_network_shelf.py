"""Which networks are on disk, fetched or the user's own; what is removed and what never is."""

import pytest
from monorig.inference import catalogue, network_shelf, weights
from monorig.inference.network_shelf import ABSENT, CARRIED, FETCHED, OWN, ShelfError

KNOWN, CONVERTED = (
    "rtmpose-s-halpe26",
    "blazepose-lite",
)  # a published .onnx, and one that is made here


@pytest.fixture
def cached(tmp_path):
    """The folder of networks of an empty cache."""
    folder = tmp_path / "cache" / "networks"
    folder.mkdir(parents=True)
    return folder


def fetched(name, cached):
    """As if it had been fetched."""
    spec = catalogue.network(name)
    (cached / spec.onnx).write_bytes(b"weights")
    weights.origin(spec, cached).write_text(spec.sha256 + "\n", encoding="utf-8")
    return cached / spec.onnx


def states(cached, own=""):
    return {one.name: one.state for one in network_shelf.kept(cached, own)}


def test_every_network_of_the_catalogue_is_listed_with_its_licence(cached):
    found = network_shelf.kept(cached)
    assert [one.name for one in found] == list(catalogue.names(catalogue.NETWORKS))
    assert {one.licence for one in found} == {"Apache-2.0"}


def test_a_network_is_fetched_ones_own_or_absent(cached, tmp_path):
    path = fetched(KNOWN, cached)
    own = tmp_path / "own"
    own.mkdir()
    (own / catalogue.network(CONVERTED).onnx).write_bytes(b"mine")
    found = states(cached, str(own))
    assert (found[KNOWN], found[CONVERTED], found["rtmo-s"]) == (FETCHED, OWN, ABSENT)
    listed = {one.name: one for one in network_shelf.kept(cached)}[KNOWN]
    assert (listed.path, listed.bytes) == (path, len(b"weights"))


def test_what_the_extension_carries_is_not_the_users(cached, tmp_path, monkeypatch):
    text = (catalogue.NETWORKS / f"{KNOWN}.toml").read_text(encoding="utf-8")
    (tmp_path / f"{KNOWN}.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(catalogue, "NETWORKS", tmp_path)
    path = fetched(KNOWN, tmp_path)
    found = network_shelf.kept(cached)
    assert [(one.state, one.path) for one in found] == [(CARRIED, path)]


def test_what_has_to_be_converted_is_not_fetched_by_blender(cached):
    listed = {one.name: one for one in network_shelf.kept(cached)}
    assert listed[KNOWN].fetchable and not listed[CONVERTED].fetchable


def test_a_damaged_data_file_of_the_users_is_passed_over(cached, tmp_path):
    (tmp_path / "broken.toml").write_text("no toml", encoding="utf-8")
    assert "broken" not in states(cached, str(tmp_path))


def test_only_what_was_fetched_is_removed(cached):
    path = fetched(KNOWN, cached)
    mine = cached / catalogue.network(CONVERTED).onnx
    mine.write_bytes(b"mine")
    network_shelf.remove(KNOWN, cached)
    with pytest.raises(ShelfError, match="stays where it is"):
        network_shelf.remove(CONVERTED, cached)
    assert not path.exists() and mine.read_bytes() == b"mine"
    assert states(cached)[KNOWN] == ABSENT


def test_an_added_file_is_the_users_and_stays_when_the_cache_is_emptied(cached, tmp_path):
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"mine")
    fetched(KNOWN, cached)
    (cached.parent / "packages").mkdir()
    (cached.parent / "packages" / "some.part").write_bytes(b"half")
    network_shelf.add(CONVERTED, file, cached)
    note = catalogue.network(KNOWN).sha256 + "\n"
    assert network_shelf.size(cached.parent) == len(b"weights") + len(b"half") + len(note)
    network_shelf.empty(cached.parent)
    found = states(cached)
    assert (found[KNOWN], found[CONVERTED]) == (ABSENT, OWN)
    assert network_shelf.size(cached.parent) == 0


def test_another_file_is_not_added(cached, tmp_path):
    file = tmp_path / "other.onnx"
    file.write_bytes(b"other")
    with pytest.raises(ShelfError, match="another sha256"):
        network_shelf.add(KNOWN, file, cached)
    with pytest.raises(ShelfError, match="no .onnx file"):
        network_shelf.add(CONVERTED, tmp_path / "missing.onnx", cached)
    (cached / catalogue.network(CONVERTED).onnx).write_bytes(b"mine")
    with pytest.raises(ShelfError, match="already"):
        network_shelf.add(CONVERTED, file, cached)
