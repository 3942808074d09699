"""run.py fetch: networks and the demo clip into the cache, from the first source that has them."""

import importlib
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from ..inference import cache, catalogue, sources, weights
from . import environment
from .lock import locked
from .usage import DONE, UserError, command_parser, say

# What every user gets and the extension's zip carries: the networks of the chains, and lite, which
# comes in the same package as the other two.
CARRIED = (
    *("yolox-tiny-humanart", "rtmpose-s-halpe26"),
    *("blazepose-heavy", "blazepose-full", "blazepose-lite"),
)
CLIP_NAME = "demo.mp4"
CLIP_SHA256 = "d9a66417185647b112304b57093f0c180f37a768e6a14daca75ca541f3b78039"
CLIP_SOURCES = ("pypi:sports2d==0.8.34!Sports2D/Demo/demo.mp4",)


def parser():
    result = command_parser("fetch", "Get the networks and the demo clip.")
    result.add_argument(
        "names", nargs="*", metavar="NETWORK", help="only these; also such as we have not run"
    )
    result.add_argument(
        "--optional", action="store_true", help="also networks that the extension does not carry"
    )
    return result


def main(argv):
    options = parser().parse_args(argv)
    if options.names:
        fetch_networks(options.names)
        return DONE
    fetch_networks(tested() if options.optional else CARRIED)
    clip()
    return DONE


def tested():
    """Names of all networks of the catalogue that this project has run."""
    names = catalogue.names(catalogue.NETWORKS)
    return [name for name in names if catalogue.network(name).tested]


def fetch_chain(name, folders=()):
    """Get the networks of one chain; the fallback where the 3D network it wants cannot be had.

    folders   of the user, with chains and networks of their own; those are not fetched but have to be there
    """
    chain = catalogue.chain(name, folders)
    ours = [
        network
        for network in chain.networks.values()
        if network in catalogue.names(catalogue.NETWORKS)
    ]
    fallback = chain.options.get("pose_3d_fallback", "")
    fetch_networks([network for network in ours if network != chain.pose_3d or not fallback])
    if not fallback:
        return
    try:
        fetch_networks([chain.pose_3d])
    except UserError as error:
        say(f"{error} Using {fallback} instead, which is less accurate.")
        fetch_networks([fallback])


def fetch_networks(names):
    """Get the networks called `names`, as far as they are not here yet; their ONNX files."""
    try:
        specs = [catalogue.network(name) for name in names]
    except catalogue.CatalogueError as error:
        raise UserError(str(error)) from error
    folder = cache.networks()
    if not all(weights.is_here(spec, folder) for spec in specs):
        with one_at_a_time():
            for spec in specs:
                fetch_network(spec)
            tidy()
    return [folder / spec.onnx for spec in specs]


@contextmanager
def one_at_a_time():
    """Two runs would download the same packages twice."""
    cache.folder().mkdir(parents=True, exist_ok=True)
    with locked(cache.folder() / "fetch.lock", say):
        yield


def fetch_network(spec):
    folder = cache.networks()
    if weights.is_here(spec, folder):
        return folder / spec.onnx
    try:
        path = weights.fetch(spec, indented, convert=convert)
    except weights.WeightsError as error:
        raise UserError(str(error)) from error
    say(f"{spec.name}: ready, {path.stat().st_size / 1e6:.1f} MB ({spec.licence})")
    return path


def convert(spec, source, target):
    """Convert a network, with the packages that this takes installed on the way."""
    here = environment.checkout()
    here.ensure(environment.requirement_files(["convert"]))
    if not environment.inside(here):
        raise UserError("Networks are converted inside run.py's own environment only.")
    importlib.invalidate_caches()
    converter = importlib.import_module(f".convert_{spec.convert}", __package__)
    converter.convert_network(spec, source, target)


def clip():
    """The demo clip in the cache."""
    place = cache.folder() / "clips" / CLIP_NAME
    if not place.exists():
        with one_at_a_time():
            fetch_clip(place)
            tidy()
    return place


def fetch_clip(place):
    packages = cache.packages()
    packages.mkdir(parents=True, exist_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=packages, prefix="making-") as scratch:
        published = Path(scratch) / CLIP_NAME
        arguments = ("The demo clip", CLIP_SOURCES, CLIP_SHA256, published, packages, indented)
        try:
            weights.obtain_verified(*arguments)
        except weights.WeightsError as error:
            raise UserError(str(error)) from error
        published.replace(place)
    say(f"demo clip: ready, {place.stat().st_size / 1e6:.1f} MB (BSD-3-Clause, from sports2d)")


def tidy():
    """Take out of the downloaded packages what else is in them, then remove those that are used up."""
    packages, folder = cache.packages(), cache.networks()
    missing = [
        spec for spec in map(catalogue.network, CARRIED) if not weights.is_here(spec, folder)
    ]
    for spec in missing:
        if any(sources.is_here(source, packages) for source in spec.sources):
            fetch_network(spec)
    if packages.exists() and all(weights.is_here(spec, folder) for spec in missing):
        size = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file())
        shutil.rmtree(packages)
        say(f"removed the packages they came in, {size / 1e6:.1f} MB")


def indented(text):
    say("  " + text)
