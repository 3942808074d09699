"""The networks' files on disk: which are there, where they come from, and what can be done with them.

The extension's own folder is never written. In the cache, a file with a note of its origin beside it (NAME.sha256,
see `weights`) was fetched and can be fetched again; one without was put there by the user, and is never removed.
Standard library only.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from . import catalogue, weights
from .catalogue import CatalogueError

CARRIED, FETCHED, OWN, ABSENT = "CARRIED", "FETCHED", "OWN", "ABSENT"


class ShelfError(Exception):
    """One sentence why a file is not added or removed."""


@dataclass(frozen=True)
class Kept:
    """One network of the catalogue, or of the user's folder.

    state       CARRIED by the extension, FETCHED into the cache, the user's OWN, or ABSENT
    path        of its file, None where it is absent
    fetchable   whether Blender can fetch it: it has not to be converted
    tested      whether this project has run it
    """

    name: str
    licence: str
    attribution: str
    state: str
    path: Path | None
    bytes: int
    fetchable: bool
    tested: bool


def kept(cached, own=""):
    """[Kept] of every known network, by name.

    cached   folder of the cache that holds networks
    own      the user's folder of networks, or ""
    """
    folders = [Path(own)] if own else []
    described = {  # the program's own win
        name: folder / f"{name}.toml"
        for folder in (*reversed(folders), catalogue.NETWORKS)
        for name in catalogue.names(folder)
    }
    found = [_kept(described[name], Path(cached), folders) for name in sorted(described)]
    return [one for one in found if one is not None]


def _kept(described, cached, folders):
    """Kept of a network; None where its data file is damaged."""
    try:
        spec = catalogue.load_network(described)
    except CatalogueError:
        return None
    places = (*folders, catalogue.NETWORKS, cached)
    place = next((folder for folder in places if weights.is_here(spec, folder)), None)
    path = place / spec.onnx if place else None
    return Kept(
        name=spec.name,
        licence=spec.licence,
        attribution=spec.attribution,
        state=_state(spec, place, cached),
        path=path,
        bytes=path.stat().st_size if path else 0,
        fetchable=bool(spec.sources) and not spec.convert,
        tested=spec.tested,
    )


def _state(spec, place, cached):
    if place is None:
        return ABSENT
    if place == catalogue.NETWORKS:
        return CARRIED
    return FETCHED if place == cached and weights.origin(spec, place).exists() else OWN


def remove(name, cached):
    """Deletes a network that was fetched; raises ShelfError for any other."""
    spec = catalogue.network(name)
    note = weights.origin(spec, Path(cached))
    if not note.exists():
        raise ShelfError(f"{name} was not fetched by Monorig: it stays where it is.")
    (Path(cached) / spec.onnx).unlink(missing_ok=True)
    note.unlink()


def add(name, file, cached):
    """Copies a network's file of the user's into the cache, where it counts as the user's.

    Raises ShelfError where it is another file than the one meant, as far as that can be known.
    """
    spec, file, cached = catalogue.network(name), Path(file), Path(cached)
    if file.suffix != ".onnx" or not file.is_file():
        raise ShelfError(f"{file.name} is no .onnx file.")
    if spec.sha256 and not spec.convert and weights.file_sha256(file) != spec.sha256:
        raise ShelfError(f"{file.name} is not the file of {name} (another sha256).")
    place = cached / spec.onnx
    if place.exists() and not weights.origin(spec, cached).exists():
        raise ShelfError(f"There is a file of yours for {name} already: {place}.")
    cached.mkdir(parents=True, exist_ok=True)
    part = place.with_name(place.name + ".part")
    shutil.copyfile(file, part)
    weights.origin(spec, cached).unlink(missing_ok=True)
    part.replace(place)


def size(cache):
    """Bytes of what `empty` would remove from a cache folder."""
    return sum(path.stat().st_size for path in _fetched(Path(cache)) if path.is_file())


def empty(cache):
    """Removes what was fetched from a cache folder: networks with a note of their origin, and downloads."""
    for path in _fetched(Path(cache)):
        path.unlink(missing_ok=True)


def _fetched(cache):
    """Files of a cache folder that can be fetched again, each before the note that says so."""
    for note in sorted((cache / "networks").glob("*.onnx.sha256")):
        yield from (note.with_suffix(""), note)
    for folder in (cache / "networks" / "published", cache / "packages"):
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())
