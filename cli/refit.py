"""run.py refit: identities and fit again from a take, without its clip and without networks."""

import time
from pathlib import Path

from ..inference.edits import EditsError
from ..inference.fit import FitSettings
from ..inference.refit import read_edits, refit
from ..inference.take import OUT, TakeError
from .capture import positive, read_camera
from .usage import DONE, UserError, command_parser, say


def parser():
    result = command_parser("refit", "Identities and fit again from a take: no clip, no networks.")
    result.add_argument("take", type=Path, metavar="DIR", help="the take's folder")
    result.add_argument("-o", "--out", type=Path, metavar="OUT.npz", help="default: the take's own")
    result.add_argument("--causal", action="store_true", help="the live solver, which sees no future")
    result.add_argument("--max-people", type=int, default=0, metavar="N", help="0 = everybody")
    result.add_argument("--smoothing", type=positive, default=1.0, metavar="S", help="2 = twice as smooth")
    result.add_argument("--no-contacts", action="store_true", help="do not plant the feet")
    result.add_argument("--edits", type=Path, metavar="FILE.json", help="ignore, merge, split, name, height")
    result.add_argument("--camera", type=Path, metavar="FILE.json", help="K, dist, T_world_camera")
    result.add_argument("--fov-y", type=positive, metavar="DEG", help="vertical field of view")
    result.add_argument("--focal-px", type=positive, metavar="F", help="focal length in pixels")
    return result


def main(argv):
    options = parser().parse_args(argv)
    settings = FitSettings(
        causal=options.causal,
        max_people=options.max_people,
        smoothing=options.smoothing,
        contacts=not options.no_contacts,
    )
    started = time.perf_counter()
    try:
        edits = read_edits(options.edits) if options.edits else None
        motion, finished = refit(options.take, settings, edits, camera_options(options))
    except (TakeError, EditsError) as error:
        raise UserError(str(error)) from error
    if not finished:
        say("This take was not captured to the end; capture again with --take to go on.")
    out = options.out or options.take / OUT
    motion.save(out)
    seconds = time.perf_counter() - started
    say(f"{len(motion.identity)} people in {len(motion.frame)} frames, {seconds:.1f} s: wrote {out}")
    return DONE


def camera_options(options):
    """What the command line says of the camera, as the take keeps it."""
    given = {"fov_y_deg": options.fov_y, "focal_px": options.focal_px}
    given["camera"] = read_camera(options.camera) if options.camera else None
    return {name: value for name, value in given.items() if value is not None}
