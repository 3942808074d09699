"""run.py network check FILE.toml [PICTURE]: does a network do what its data file says, and what does it see?
run.py network export LAYOUT CORE: a network of a published layout with random weights, as an example.

Check: the data file, the weights beside it, the tensors and one run are checked first; then the network looks at a
picture (one of the demo clip where none is given), which is written with what it saw drawn over it. A network
that needs somebody else's boxes, keypoints or poses gets those of the default chain.
"""

import argparse
from pathlib import Path

from ..inference import cache, catalogue, weights
from . import environment, fetch
from .usage import DONE, UserError, command_parser, say

OUT = environment.ROOT / "out" / "network"
HELPERS = ("yolox-tiny-humanart", "rtmpose-s-halpe26")
HELPER_3D = "blazepose-full"
HALVES = ("weights", "all")
LAYOUTS, CORES = ("vnect", "orpm", "xnect"), ("selecsls", "resnet50", "resnet34")
DEMO_SECOND = 1.0
DRAWN = 0.3  # confidence
LONGEST_LISTED = 8  # people


def parser():
    result = command_parser("network", "Test of one network, or an example of one.")
    actions = result.add_subparsers(dest="action", required=True, metavar="check|export")
    check = actions.add_parser("check", help="run it on a picture, say and draw what it sees")
    check.add_argument("file", type=Path, metavar="FILE.toml")
    check.add_argument("picture", type=Path, nargs="?", metavar="PICTURE")
    check.add_argument(
        "-o", "--out", type=Path, default=OUT, metavar="DIR", help="drawn picture (out/network)"
    )
    check.add_argument("--threads", type=int, default=0, metavar="N", help=argparse.SUPPRESS)
    make = actions.add_parser("export", help="a network with random weights (installs PyTorch)")
    make.add_argument("layout", choices=LAYOUTS)
    make.add_argument("core", choices=CORES)
    make.add_argument(
        "--half", choices=HALVES, nargs="?", const="weights", metavar="all",
        help="large weights stored as float16; all: it also computes in float16",
    )  # fmt: skip
    make.add_argument("-o", "--out", type=Path, default=OUT, metavar="DIR", help="out/network")
    return result


def main(argv):
    options = parser().parse_args(argv)
    return {"check": check, "export": export}[options.action](options)


def export(options):
    """Write ONNX and data file, with PyTorch installed on the way."""
    here = environment.checkout()
    here.ensure(environment.requirement_files(["training"]))
    from ..training.export import export as write_network
    from ..training.export import export_stage_two

    options.out.mkdir(parents=True, exist_ok=True)
    written = [write_network(options.layout, options.core, options.out)]
    if options.layout == "xnect":
        written.append(export_stage_two(options.out))
    for path in written:
        if options.half:
            halve(path, options.half)
        say(f"wrote {path}")
    return DONE


def halve(data_file, what):
    """Store the large weights of a network as float16, or all of it, and the new sha256 in its data file."""
    from .shrink import halve_throughout, shrink

    spec = catalogue.load_network(data_file)
    path = data_file.with_name(spec.onnx)
    {"weights": shrink, "all": halve_throughout}[what](path, path)
    text = data_file.read_text(encoding="utf-8")
    text = text.replace(spec.sha256, weights.file_sha256(path))
    data_file.write_text(text, encoding="utf-8")


def check(options):
    """Run one network on a picture."""
    spec = described(options.file)
    network = loaded(spec, onnx_file(spec, options.file), options.threads)
    say(f"{spec.name}: tensors, shapes and numbers are as {options.file.name} says.")
    image = picture(options.picture)
    found = seen(network, image, options.threads)
    for line in report(network, found):
        say(line)
    say(f"wrote {write(options.out / f'{spec.name}.png', image, found)}")
    return DONE


def described(path):
    """The NetworkSpec of a data file."""
    try:
        spec = catalogue.load_network(path)
    except catalogue.CatalogueError as error:
        raise UserError(str(error)) from error
    keypoints = sum(bool(name) for name in spec.keypoints)
    say(f"{spec.name}: decoder {spec.decoder}, {keypoints} keypoints, licence {spec.licence}")
    if not spec.tested:
        say(f"{spec.name} has not been run by this project.")
    return spec


