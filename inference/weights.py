"""The weights of a network: where they are, and how they get there.

A file in the cache is complete as soon as it is there (it is moved into place as the last step),
and a small file beside it, NAME.sha256, says which published file it was made from.
Standard library only, so that Blender, the child process and run.py can all use it.
"""

import hashlib
import tempfile
from pathlib import Path

from . import cache, sources
from .catalogue import NETWORKS

BLOCK = 1 << 20
TRY_AGAIN = "Try again with a network that reaches one of these; what is complete is kept."


class WeightsError(Exception):
    """One sentence why the weights of a network cannot be had."""


def search_folders():
    """The extension's own folder, then the cache."""
    return NETWORKS, cache.networks()


def find(spec, folders=None):
    """The ONNX file of a network; WeightsError where it is in none of the folders."""
    folders = search_folders() if folders is None else [Path(folder) for folder in folders]
    for folder in folders:
        if is_here(spec, folder):
            return folder / spec.onnx
    looked = " and ".join(str(folder) for folder in folders)
    raise WeightsError(f"The network {spec.name} has not been fetched yet (looked in {looked}).")


def is_here(spec, folder):
    """Whether `folder` holds this network, made from the file that the catalogue means.

    Of networks that nobody has run here the catalogue knows no sha256: then any file of that name is.
    """
    note = origin(spec, folder)
    unknown = not note.exists() or not spec.sha256
    known = unknown or note.read_text(encoding="utf-8").strip() == spec.sha256
    return known and (folder / spec.onnx).is_file()


def origin(spec, folder):
    return folder / f"{spec.onnx}.sha256"


def fetch(spec, report, convert=None, folder=None, packages=None):
    """Get one network from the first source that gives the right file, and put it into the cache.

    report   called with one line of text at a time
    convert  convert(spec, source, target) makes the ONNX file of those in another format
    """
    folder = Path(folder or cache.networks())
    packages = Path(packages or cache.packages())
    if is_here(spec, folder):
        return folder / spec.onnx
    if spec.convert and convert is None:
        raise WeightsError(f"The network {spec.name} has to be converted outside Blender.")
    packages.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=packages, prefix="making-") as scratch:
        ready = Path(scratch) / spec.onnx
        if spec.convert:
            original = published(spec, folder, packages, report)
            report(f"converting {spec.name} from {spec.convert} to ONNX")
            convert(spec, original, ready)
        else:
            obtain_verified(spec.name, spec.sources, spec.sha256, ready, packages, report)
        return store(spec, ready, folder)


def published(spec, folder, packages, report):
    """The file as published of a network that has to be converted; kept, to be converted again."""
    place = folder / "published" / f"{spec.name}.{spec.convert}"
    if not (place.exists() and file_sha256(place) == spec.sha256):
        place.parent.mkdir(exist_ok=True)
        part = place.with_name(place.name + ".part")
        obtain_verified(spec.name, spec.sources, spec.sha256, part, packages, report)
        part.replace(place)
    return place


def obtain_verified(name, addresses, sha256, target, packages, report):
    """Write the published file to `target`, from the first source that gives the right one.

    sha256   "" where it is not known: then what the first source gives is taken, and its sha256 reported
    """
    here_first = sorted(addresses, key=lambda source: not sources.is_here(source, packages))
    reasons = []
    for source in here_first:
        try:
            sources.obtain(source, target, packages, report)
        except sources.SourceError as error:
            sources.discard(source, packages)
            reasons.append(f"{label(source)}: {error}")
            report(reasons[-1])
            continue
        digest = file_sha256(target)
        if digest == sha256:
            return
        if not sha256:
            report(f"{name}: no sha256 is known to compare with; this file's is {digest}")
            return
        sources.discard(source, packages)
        reasons.append(f"{label(source)}: refused, its sha256 is not the expected one.")
        report(reasons[-1])
    raise WeightsError(f"{name} could not be fetched. {' '.join(reasons)} {TRY_AGAIN}")


def store(spec, ready, folder):
    """Move a finished file into place; at no moment has a file the wrong note beside it."""
    place = folder / spec.onnx
    place.unlink(missing_ok=True)
    digest = spec.sha256 or file_sha256(ready)
    origin(spec, folder).write_text(digest + "\n", encoding="utf-8")
    ready.replace(place)
    return place


def label(source):
    """A source without the path inside it."""
    return source.partition("!")[0]


def file_sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