def onnx_file(spec, data_file):
    """Its weights: beside the data file, in the extension, in the cache, or fetched; of the right sha256."""
    folders = (data_file.resolve().parent, *weights.search_folders())
    try:
        path = weights.find(spec, folders)
    except weights.WeightsError as error:
        if not spec.sources:
            raise UserError(f"{error} Put {spec.onnx} beside {data_file.name}.") from error
        with fetch.one_at_a_time():
            path = fetch.fetch_network(spec)
    digest = weights.file_sha256(path)
    if not spec.sha256:
        say(f'The data file gives no sha256; this file has sha256 = "{digest}".')
    elif not spec.convert and digest != spec.sha256:
        raise UserError(
            f"{path} is not the file that {data_file.name} means: its sha256 is {digest}, not"
            f" {spec.sha256}."
        )
    return path


def loaded(spec, path, threads):
    """The Network, warm."""
    from ..inference.network import Network, NetworkError

    try:
        network = Network(spec, path, threads)
        network.warm_up()
    except NetworkError as error:
        raise UserError(" ".join(str(error).split())) from error
    return network


def picture(path):
    """The picture as (H,W,3) uint8 BGR; without a path one of the demo clip."""
    if path is None:
        return demo_picture()
    import cv2

    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise UserError(f"{path} is no picture that can be read.")
    return image


def demo_picture():
    from ..inference.video import Video

    video = Video(fetch.clip())
    first = round(DEMO_SECOND * video.fps)
    image = next(iter(video.pictures(first, first + 1))).image
    video.close()
    return image


def seen(network, image, threads):
    """View of the network, helped by the default chain where it needs that."""
    from ..inference import views

    before = None
    if views.needs_boxes(network.spec) or views.needs_keypoints(network.spec):
        detector, pose_2d = (helper(name, threads) for name in HELPERS)
        before = views.look(detector, image)
        say(f"{detector.spec.name} finds {people(before)} for it.")
        if not len(before.boxes):
            raise UserError("there is nobody in the picture whom the network could look at.")
        if views.needs_keypoints(network.spec):
            before = views.look(pose_2d, image, before)
        if views.needs_poses(network.spec):
            before = views.look(helper(HELPER_3D, threads), image, before)
    return views.look(network, image, before)


def helper(name, threads):
    """A network of the default chain."""
    fetch.fetch_networks([name])
    spec = catalogue.network(name)
    return loaded(spec, weights.find(spec, (catalogue.NETWORKS, cache.networks())), threads)


def people(found):
    count = len(found.boxes)
    return "nobody" if not count else "1 person" if count == 1 else f"{count} people"


def counted(spec, found):
    """What a network sees, in words: hands and faces, else people."""
    noun = {"hand": "hand", "palm": "palm", "face": "face"}.get(spec.decoder)
    count = len(found.boxes)
    return f"{count} {noun}{'' if count == 1 else 's'}" if noun else people(found)


def report(network, found):
    """Lines of text: how long it took, who was seen, and how well."""
    import numpy as np

    runs = sum(network.runs.values())
    yield (
        f"{network.spec.name} sees {counted(network.spec, found)}; {1000 * network.seconds / max(runs, 1):.0f} ms"
        f" a run on {network.provider}."
    )
    for number, (box, confidence, X) in enumerate(
        list(zip(found.boxes, found.confidence, found.X))[:LONGEST_LISTED], start=1
    ):
        sure = int((confidence > DRAWN).sum())
        line = f"  {number}: box " + " ".join(f"{side:.0f}" for side in box)
        if network.spec.keypoints:
            line += f", {sure} keypoints above {DRAWN}"
        known = X[np.isfinite(X).all(-1)]
        if len(known):
            line += f", {1000 * np.ptp(known, axis=0).max():.0f} mm from end to end in 3D"
        yield line


def write(path, image, found):
    """The picture with boxes, keypoints and limbs -> where it was written."""
    import cv2

    from .drawing import draw_people

    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), draw_people(image, found)):
        raise UserError(f"{path} cannot be written.")
    return path
